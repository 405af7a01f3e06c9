/**
 * The Struct of a custom resource: what every object has as fields, the rest as data. Metadata is decoded as that of every kind; below the other
 * top-level names the schema prunes.
 */
import type { JSONSchemaProps } from '../apiextensions/json-schema-props.ts';
import { decode } from '../dsl/decode.ts';
import { message, type Struct, type StructData, struct } from '../dsl/field.ts';
import { isObject, type JsonObject, setOwn } from '../dsl/own.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { typeInvalid } from '../validation/errors.ts';
import { DepthError, isStrayNull, MAX_REPORTED, prune, schemaUnder } from './prune.ts';

const ofEveryObject: ReadonlySet<string> = new Set(Object.keys({ ...typeMeta, metadata: true }));

const decodeWith =
  (schema: JSONSchemaProps): StructData['decode'] =>
  (value, { strict, maxDepth }) => {
    if (!isObject(value)) return { value: {}, unknownFields: [], errors: [typeInvalid('', value, 'the object must be a JSON object')] };
    const { metadata, apiVersion, kind, ...content } = value;
    const head = decode<JsonObject>(headOf, { metadata, apiVersion, kind }, { strict, maxDepth });
    const out: JsonObject = head.value;
    const { unknownFields, errors } = head;
    try {
      for (const name of Object.keys(content)) {
        const under = schemaUnder(schema, name);
        if (isStrayNull(under, content[name])) continue;
        if (under !== undefined) setOwn(out, name, prune(under, content[name], name, { strict, maxDepth, unknownFields }));
        else if (strict && unknownFields.length < MAX_REPORTED) unknownFields.push(`unknown field ${JSON.stringify(name)}`);
      }
    } catch (error) {
      if (!(error instanceof DepthError)) throw error;
      errors.push(typeInvalid('', undefined, error.message));
    }
    return { value: out, unknownFields, errors };
  };

const fields = { ...typeMeta, metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata.") };
const headOf = struct('', '', fields);

/** Reverse domain name of the group, version and kind, as upstream names schemas: `com.example.stable.v1.CronTab`. */
const nameOf = (group: string, version: string, kind: string): string => [...group.split('.').reverse(), version, kind].join('.');

export const structOf = (
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
  schema: JSONSchemaProps,
): Struct<any> => {
  const { description, properties = {}, 'x-kubernetes-validations': _rules, ...rest } = schema;
  const own = Object.fromEntries(Object.entries(properties).filter(([name]) => !ofEveryObject.has(name)));
  return {
    name: nameOf(group, version, kind),
    doc: description ?? '',
    fields,
    atomic: false,
    data: { decode: decodeWith(schema), openApi: { ...rest, properties: own } },
  };
};
