import { describe, expect, it } from 'vitest';
import { accept } from '../conformance/accept.ts';
import { formatFieldError } from '../validation/errors.ts';
import { customResourceDefinitions } from './custom-resource-definition.ts';
import { validateCustomResourceDefinition } from './custom-resource-definition-validation.ts';

const definition = (spec: object = {}, version: object = {}, schema: unknown = { type: 'object' }) => ({
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
    ...spec,
  },
});
const made = (...args: Parameters<typeof definition>) => accept<any>(customResourceDefinitions, definition(...args));

describe('a definition', () => {
  it('gets its other names, its conversion and the version it is stored in', () => {
    const { object, errors } = made();
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({ names: { singular: 'widget', listKind: 'WidgetList' }, conversion: { strategy: 'None' } });
    expect(object.status).toEqual({ storedVersions: ['v1'] });
  });

  it.each([
    [{ group: 'example' }, 'metadata.name: Invalid value: "widgets.example.com": must be spec.names.plural+"."+spec.group'],
    [{ group: 'example' }, 'spec.group: Invalid value: "example": should be a domain with at least one dot'],
    [{ scope: 'X' }, 'spec.scope: Unsupported value: "X": supported values: "Cluster", "Namespaced"'],
    [{ versions: [] }, 'spec.versions: Invalid value: []: must have exactly one version marked as storage version'],
    [{ preserveUnknownFields: true }, 'spec.preserveUnknownFields: Invalid value: true: cannot set to true'],
    [{ names: { plural: 'widgets', kind: 'Widget', listKind: 'Widget' } }, 'kind and listKind may not be the same'],
    [
      { conversion: { strategy: 'Webhook' } },
      'spec.conversion.webhook.clientConfig: Required value: required when strategy is set to Webhook',
    ],
  ])('%j', (spec, error) => {
    expect(made(spec).errors.join('\n')).toContain(error);
  });

  it('has defaults that its rules allow', () => {
    const range = {
      type: 'object',
      'x-kubernetes-validations': [{ rule: 'self.min <= self.max', message: 'min above max' }],
      properties: { min: { type: 'integer' }, max: { type: 'integer' } },
    };
    const properties = {
      good: { ...range, default: { min: 1, max: 5 } },
      wrong: { ...range, default: { min: 5, max: 1 } },
      inside: {
        type: 'array',
        items: range,
        default: [
          { min: 1, max: 1 },
          { min: 2, max: 1 },
        ],
        maxItems: 9,
      },
      named: { type: 'string', maxLength: 9, default: 'x', 'x-kubernetes-validations': [{ rule: "self.startsWith('y')" }] },
    };
    const at = 'spec.validation.openAPIV3Schema.properties[spec].properties';
    expect(made({}, {}, { type: 'object', properties: { spec: { type: 'object', properties } } }).errors).toEqual([
      `${at}[wrong].default: Invalid value: "object": min above max`,
      `${at}[inside].default[1]: Invalid value: "object": min above max`,
      `${at}[named].default: Invalid value: "string": failed rule: self.startsWith('y')`,
    ]);
  });

  it('has defaults that fit it', () => {
    const item = { type: 'object', properties: { a: { type: 'string', maxLength: 1 } } };
    const properties = {
      good: { ...item, default: { a: 'x' } },
      wrong: { type: 'integer', default: 'x' },
      inside: { type: 'array', items: item, default: [{ a: 'xy' }] },
      unknown: { ...item, default: { b: 1 } },
      nothing: { type: 'string', nullable: true, default: null },
      metadata: { type: 'object' },
    };
    const at = 'spec.validation.openAPIV3Schema.properties[spec].properties';
    expect(made({}, {}, { type: 'object', properties: { spec: { type: 'object', properties } } }).errors).toEqual([
      `${at}[wrong].default: Invalid value: "string":  in body must be of type integer: "string"`,
      `${at}[inside].default[0].a: Too long: may not be more than 1 byte`,
      `${at}[unknown].default: Invalid value: {"b":1}: must be pruned`,
    ]);
  });

  it('in a group of the community says who approved it', () => {
    const judged = (annotation?: string, old?: string) => {
      const crd = (value?: string) => ({
        ...definition({ group: 'x.k8s.io' }),
        metadata: { name: 'widgets.x.k8s.io', ...(value === undefined ? {} : { annotations: { 'api-approved.kubernetes.io': value } }) },
      });
      const errors = validateCustomResourceDefinition(
        crd(annotation) as any,
        old === undefined ? undefined : (crd(old || undefined) as any),
      );
      return errors.filter(({ field }) => field.includes('api-approved')).map(formatFieldError);
    };
    const must = 'protected groups must have approval annotation "api-approved.kubernetes.io"';
    const see = 'see https://github.com/kubernetes/enhancements/pull/1111';
    expect(judged()).toEqual([`metadata.annotations[api-approved.kubernetes.io]: Required value: ${must}, ${see}`]);
    expect(judged('ours')).toEqual([
      `metadata.annotations[api-approved.kubernetes.io]: Invalid value: "ours": ${must} with either a URL or a reason starting with "unapproved", ${see}`,
    ]);
    expect([judged('https://example.com/1'), judged('unapproved, for a test'), judged(undefined, '')]).toEqual([[], [], []]);
  });

  it.each([
    [undefined, 'schema.openAPIV3Schema: Required value: schemas are required'],
    [{ type: 'string' }, 'spec.validation.openAPIV3Schema.type: Invalid value: "string": must be object at the root'],
    [{}, 'spec.validation.openAPIV3Schema.type: Required value: must not be empty at the root'],
    [
      { type: 'object', properties: { a: { type: 'array', items: { type: 'object', properties: { b: null } } } } },
      'openAPIV3Schema.properties[a].items.properties[b].type: Required value: must not be empty for specified object fields',
    ],
    [
      { type: 'object', properties: { a: {} } },
      'spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ],
    [{ type: 'object', properties: { a: { type: 'array' } } }, 'properties[a].items: Required value: must be specified'],
    [
      { type: 'object', properties: { a: { type: 'array', items: {} } } },
      'properties[a].items.type: Required value: must not be empty for specified array items',
    ],
    [{ type: 'object', properties: { a: { type: 'array', items: { type: 7 } } } }, 'cannot unmarshal number into Go struct field'],
    [{ type: 'object', properties: { a: { $ref: 'x' } } }, 'properties[a].$ref: Forbidden: $ref is not supported'],
    [
      { type: 'object', properties: { a: { type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' } } },
      'x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
    ],
  ])('schema %j', (schema, error) => {
    expect(made({}, { schema: { openAPIV3Schema: schema } }).errors.join('\n')).toContain(error);
  });

  it('keeps free values in its schema', () => {
    const properties = {
      a: { type: 'integer', default: 5, enum: [5, 6] },
      b: { 'x-kubernetes-int-or-string': true },
      c: { type: 'object', additionalProperties: { type: 'string' } },
    };
    const { object, errors } = made({}, {}, { type: 'object', properties });
    expect(errors).toEqual([]);
    expect(object.spec.versions[0].schema.openAPIV3Schema.properties).toEqual(properties);
  });

  it('keeps group, names and, once it is established, scope and kind; and every stored version', () => {
    const { object: old } = made();
    old.status.conditions = [{ type: 'Established', status: 'True' }];
    const changed = (spec: object, version: object = {}) => accept<any>(customResourceDefinitions, definition(spec, version), old);
    expect(changed({ scope: 'Cluster' }).errors).toEqual(['spec.scope: Invalid value: "Cluster": field is immutable']);
    expect(changed({}, { name: 'v2' }).errors[0]).toContain('status.storedVersions[0]: Invalid value: "v1": missing from spec.versions');
    const two = [
      { ...definition().spec.versions[0], storage: false },
      { ...definition().spec.versions[0], name: 'v2' },
    ];
    expect(changed({ versions: two }).object.status.storedVersions).toEqual(['v1', 'v2']);
    expect(old.status.storedVersions).toEqual(['v1']);
  });
});
