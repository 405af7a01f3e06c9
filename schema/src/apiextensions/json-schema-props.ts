/**
 * JSONSchemaProps: the schema of a custom resource. Fields that hold a schema or something else (`items`, `additionalProperties`) are free-form
 * here; ./structural-schema.ts looks into them.
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import {
  bool,
  double,
  type Field,
  type Infer,
  int64,
  json,
  list,
  listMap,
  message,
  recursive,
  type Struct,
  str,
  struct,
} from '../dsl/field.ts';

const NAME = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';

export const ExternalDocumentation = struct(`${NAME}.ExternalDocumentation`, 'Where more is written.', {
  description: str(1, 'What is there.'),
  url: str(2, 'Where it is.'),
});

export const ValidationRule = struct(`${NAME}.ValidationRule`, 'A rule in CEL.', {
  rule: str(1, 'CEL expression over self that gives true when the value is good.', { required: true, default: '' }),
  message: str(2, 'Text for people when it is not.'),
  messageExpression: str(3, 'CEL expression that gives the text; goes before message.'),
  reason: str(4, 'Reason of the field error: FieldValueInvalid (the default), Forbidden, Required or Duplicate.', { pointer: true }),
  fieldPath: str(5, 'Path of the field the error is about, under the value.'),
  optionalOldSelf: bool(6, 'Evaluates the rule also when there is no old value.', { pointer: true }),
});
export type ValidationRule = Infer<typeof ValidationRule>;

/** A schema; `items` and `additionalProperties` hold another one, or a list or a boolean. */
export interface JSONSchemaProps {
  id?: string;
  $schema?: string;
  $ref?: string;
  description?: string;
  type?: string;
  format?: string;
  title?: string;
  default?: unknown;
  maximum?: number;
  exclusiveMaximum?: boolean;
  minimum?: number;
  exclusiveMinimum?: boolean;
  maxLength?: number;
  minLength?: number;
  pattern?: string;
  maxItems?: number;
  minItems?: number;
  uniqueItems?: boolean;
  multipleOf?: number;
  enum?: unknown[];
  maxProperties?: number;
  minProperties?: number;
  required?: string[];
  items?: JSONSchemaProps | JSONSchemaProps[];
  allOf?: JSONSchemaProps[];
  oneOf?: JSONSchemaProps[];
  anyOf?: JSONSchemaProps[];
  not?: JSONSchemaProps;
  properties?: Record<string, JSONSchemaProps>;
  additionalProperties?: JSONSchemaProps | boolean;
  patternProperties?: Record<string, JSONSchemaProps>;
  dependencies?: Record<string, unknown>;
  additionalItems?: JSONSchemaProps | boolean;
  definitions?: Record<string, JSONSchemaProps>;
  externalDocs?: Infer<typeof ExternalDocumentation>;
  example?: unknown;
  nullable?: boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-map-type'?: string;
  'x-kubernetes-validations'?: ValidationRule[];
}

const own = (): Struct<any> => JSONSchemaProps;

const schemaType = () => recursive<JSONSchemaProps>(0, own, '').type;
const free = (no: number, type: Field['type'], doc: string): Field => ({ no, type, doc, required: false, pointer: false, inline: false });
const schemas = (no: number, doc: string): Field =>
  free(no, { kind: 'list', item: schemaType(), semantics: { listType: 'atomic', keys: [], strategy: 'replace', retainKeys: false } }, doc);
const schemasByName = (no: number, doc: string): Field => free(no, { kind: 'map', value: schemaType(), atomic: false }, doc);

export const JSONSchemaProps: Struct<any> = struct(`${NAME}.JSONSchemaProps`, 'A JSON schema.', {
  id: str(1, 'Identifier; not used.'),
  $schema: str(2, 'Version of JSON schema; not used.'),
  $ref: str(3, 'Reference to another schema; forbidden.', { pointer: true }),
  description: str(4, 'What the value is for.'),
  type: str(5, 'object, array, string, integer, number or boolean.'),
  format: str(6, 'Form of the value, such as date-time.'),
  title: str(7, 'Title of the schema.'),
  default: json(8, 'Value where none is given.'),
  maximum: double(9, 'Greatest number.', { pointer: true }),
  exclusiveMaximum: bool(10, 'The number must be less than maximum.'),
  minimum: double(11, 'Least number.', { pointer: true }),
  exclusiveMinimum: bool(12, 'The number must be greater than minimum.'),
  maxLength: int64(13, 'Most characters.', { pointer: true }),
  minLength: int64(14, 'Fewest characters.', { pointer: true }),
  pattern: str(15, 'Regular expression (RE2) that the text must match.'),
  maxItems: int64(16, 'Most items.', { pointer: true }),
  minItems: int64(17, 'Fewest items.', { pointer: true }),
  uniqueItems: bool(18, 'Must not be true.'),
  multipleOf: double(19, 'The number must be a multiple of it.', { pointer: true }),
  enum: list(20, 'json', 'The only values.'),
  maxProperties: int64(21, 'Most properties.', { pointer: true }),
  minProperties: int64(22, 'Fewest properties.', { pointer: true }),
  required: list(23, 'string', 'Properties that must be there.'),
  items: json(24, 'Schema of the items.'),
  allOf: schemas(25, 'All must hold.'),
  oneOf: schemas(26, 'Exactly one must hold.'),
  anyOf: schemas(27, 'At least one must hold.'),
  not: recursive<JSONSchemaProps>(28, own, 'Must not hold.'),
  properties: schemasByName(29, 'Schemas of the properties.'),
  additionalProperties: json(30, 'Schema of all other properties, or whether they may be there.'),
  patternProperties: schemasByName(31, 'Not supported.'),
  dependencies: free(32, { kind: 'map', value: { kind: 'scalar', scalar: 'json' }, atomic: false }, 'Not supported.'),
  additionalItems: json(33, 'Not supported.'),
  definitions: schemasByName(34, 'Not supported.'),
  externalDocs: message(35, ExternalDocumentation, 'Where more is written.'),
  example: json(36, 'An example.'),
  nullable: bool(37, 'null is a value too.'),
  'x-kubernetes-preserve-unknown-fields': bool(38, 'Fields that no schema names are kept.', { pointer: true }),
  'x-kubernetes-embedded-resource': bool(39, 'The value is a whole object with apiVersion, kind and metadata.'),
  'x-kubernetes-int-or-string': bool(40, 'An integer or a text.'),
  'x-kubernetes-list-map-keys': list(41, 'string', 'Fields that tell the items of a list apart.'),
  'x-kubernetes-list-type': str(42, 'atomic, set or map.', { pointer: true }),
  'x-kubernetes-map-type': str(43, 'granular or atomic.', { pointer: true }),
  'x-kubernetes-validations': listMap(44, ValidationRule, ['rule'], 'Rules in CEL.'),
});
