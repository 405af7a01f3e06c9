/**
 * What the engines look up about a struct again and again, made once per struct on first use: fields by JSON name with inline structs
 * flattened, and fields by protobuf number. Nothing is built at import time.
 */
import type { Field, FieldType, Struct } from './field.ts';

export interface PlannedField {
  readonly name: string;
  readonly field: Field;
  readonly type: FieldType;
  /** The zero value of this field means that it is absent. */
  readonly dropsZero: boolean;
}

export interface StructPlan {
  readonly struct: Struct<any>;
  /** JSON names, inline structs flattened. */
  readonly byName: ReadonlyMap<string, PlannedField>;
  /** The same in declaration order. */
  readonly fields: readonly PlannedField[];
  /** Protobuf fields; an inline struct is one entry. */
  readonly byNumber: ReadonlyMap<number, PlannedField>;
}

const plans = new WeakMap<Struct<any>, StructPlan>();

export const planOf = (struct: Struct<any>): StructPlan => {
  const known = plans.get(struct);
  if (known) return known;
  const byName = new Map<string, PlannedField>();
  const byNumber = new Map<number, PlannedField>();
  for (const [name, field] of Object.entries(struct.fields) as [string, Field][]) {
    // a required field without a default keeps its zero: there it is a value that somebody chose
    const dropsZero = !field.pointer && (!field.required || field.default !== undefined);
    const planned: PlannedField = { name, field, type: field.type, dropsZero };
    if (field.no > 0) byNumber.set(field.no, planned);
    if (field.inline && field.type.kind === 'struct') {
      for (const inner of planOf(field.type.struct()).fields) byName.set(inner.name, inner);
    } else byName.set(name, planned);
  }
  const plan: StructPlan = { struct, byName, fields: [...byName.values()], byNumber };
  plans.set(struct, plan);
  return plan;
};

/** `PodSpec` of `io.k8s.api.core.v1.PodSpec`. */
export const shortName = (struct: Struct<any>): string => struct.name.slice(struct.name.lastIndexOf('.') + 1);

/** `v1.PodSpec` of `io.k8s.api.core.v1.PodSpec`, as Go prints the type. */
export const goName = (struct: Struct<any>): string => struct.name.split('.').slice(-2).join('.');

/** Appends a field to a Kubernetes path. */
export const childPath = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
