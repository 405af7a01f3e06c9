/**
 * What structured merge must know of a type, whether it comes from the field language (struct-schema.ts) or from a schema given as data
 * (open-api-schema.ts). Everything in this folder reads objects through it and knows no kind.
 */
import { isObject, type JsonObject } from '../dsl/own.ts';

export interface ScalarSchema {
  readonly kind: 'scalar';
}

/** Nothing is known: maps are granular, lists and scalars are owned as a whole. */
export interface DeducedSchema {
  readonly kind: 'deduced';
}

export interface FieldSchema {
  readonly type: () => TypeSchema;
  /** The field is there even in an empty object (a value in Go, not a pointer), so setting something in it does not add it. */
  readonly always: boolean;
}

export interface MapSchema {
  readonly kind: 'map';
  readonly atomic: boolean;
  /** A declared field. Only own names may be found. */
  readonly field: (name: string) => FieldSchema | undefined;
  /** Type of the values under undeclared keys; absent: such keys are not allowed. */
  readonly item?: () => TypeSchema;
}

export interface ListSchema {
  readonly kind: 'list';
  readonly listType: 'atomic' | 'set' | 'map';
  /** Keys of a `map` list. */
  readonly keys: readonly string[];
  /** The value of a key that an item leaves out; undefined: there is none. */
  readonly keyDefault: (key: string) => unknown;
  readonly item: () => TypeSchema;
}

export type TypeSchema = ScalarSchema | DeducedSchema | MapSchema | ListSchema;

export const scalar: ScalarSchema = { kind: 'scalar' };
export const deduced: DeducedSchema = { kind: 'deduced' };

const deducedMap: MapSchema = { kind: 'map', atomic: false, field: () => undefined, item: () => deduced };

/** How one value of the type is to be looked at: as a whole, by keys, or by items. */
export type View =
  | { readonly as: 'leaf' }
  | { readonly as: 'map'; readonly map: MapSchema }
  | { readonly as: 'list'; readonly list: ListSchema };

const leaf: View = { as: 'leaf' };
const views = new WeakMap<TypeSchema, View>();

const viewOfType = (type: TypeSchema): View => {
  if (type.kind === 'map') return type.atomic ? leaf : { as: 'map', map: type };
  if (type.kind === 'list') return type.listType === 'atomic' ? leaf : { as: 'list', list: type };
  return leaf;
};

const deducedView: View = { as: 'map', map: deducedMap };

/** `values` are the sides looked at together; undefined and null fit every type. A value of the wrong shape makes the whole a leaf. */
export const viewOf = (type: TypeSchema, ...values: readonly unknown[]): View => {
  const present = values.filter((v) => v !== undefined && v !== null);
  if (type.kind === 'deduced') return present.length > 0 && present.every(isObject) ? deducedView : leaf;
  let view = views.get(type);
  if (!view) {
    view = viewOfType(type);
    views.set(type, view);
  }
  if (view.as === 'map' && !present.every(isObject)) return leaf;
  if (view.as === 'list' && !present.every(Array.isArray)) return leaf;
  return view;
};

/** The type of the value under `key`: undeclared keys of a closed map count as free data. */
export const childType = (map: MapSchema, key: string): TypeSchema => map.field(key)?.type() ?? map.item?.() ?? deduced;

/** Whether the map has declared fields only: its keys are part of the type, not of the data. */
export const isNamed = (map: MapSchema, key: string): boolean => map.field(key) !== undefined;

export const mapOf = (value: unknown): JsonObject => (isObject(value) ? value : {});
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
