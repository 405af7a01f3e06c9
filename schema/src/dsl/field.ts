/**
 * The field language: one description of a message from which everything else is derived (TypeScript types, decoding, pruning, defaults,
 * validation, protobuf, merge metadata, OpenAPI). A description is a frozen value; engines in this folder interpret it and never special-case a kind.
 *
 * Conventions, as in Kubernetes: a field is optional unless `required`; a list is atomic unless it says otherwise; the zero value of an
 * optional scalar means "absent" unless `pointer` is set (a pointer in Go, where zero is meaningful).
 */

import type { FieldError } from '../resource.ts';

export type ScalarName =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bool'
  /** base64 text in JSON, raw bytes in protobuf */
  | 'bytes'
  /** resource.Quantity: a string in JSON (numbers accepted on input) */
  | 'quantity'
  | 'intOrString'
  /** RFC 3339, whole seconds */
  | 'time'
  /** RFC 3339, microseconds */
  | 'microTime'
  /** metav1.Duration: Go duration text such as "1m30s" */
  | 'duration'
  /** any JSON object, kept as it is (runtime.RawExtension) */
  | 'rawExtension'
  /** any JSON value, kept as it is (apiextensions JSON) */
  | 'json'
  /** managed field set (metav1.FieldsV1) */
  | 'fieldsV1';

/** How strategic merge patch treats a list; server-side apply uses `listType` alone. `key` is the single strategic-merge key. */
export interface ListSemantics {
  readonly listType: 'atomic' | 'set' | 'map';
  /** Keys of a `map` list, in Kubernetes' order. Empty otherwise. */
  readonly keys: readonly string[];
  /** Strategic merge: `merge` (by `key`, or as a set of primitives when there is none) or `replace`. */
  readonly strategy: 'merge' | 'replace';
  readonly key?: string;
  readonly retainKeys: boolean;
}

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarName; readonly enum?: readonly string[] }
  | {
      readonly kind: 'struct';
      readonly struct: () => Struct<any>;
      readonly atomic: boolean;
      readonly retainKeys: boolean;
      readonly strategy: 'merge' | 'replace';
    }
  | { readonly kind: 'list'; readonly item: FieldType; readonly semantics: ListSemantics }
  | { readonly kind: 'map'; readonly value: FieldType; readonly atomic: boolean };

export interface Field<T = any, R extends boolean = boolean> {
  /** Protobuf field number, as upstream. */
  readonly no: number;
  readonly type: FieldType;
  readonly doc: string;
  /** Absence is a validation error and the OpenAPI document lists it. */
  readonly required: R;
  /** A pointer in Go: the zero value is meaningful and survives protobuf decoding. */
  readonly pointer: boolean;
  /** Applied where the field is absent and its parent is present. */
  readonly default?: unknown;
  /** JSON fields of the struct stand in the parent; in protobuf they are one message under this number. */
  readonly inline: boolean;
  /** Phantom: carries the TypeScript type. Never read. */
  readonly __type?: T;
}

export type Fields = Readonly<Record<string, Field>>;

export interface Struct<F extends Fields = Fields> {
  /** Upstream's schema name, such as `io.k8s.api.core.v1.Container`. */
  readonly name: string;
  readonly doc: string;
  readonly fields: F;
  /** Server-side apply owns it as a whole (`x-kubernetes-map-type: atomic`). */
  readonly atomic: boolean;
  /** Of a type that is data (a custom resource): then `fields` are only what every object has. */
  readonly data?: StructData;
}

/** What stands in for `fields` where a client described the type. */
export interface StructData {
  /** As ./decode.ts `decode` does for fields. Never mutates the value. */
  readonly decode: (
    value: unknown,
    options: { readonly strict: boolean; readonly maxDepth: number },
  ) => { readonly value: any; readonly unknownFields: string[]; readonly errors: FieldError[] };
  /** Properties and the rest of the OpenAPI schema, without what `fields` say. */
  readonly openApi: Readonly<Record<string, unknown>>;
}

