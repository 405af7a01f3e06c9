/**
 * All that is wrong with an object, told at once: its structure and its meaning, in the order of its fields. Where something required is missing, meaning
 * is judged as Go has it, whose fields are zero then; of one field meaning speaks
 * only where it says why it is required.
 */
import type { FieldType, Struct } from '../dsl/field.ts';
import { cloneJson, isObject } from '../dsl/own.ts';
import { type PlannedField, planOf } from '../dsl/plan.ts';
import { validateStruct } from '../dsl/validate.ts';
import type { FieldError, KubeObject, ResourceDefinition } from '../resource.ts';

/** Run it after defaulting. `subresource`: the one written through, '' for the main resource. */
export const validateObject = (definition: ResourceDefinition, object: KubeObject, old?: KubeObject, subresource = ''): FieldError[] => {
  const { schema } = definition.versions.find(({ storage }) => storage)!;
  const structure = validateStruct(schema, object);
  const whole = structure.some(({ type }) => type === 'required') ? filled(schema, object) : object;
  const meaning = definition.validate?.(whole, old, subresource) ?? [];
  return structure.length === 0 ? meaning : merged(schema, structure, meaning);
};

const zeros: Readonly<Record<string, unknown>> = { int32: 0, int64: 0, double: 0, intOrString: 0, bool: false };

const zeroOf = (type: FieldType): unknown => {
  if (type.kind === 'scalar') return zeros[type.scalar] ?? '';
  return type.kind === 'list' ? [] : {};
};

/** A copy in which nothing required is missing, but for what is a pointer. */
const filled = (struct: Struct<any>, object: KubeObject): KubeObject => {
  const copy = cloneJson(object);
  fill(struct, copy, true);
  return copy;
};

const fill = (struct: Struct<any>, value: Record<string, unknown>, whole = false): void => {
  for (const { name, field, type } of planOf(struct).fields) {
    if (whole && (name === 'status' || name === 'metadata')) continue;
    if ((value[name] ?? undefined) === undefined && field.required && !field.pointer) value[name] = zeroOf(type);
    fillIn(type, value[name]);
  }
};

const fillIn = (type: FieldType, value: unknown): void => {
  if (type.kind === 'struct') {
    if (isObject(value)) fill(type.struct(), value);
  } else if (type.kind === 'list') {
    if (Array.isArray(value)) for (const item of value) fillIn(type.item, item);
  } else if (type.kind === 'map' && isObject(value)) for (const item of Object.values(value)) fillIn(type.value, item);
};

const isWithin = (path: string, field: string): boolean => path.startsWith(field) && /^[.[]/.test(path.slice(field.length));

/** `structure` among `meaning`. What is said of the parts of a missing struct stands for it. */
const merged = (schema: Struct<any>, structure: readonly FieldError[], meaning: readonly FieldError[]): FieldError[] => {
  const explained = new Set(meaning.filter(({ type }) => type === 'required').map(({ field }) => field));
  const told = new Set(structure.map(({ field }) => field));
  const all = meaning.filter(({ field }) => !told.has(field) || explained.has(field));
  for (const error of structure) {
    if (explained.has(error.field)) continue;
    if (error.type === 'required' && all.some(({ field }) => isWithin(field, error.field))) continue;
    const place = placeOf(schema, error.field);
    const at = all.findIndex(({ field }) => isBefore(place, placeOf(schema, field)));
    all.splice(at < 0 ? all.length : at, 0, error);
  }
  return all;
};

/** Positions of the fields on the way, in the order in which they are declared; indexes of lists as they are. */
const placeOf = (schema: Struct<any>, path: string): number[] => {
  const place: number[] = [];
  let struct: Struct<any> | undefined = schema;
  let type: FieldType | undefined;
  for (const [part] of path.matchAll(/[^.[\]]+|\[[^\]]*\]/g)) {
    if (part.startsWith('[')) {
      place.push(Number(part.slice(1, -1)) || 0);
      type = type?.kind === 'list' ? type.item : type?.kind === 'map' ? type.value : undefined;
    } else {
      const fields: readonly PlannedField[] = struct ? planOf(struct).fields : [];
      const index = fields.findIndex(({ name }) => name === part);
      if (index < 0) break;
      place.push(index);
      type = fields[index]!.type;
    }
    struct = type?.kind === 'struct' ? type.struct() : undefined;
  }
  return place;
};

const isBefore = (one: readonly number[], other: readonly number[]): boolean => {
  for (const [i, position] of one.entries()) {
    if (i >= other.length) return false;
    if (position !== other[i]) return position < other[i]!;
  }
  return one.length < other.length;
};
