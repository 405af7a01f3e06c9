/**
 * What the API server does with an object before it stores it, without the server: decode, default, prepare, validate. For tests.
 */
import { decode } from '../dsl/decode.ts';
import { applyDefaults } from '../dsl/default.ts';
import { shownCell } from '../meta/columns.ts';
import type { KubeObject, PrepareContext, ResourceDefinition } from '../resource.ts';
import { formatFieldError } from '../validation/errors.ts';
import { validateObject } from '../validation/whole-object.ts';

export interface Accepted<T> {
  readonly object: T;
  /** As a client reads them, in order. */
  readonly errors: string[];
}

const context: PrepareContext = {
  nowMs: 0,
  random: () => 0,
  cluster: { serviceCIDR: '10.96.0.0/12', podCIDR: '10.244.0.0/16', nodePortRange: [30000, 32767] },
};

export const accept = <T>(definition: ResourceDefinition<any>, input: object, old?: T): Accepted<T> => {
  const { schema } = definition.versions.find((version) => version.storage)!;
  const { value: object, unknownFields, errors } = decode(schema, input);
  applyDefaults(schema, object);
  definition.defaults?.(object);
  if (old) definition.prepareUpdate?.(object, old);
  else definition.prepareCreate?.(object, context);
  const found = errors.length > 0 ? errors : validateObject(definition, object, old as KubeObject | undefined);
  return { object, errors: [...unknownFields, ...found.map(formatFieldError)] };
};

/** Cells of a row by column name. */
export const row = (definition: ResourceDefinition<any>, object: object, nowMs: number): Record<string, unknown> =>
  Object.fromEntries(definition.columns.map((column) => [column.name, shownCell(column.cell(object), nowMs)]));
