/** The types of built-in kinds, from their descriptions: for checking expressions against what they will meet. A type within itself is dyn. */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import type { FieldType, ScalarName, Struct } from '../dsl/field.ts';
import { typeOf } from './json-values.ts';
import { escapeName } from './names.ts';
import { BOOL, BYTES, type CelType, DOUBLE, DYN, INT, listOf, mapOf, objectOf, STRING, TIMESTAMP } from './types.ts';

const scalars: Readonly<Record<ScalarName, CelType>> = {
  string: STRING,
  int32: INT,
  int64: INT,
  double: DOUBLE,
  bool: BOOL,
  bytes: BYTES,
  quantity: STRING,
  intOrString: DYN,
  time: TIMESTAMP,
  microTime: TIMESTAMP,
  duration: STRING,
  rawExtension: DYN,
  json: DYN,
  fieldsV1: DYN,
};

const known = new WeakMap<Struct<any>, CelType>();

export const typeOfStruct = (struct: Struct<any>): CelType => {
  if (struct.data) return typeOf({ type: 'object', ...struct.data.openApi } as JSONSchemaProps, true) ?? DYN;
  const before = known.get(struct);
  if (before) return before;
  known.set(struct, DYN);
  const fields = new Map<string, CelType>();
  collect(struct, fields);
  const type = objectOf('object', fields);
  known.set(struct, type);
  return type;
};

const collect = (struct: Struct<any>, fields: Map<string, CelType>): void => {
  for (const [name, field] of Object.entries(struct.fields as Struct['fields'])) {
    if (field.inline && field.type.kind === 'struct') {
      collect(field.type.struct(), fields);
      continue;
    }
    const escaped = escapeName(name);
    if (escaped !== undefined) fields.set(escaped, typeOfField(field.type));
  }
};

const typeOfField = (type: FieldType): CelType => {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.scalar];
    case 'struct':
      return typeOfStruct(type.struct());
    case 'list':
      return listOf(typeOfField(type.item));
    case 'map':
      return mapOf(STRING, typeOfField(type.value));
  }
};
