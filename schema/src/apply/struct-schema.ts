/** The type schema of a struct of the field language. Made once per struct and kept. */
import type { FieldType, Struct } from '../dsl/field.ts';
import { type PlannedField, planOf } from '../dsl/plan.ts';
import { deduced, type FieldSchema, type MapSchema, scalar, type TypeSchema } from './type-schema.ts';

/** Structs that Go holds by value although they are optional. Required ones always are. */
const heldByValue: ReadonlySet<string> = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'jobTemplate',
  'strategy',
  'updateStrategy',
  'resources',
  'loadBalancer',
  'nodeInfo',
  'daemonEndpoints',
  'kubeletEndpoint',
]);

const types = new WeakMap<FieldType, TypeSchema>();
const fields = new WeakMap<PlannedField, FieldSchema>();
const roots = new WeakMap<Struct<any>, TypeSchema>();

const isAlways = ({ name, field, type }: PlannedField): boolean => {
  if (field.pointer) return false;
  if (type.kind === 'struct') return (field.required || heldByValue.has(name)) && name !== 'selector';
  return field.required && (type.kind === 'list' || type.kind === 'map');
};

const fieldOf = (planned: PlannedField): FieldSchema => {
  let found = fields.get(planned);
  if (!found) {
    found = { type: () => typeOf(planned.type), always: isAlways(planned) };
    fields.set(planned, found);
  }
  return found;
};

const structMap = (struct: Struct<any>, atomic: boolean): MapSchema => ({
  kind: 'map',
  atomic,
  field: (name) => {
    const planned = planOf(struct).byName.get(name);
    return planned && fieldOf(planned);
  },
});

const make = (type: FieldType): TypeSchema => {
  switch (type.kind) {
    case 'scalar':
      return type.scalar === 'rawExtension' || type.scalar === 'json' ? deduced : scalar;
    case 'struct':
      return structMap(type.struct(), type.atomic);
    case 'map':
      return { kind: 'map', atomic: type.atomic, field: () => undefined, item: () => typeOf(type.value) };
    case 'list': {
      const { listType, keys } = type.semantics;
      const { item } = type;
      return {
        kind: 'list',
        listType,
        keys,
        keyDefault: (key) => (item.kind === 'struct' ? planOf(item.struct()).byName.get(key)?.field.default : undefined),
        item: () => typeOf(item),
      };
    }
  }
};

const typeOf = (type: FieldType): TypeSchema => {
  let found = types.get(type);
  if (!found) {
    found = make(type);
    types.set(type, found);
  }
  return found;
};

const textField: FieldSchema = { type: () => scalar, always: false };

/** A whole object: `apiVersion` and `kind` belong to it whether the struct declares them or not. */
export const typeSchemaOf = (struct: Struct<any>): TypeSchema => {
  let root = roots.get(struct);
  if (!root) {
    const map = structMap(struct, false);
    root = { ...map, field: (name) => map.field(name) ?? (name === 'apiVersion' || name === 'kind' ? textField : undefined) };
    roots.set(struct, root);
  }
  return root;
};