type RequiredKeys<F extends Fields> = { [K in keyof F]: F[K] extends Field<any, true> ? K : never }[keyof F];
type TypeOf<X> = X extends Field<infer T, boolean> ? T : never;
type InlineKeys<F extends Fields> = { [K in keyof F]: K extends `inline:${string}` ? K : never }[keyof F];
type UnionToIntersection<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never;
type Flatten<T> = { [K in keyof T]: T[K] };

/** The TypeScript type of a struct's JSON form. Fields named `inline:x` are merged into the parent. */
export type Infer<S> =
  S extends Struct<infer F>
    ? Flatten<
        { -readonly [K in Exclude<RequiredKeys<F>, InlineKeys<F>>]: TypeOf<F[K]> } & {
          -readonly [K in Exclude<keyof F, RequiredKeys<F> | InlineKeys<F>>]?: TypeOf<F[K]>;
        } & (InlineKeys<F> extends never ? unknown : UnionToIntersection<TypeOf<F[InlineKeys<F>]>>)
      >
    : never;

export interface FieldOptions {
  readonly required?: boolean;
  readonly pointer?: boolean;
  readonly default?: unknown;
}

type Req<O> = O extends { readonly required: true } ? true : false;
type StringOf<O> = O extends { readonly enum: readonly (infer E)[] } ? E : string;

const make = <T, R extends boolean>(no: number, type: FieldType, doc: string, options: FieldOptions = {}): Field<T, R> => ({
  no,
  type,
  doc,
  required: (options.required ?? false) as R,
  pointer: options.pointer ?? false,
  ...(options.default === undefined ? {} : { default: options.default }),
  inline: false,
});

const scalarField =
  <T>(scalar: ScalarName) =>
  <const O extends FieldOptions>(no: number, doc: string, options?: O): Field<T, Req<O>> =>
    make(no, { kind: 'scalar', scalar }, doc, options);

/** A string; `enum` narrows the type and is checked with Kubernetes' "Unsupported value" wording. */
export const str = <const O extends FieldOptions & { readonly enum?: readonly string[] }>(
  no: number,
  doc: string,
  options?: O,
): Field<StringOf<O>, Req<O>> =>
  make(no, { kind: 'scalar', scalar: 'string', ...(options?.enum ? { enum: options.enum } : {}) }, doc, options);

export const int32 = scalarField<number>('int32');
export const int64 = scalarField<number>('int64');
export const double = scalarField<number>('double');
export const bool = scalarField<boolean>('bool');
export const bytes = scalarField<string>('bytes');
export const quantity = scalarField<string>('quantity');
export const intOrString = scalarField<number | string>('intOrString');
export const time = scalarField<string>('time');
export const microTime = scalarField<string>('microTime');
export const duration = scalarField<string>('duration');
export const rawExtension = scalarField<Record<string, unknown>>('rawExtension');
export const json = scalarField<unknown>('json');
export const fieldsV1 = scalarField<Record<string, unknown>>('fieldsV1');

export interface StructFieldOptions extends FieldOptions {
  /** Strategic merge `retainKeys` on the map (DeploymentSpec.strategy). */
  readonly retainKeys?: boolean;
  /** Strategic merge `replace` (PodDisruptionBudgetSpec.selector). */
  readonly strategy?: 'merge' | 'replace';
  /** This use is atomic / granular whatever the struct says. */
  readonly atomic?: boolean;
}

const structType = (of: Struct<any> | (() => Struct<any>), options: StructFieldOptions = {}): FieldType => {
  const thunk = typeof of === 'function' ? of : () => of;
  return {
    kind: 'struct',
    struct: thunk,
    atomic: options.atomic ?? (typeof of === 'function' ? false : of.atomic),
    retainKeys: options.retainKeys ?? false,
    strategy: options.strategy ?? 'merge',
  };
};

/** A nested message. */
export const message = <S extends Struct<any>, const O extends StructFieldOptions>(
  no: number,
  of: S,
  doc: string,
  options?: O,
): Field<Infer<S>, Req<O>> => make(no, structType(of, options), doc, options);

