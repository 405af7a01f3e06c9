/**
 * Declared defaults of a struct. What Go codes in `SetDefaults_*` functions is the definition's own `defaults`. Idempotent.
 */
import type { FieldType, Struct } from './field.ts';
import { cloneJson, isObject, type JsonObject } from './own.ts';
import { planOf } from './plan.ts';

interface DefaultPlan {
  readonly own: readonly { readonly name: string; readonly value: unknown }[];
  /** Fields whose message may need defaults. */
  readonly nested: readonly { readonly name: string; readonly type: FieldType }[];
}

const plans = new WeakMap<Struct<any>, DefaultPlan>();

const messageOf = (type: FieldType): Struct<any> | undefined => {
  if (type.kind === 'struct') return type.struct();
  return type.kind === 'list' ? messageOf(type.item) : type.kind === 'map' ? messageOf(type.value) : undefined;
};

/** Whether the struct or any message it can reach declares a default. */
const reachesDefault = (struct: Struct<any>, seen: Set<Struct<any>>): boolean => {
  if (seen.has(struct)) return false;
  seen.add(struct);
  return planOf(struct).fields.some(({ field, type }) => {
    if (field.default !== undefined) return true;
    const inner = messageOf(type);
    return inner !== undefined && reachesDefault(inner, seen);
  });
};

const isZeroDefault = (value: unknown): boolean => value === '' || value === 0 || value === false;

const defaultPlan = (struct: Struct<any>): DefaultPlan => {
  const known = plans.get(struct);
  if (known) return known;
  const { fields } = planOf(struct);
  const plan: DefaultPlan = {
    // a zero default of an optional non-pointer field only says what absence means, and Go leaves it out when it writes
    own: fields
      .filter(({ field }) => field.default !== undefined && (field.required || field.pointer || !isZeroDefault(field.default)))
      .map(({ name, field }) => ({ name, value: field.default })),
    nested: fields
      .filter(({ type }) => {
        const inner = messageOf(type);
        return inner !== undefined && reachesDefault(inner, new Set());
      })
      .map(({ name, type }) => ({ name, type })),
  };
  plans.set(struct, plan);
  return plan;
};

/** Fills declared defaults in place where the field is absent and its parent is present. Expects a decoded value. */
export const applyDefaults = (struct: Struct<any>, value: unknown): void => {
  if (!isObject(value)) return;
  const plan = defaultPlan(struct);
  for (const { name, value: preset } of plan.own) if (value[name] === undefined) value[name] = cloneJson(preset);
  for (const { name, type } of plan.nested) if (value[name] !== undefined) defaultValue(type, value[name]);
};

const defaultValue = (type: FieldType, value: unknown): void => {
  if (type.kind === 'struct') applyDefaults(type.struct(), value);
  else if (type.kind === 'list' && Array.isArray(value)) for (const item of value) defaultValue(type.item, item);
  else if (type.kind === 'map' && isObject(value))
    for (const key of Object.keys(value)) defaultValue(type.value, (value as JsonObject)[key]);
};
