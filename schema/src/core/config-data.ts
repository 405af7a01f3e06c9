/** What ConfigMaps and Secrets have in common: keyed data of bounded size that can be made immutable. */
import { base64ByteLength } from '../dsl/base64.ts';
import { equalJson } from '../dsl/own.ts';
import { utf8Length } from '../dsl/utf8.ts';
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { forbidden } from '../validation/errors.ts';
import { isConfigMapKey } from '../validation/names.ts';

export const MAX_DATA_BYTES = 1024 * 1024;

type Data = Readonly<Record<string, string>> | undefined;

export const validateKeys = (data: Data, path: string): FieldError[] =>
  Object.keys(data ?? {}).flatMap((key) => problems(`${path}[${key}]`, key, isConfigMapKey(key)));

export const textBytes = (data: Data): number => Object.values(data ?? {}).reduce((sum, value) => sum + utf8Length(value), 0);
export const binaryBytes = (data: Data): number => Object.values(data ?? {}).reduce((sum, value) => sum + base64ByteLength(value), 0);

const RULE = 'field is immutable when `immutable` is set';

/** Once `immutable` is true, it stays so, and `fields` stay as they are. */
export const validateImmutable = <T extends { immutable?: boolean }>(
  now: T,
  old: T,
  fields: readonly (keyof T & string)[],
): FieldError[] => {
  if (!old.immutable) return [];
  const changed = fields.filter((field) => !equalJson(now[field] ?? {}, old[field] ?? {}));
  return [...(now.immutable ? [] : ['immutable']), ...changed].map((field) => forbidden(field, RULE));
};