/** A nested message that refers to itself or to a later one; give its type by hand. */
export const recursive = <T, R extends boolean = false>(
  no: number,
  of: () => Struct<any>,
  doc: string,
  options?: StructFieldOptions,
): Field<T, R> => make(no, structType(of, options), doc, options);

/** Fields of another struct at the parent's JSON level (one protobuf message). Name the key `inline:<protobuf name>`. */
export const inline = <S extends Struct<any>>(no: number, of: S): Field<Infer<S>, false> => ({
  ...make<Infer<S>, false>(no, structType(of), ''),
  inline: true,
});

const scalars = {
  string: 'string',
  int32: 'int32',
  int64: 'int64',
  quantity: 'quantity',
  bytes: 'bytes',
  time: 'time',
  rawExtension: 'rawExtension',
  json: 'json',
} as const;
type ItemScalar = keyof typeof scalars;
type ItemOf<I> =
  I extends Struct<any>
    ? Infer<I>
    : I extends 'int32' | 'int64'
      ? number
      : I extends 'rawExtension'
        ? Record<string, unknown>
        : I extends 'json'
          ? unknown
          : string;

const itemType = (item: Struct<any> | ItemScalar): FieldType =>
  typeof item === 'string' ? { kind: 'scalar', scalar: scalars[item] } : structType(item);

const atomicList: ListSemantics = { listType: 'atomic', keys: [], strategy: 'replace', retainKeys: false };

/** An atomic list (Kubernetes' default). */
export const list = <I extends Struct<any> | ItemScalar, const O extends FieldOptions>(
  no: number,
  item: I,
  doc: string,
  options?: O,
): Field<ItemOf<I>[], Req<O>> => make(no, { kind: 'list', item: itemType(item), semantics: atomicList }, doc, options);

export interface MapListOptions extends FieldOptions {
  /** `false`: strategic merge replaces the list although server-side apply merges it. */
  readonly smp?: boolean;
  /** `false`: server-side apply treats it as atomic although strategic merge merges it. */
  readonly ssa?: boolean;
  readonly retainKeys?: boolean;
}

/** A list merged by key. Strategic merge uses the first key, as upstream. */
export const listMap = <S extends Struct<any>, const O extends MapListOptions>(
  no: number,
  item: S,
  keys: readonly [string, ...string[]],
  doc: string,
  options?: O,
): Field<Infer<S>[], Req<O>> =>
  make(
    no,
    {
      kind: 'list',
      item: structType(item),
      semantics: {
        listType: options?.ssa === false ? 'atomic' : 'map',
        keys,
        strategy: options?.smp === false ? 'replace' : 'merge',
        ...(options?.smp === false ? {} : { key: keys[0] }),
        retainKeys: options?.retainKeys ?? false,
      },
    },
    doc,
    options,
  );

/** A set of scalars (`listType=set`); `merge` when strategic merge also treats it as a set. */
export const set = <I extends ItemScalar, const O extends FieldOptions & { readonly merge?: boolean }>(
  no: number,
  item: I,
  doc: string,
  options?: O,
): Field<ItemOf<I>[], Req<O>> =>
  make(
    no,
    {
      kind: 'list',
      item: itemType(item),
      semantics: { listType: 'set', keys: [], strategy: options?.merge ? 'merge' : 'replace', retainKeys: false },
    },
    doc,
    options,
  );

/** A string-keyed map. `atomic` for selectors that server-side apply owns as a whole. */
export const map = <I extends Struct<any> | ItemScalar, const O extends FieldOptions & { readonly atomic?: boolean }>(
  no: number,
  value: I,
  doc: string,
  options?: O,
): Field<Record<string, ItemOf<I>>, Req<O>> =>
  make(no, { kind: 'map', value: itemType(value), atomic: options?.atomic ?? false }, doc, options);

/** Describes a message. Give upstream's schema name, so that OpenAPI and `kubectl explain` agree with what users know. */
export const struct = <const F extends Fields>(
  name: string,
  doc: string,
  fields: F,
  options: { readonly atomic?: boolean } = {},
): Struct<F> => ({
  name,
  doc,
  fields,
  atomic: options.atomic ?? false,
});
