/**
 * Structs as OpenAPI v3 schemas with Kubernetes' extensions. kubectl computes its patches from the merge keys given here, so a missing
 * extension is a wrong patch.
 */
import type { Field, FieldType, ListSemantics, ScalarName, Struct } from '../dsl/field.ts';
import type { JsonObject } from '../dsl/own.ts';
import { planOf } from '../dsl/plan.ts';

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const PREFIX = '#/components/schemas/';

export const ref = (name: string): JsonObject => ({ $ref: PREFIX + name });

/** Scalars that have a schema of their own. */
const named: Partial<Record<ScalarName, { readonly name: string; readonly schema: JsonObject }>> = {
  time: {
    name: `${META}.Time`,
    schema: { type: 'string', format: 'date-time', description: 'A moment in RFC 3339, whole seconds.' },
  },
  microTime: {
    name: `${META}.MicroTime`,
    schema: { type: 'string', format: 'date-time', description: 'A moment in RFC 3339, microseconds.' },
  },
  duration: { name: `${META}.Duration`, schema: { type: 'string', description: 'A duration such as 1m30s.' } },
  fieldsV1: { name: `${META}.FieldsV1`, schema: { type: 'object', description: 'A set of fields, as a tree.' } },
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: {
      oneOf: [{ type: 'string' }, { type: 'number' }],
      description: 'A number with a decimal suffix (n u m k M G T P E), a binary one (Ki Mi Gi Ti Pi Ei) or an exponent.',
    },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string', description: 'An integer or a string.' },
  },
  rawExtension: { name: 'io.k8s.apimachinery.pkg.runtime.RawExtension', schema: { type: 'object', description: 'Any object.' } },
};

const plain: Partial<Record<ScalarName, JsonObject>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
  json: {},
};

/** Collects schemas by name; each struct it refers to is added once. */
export class SchemaSet {
  readonly schemas = new Map<string, JsonObject>();
  readonly #kinds: (struct: Struct<any>) => readonly GroupVersionKind[];

  /** `kinds` says which group, version and kind a struct is the object of; mostly none. */
  constructor(kinds: (struct: Struct<any>) => readonly GroupVersionKind[]) {
    this.#kinds = kinds;
  }

  /** A reference to the struct's schema, which is added with all it refers to. */
  refTo(struct: Struct<any>): JsonObject {
    if (!this.schemas.has(struct.name)) {
      this.schemas.set(struct.name, {});
      this.schemas.set(struct.name, this.#structSchema(struct));
    }
    return ref(struct.name);
  }

  add(name: string, schema: JsonObject): void {
    if (!this.schemas.has(name)) this.schemas.set(name, schema);
  }

  /** Sorted by name, as upstream's documents are. */
  toObject(): JsonObject {
    return Object.fromEntries([...this.schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #structSchema(struct: Struct<any>): JsonObject {
    const { fields } = planOf(struct);
    const required = fields.filter(({ field }) => field.required).map(({ name }) => name);
    const kinds = this.#kinds(struct);
    const { properties: ofData, ...data } = struct.data?.openApi ?? {};
    return {
      description: struct.doc,
      type: 'object',
      ...(required.length > 0 ? { required } : {}),
      ...data,
      properties: { ...(ofData as JsonObject), ...Object.fromEntries(fields.map(({ name, field }) => [name, this.#property(field)])) },
      ...(kinds.length > 0 ? { 'x-kubernetes-group-version-kind': kinds } : {}),
      ...(struct.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  }

  #property(field: Field): JsonObject {
    const { type, doc } = field;
    const base = this.#typeSchema(type);
    const schema = '$ref' in base ? { allOf: [base] } : base;
    return {
      ...(doc === '' ? {} : { description: doc }),
      ...schema,
      ...(field.default === undefined ? {} : { default: field.default }),
      ...extensions(type),
    };
  }

  #typeSchema(type: FieldType): JsonObject {
    switch (type.kind) {
      case 'scalar': {
        const special = named[type.scalar];
        if (special) {
          this.add(special.name, special.schema);
          return ref(special.name);
        }
        return { ...plain[type.scalar], ...(type.enum ? { enum: [...type.enum].sort() } : {}) };
      }
      case 'struct':
        return this.refTo(type.struct());
      case 'list':
        return { type: 'array', items: this.#element(type.item) };
      case 'map':
        return { type: 'object', additionalProperties: this.#element(type.value) };
    }
  }

  /** Elements are never absent, so upstream gives them their zero value as default. */
  #element(type: FieldType): JsonObject {
    const schema = this.#typeSchema(type);
    if (type.kind === 'struct') return { allOf: [schema], default: {} };
    if ('$ref' in schema) return schema;
    return type.kind === 'scalar' && type.scalar === 'string' ? { ...schema, default: '' } : schema;
  }
}

const extensions = (type: FieldType): JsonObject => {
  if (type.kind === 'list') return listExtensions(type.semantics);
  if (type.kind === 'map') return type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {};
  if (type.kind !== 'struct') return {};
  const strategy = type.strategy === 'replace' ? 'replace' : type.retainKeys ? 'retainKeys' : undefined;
  return {
    ...(strategy ? { 'x-kubernetes-patch-strategy': strategy } : {}),
    ...(type.struct().atomic && !type.atomic ? { 'x-kubernetes-map-type': 'granular' } : {}),
  };
};

const listExtensions = ({ listType, keys, strategy, key, retainKeys }: ListSemantics): JsonObject => {
  const merges = strategy === 'merge';
  return {
    'x-kubernetes-list-type': listType,
    ...(listType === 'map' ? { 'x-kubernetes-list-map-keys': [...keys] } : {}),
    ...(merges ? { 'x-kubernetes-patch-strategy': retainKeys ? 'merge,retainKeys' : 'merge' } : {}),
    ...(merges && key ? { 'x-kubernetes-patch-merge-key': key } : {}),
  };
};
