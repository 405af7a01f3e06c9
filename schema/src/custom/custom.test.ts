/** Custom resources by their definition: decoding, defaults, validation, paths, columns. */
import { describe, expect, it } from 'vitest';
import type { CustomResourceDefinition } from '../apiextensions/custom-resource-definition.ts';
import { validateStructuralSchema } from '../apiextensions/structural-schema.ts';
import { decode } from '../dsl/decode.ts';
import { openApiV3 } from '../openapi/v3.ts';
import { formatFieldErrors } from '../validation/errors.ts';
import { definitionOf } from './definition-of.ts';
import { findAll, parseJsonPath } from './json-path.ts';
import { compareVersions } from './version-order.ts';

const version = (name: string, storage: boolean, more: object = {}) => ({
  name,
  served: true,
  storage,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          required: ['size'],
          properties: {
            size: { type: 'integer', minimum: 1, maximum: 10 },
            mode: { type: 'string', enum: ['fast', 'slow'], default: 'slow' },
            code: { type: 'string', pattern: '^[a-z]+$', maxLength: 5 },
            port: { 'x-kubernetes-int-or-string': true },
            free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            labels: { type: 'object', additionalProperties: { type: 'string' } },
            at: { type: 'string', format: 'date-time' },
            none: { type: 'string', nullable: true },
            items: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['name'],
              items: { type: 'object', properties: { name: { type: 'string' }, weight: { type: 'number', default: 1 } } },
            },
            pod: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
            choice: {
              type: 'object',
              properties: { a: { type: 'string' }, b: { type: 'string' } },
              oneOf: [{ required: ['a'] }, { required: ['b'] }],
            },
          },
        },
        status: { type: 'object', properties: { ready: { type: 'integer' } } },
      },
    },
  },
  ...more,
});

const crd = {
  metadata: { name: 'widgets.example.com', uid: 'u', resourceVersion: '1' },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
    scope: 'Namespaced',
    versions: [
      version('v1beta1', false),
      version('v1', true, {
        subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.ready' } },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        selectableFields: [{ jsonPath: '.spec.mode' }],
      }),
    ],
  },
} as unknown as CustomResourceDefinition;

const definition = definitionOf(crd);
const schema = definition.versions.find((v) => v.storage)!.schema;
const widget = (spec: object) => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', namespace: 'n' }, spec });
const problems = (spec: object): string => {
  const { value, errors } = decode(schema, widget(spec));
  expect(errors).toEqual([]);
  definition.defaults!(value);
  const found = definition.validate!(value);
  return found.length === 0 ? '' : formatFieldErrors(found);
};

describe('decoding', () => {
  it('prunes what the schema does not name and tells it', () => {
    const { value, unknownFields } = decode(schema, {
      ...widget({ size: 0, wrong: 1, free: { any: { thing: 1 } }, items: [{ name: 'x', odd: true }] }),
      extra: 1,
    });
    expect(value.spec).toEqual({ size: 0, free: { any: { thing: 1 } }, items: [{ name: 'x' }] });
    expect(value.extra).toBeUndefined();
    expect(unknownFields.sort()).toEqual(['unknown field "extra"', 'unknown field "spec.items[0].odd"', 'unknown field "spec.wrong"']);
  });

  it('keeps keys named like those of every object, and cannot be led to the prototype', () => {
    const { value } = decode(
      schema,
      JSON.parse('{"metadata":{"name":"a"},"spec":{"size":1,"labels":{"__proto__":"x","constructor":"y"}}}'),
    );
    expect(Object.keys(value.spec.labels)).toEqual(['__proto__', 'constructor']);
    expect(({} as any).x).toBeUndefined();
  });

  it('knows the metadata of embedded objects', () => {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', odd: 1 }, more: 1 };
    const { value, unknownFields } = decode(schema, widget({ size: 1, pod }));
    expect([value.spec.pod, unknownFields]).toEqual([{ ...pod, metadata: { name: 'a' } }, ['unknown field "spec.pod.metadata.odd"']]);
  });

  it('leaves out a null that is neither allowed nor defaulted, untold', () => {
    const { value, unknownFields } = decode(schema, widget({ size: null, mode: null, none: null, free: { a: null }, labels: { x: null } }));
    expect([value.spec, unknownFields]).toEqual([{ mode: null, none: null, free: { a: null }, labels: {} }, []]);
    definition.defaults!(value);
    expect(value.spec.mode).toBe('slow');
  });

  it('refuses what is nested too deeply', () => {
    let deep: unknown = {};
    for (let i = 0; i < 600; i++) deep = { deep };
    expect(decode(schema, widget({ free: deep })).errors).toHaveLength(1);
  });
});

describe('values', () => {
  it.each([
    [{ size: 'big' }, 'spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'],
    [{ size: 1.5 }, 'spec.size: Invalid value: "number": spec.size in body must be of type integer: "number"'],
    [{ size: null }, 'spec.size: Required value'],
    [{ size: 1, items: null, code: null, mode: null }, ''],
    [{}, 'spec.size: Required value'],
    [{ size: 11 }, 'spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10'],
    [{ size: 0 }, 'spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1'],
    [{ size: 1, mode: 'no' }, 'spec.mode: Unsupported value: "no": supported values: "fast", "slow"'],
    [{ size: 1, code: 'A' }, `spec.code: Invalid value: "A": spec.code in body should match '^[a-z]+$'`],
    [{ size: 1, code: 'abcdef' }, 'spec.code: Too long: may not be more than 5 bytes'],
    [{ size: 1, port: true }, 'spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
    [{ size: 1, labels: { x: 1 } }, 'spec.labels.x: Invalid value: "integer": spec.labels.x in body must be of type string: "integer"'],
    [{ size: 1, at: 'noon' }, 'spec.at: Invalid value: "noon": spec.at in body must be of type date-time: "noon"'],
    [{ size: 1, items: [{ name: 'x' }, { name: 'x' }] }, 'spec.items[1]: Duplicate value: {"name":"x"}'],
    [{ size: 1, pod: {} }, '[spec.pod.apiVersion: Required value: must not be empty, spec.pod.kind: Required value: must not be empty]'],
    [{ size: 1, pod: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 'b' } }, more: 1 } }, ''],
    [
      { size: 1, pod: { apiVersion: 'v1', kind: 'A b', metadata: { name: 'a/b' } } },
      `[spec.pod.kind: Invalid value: "A b": may have mixed case, but should otherwise match: a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?'), spec.pod.metadata.name: Invalid value: "a/b": may not contain '/']`,
    ],
    [{ size: 1, choice: {} }, '<nil>: Invalid value: "": "spec.choice" must validate one and only one schema (oneOf). Found none valid'],
  ])('%j', (spec, text) => {
    expect(problems(spec)).toBe(text);
  });

  it('accepts what fits', () => {
    expect(problems({ size: 3, port: 'http', none: null, code: 'abc', at: '2026-01-01T00:00:00Z', choice: { a: 'x' } })).toBe('');
  });

  it('fills defaults where the parent is there', () => {
    const object: any = widget({ size: 1, items: [{ name: 'x' }] });
    definition.defaults!(object);
    expect(object.spec).toEqual({ size: 1, mode: 'slow', items: [{ name: 'x', weight: 1 }] });
  });
});

it('does not repeat long text in its errors', () => {
  expect(problems({ size: 1, at: 'x'.repeat(100_000) }).length).toBeLessThan(3000);
});

it('refuses patterns that cannot be read, wherever they stand', () => {
  const wrong = { type: 'object', properties: { a: { type: 'string', pattern: '(', anyOf: [{ pattern: '(?=x)' }] } } };
  expect(validateStructuralSchema(wrong, 's').map(({ field }) => field)).toEqual([
    's.properties[a].pattern',
    's.properties[a].anyOf[0].pattern',
  ]);
});

describe('definition', () => {
  it('has the subresources, columns and fields of the version asked for', () => {
    expect([definition.hasStatus, definition.scale?.replicas(widget({ size: 4 }))]).toEqual([true, 4]);
    expect(definition.columns.map((c) => c.cell(widget({ size: 4 })))).toEqual(['a', 4]);
    expect(definition.selectableFields['spec.mode']!(widget({ mode: 'fast' }))).toBe('fast');
    const beta = definitionOf(crd, 'v1beta1');
    expect([beta.hasStatus, beta.scale, beta.columns.map((c) => c.name)]).toEqual([false, undefined, ['Name', 'Age']]);
    expect(definitionOf(crd, 'v1beta1')).toBe(beta);
  });

  it('converts by apiVersion alone', () => {
    const beta = definition.versions.find((v) => v.version === 'v1beta1')!;
    expect(beta.toStorage!({ ...widget({ size: 1 }), apiVersion: 'example.com/v1beta1' }).apiVersion).toBe('example.com/v1');
  });

  it('counts changes of the content alone', () => {
    const counted = definition.generation as (object: any) => unknown;
    expect(counted({ ...widget({ size: 1 }), status: { ready: 1 } })).toEqual({ spec: { size: 1 } });
  });

  it('is in the OpenAPI document of its group', () => {
    const document: any = openApiV3('apis/example.com/v1', [definition]);
    const found = document.components.schemas['com.example.v1.Widget'];
    expect(found.properties.spec.properties.size).toEqual({ type: 'integer', minimum: 1, maximum: 10 });
    expect(found['x-kubernetes-group-version-kind']).toEqual([{ group: 'example.com', version: 'v1', kind: 'Widget' }]);
    expect(Object.keys(found.properties)).toEqual(['spec', 'status', 'apiVersion', 'kind', 'metadata']);
    const patch = document.paths['/apis/example.com/v1/namespaces/{namespace}/widgets/{name}'].patch;
    expect(Object.keys(patch.requestBody.content)).not.toContain('application/strategic-merge-patch+json');
  });
});

describe('what was stored when the schema was another', () => {
  const stored = definition.versions.find((v) => v.storage)!;
  const beta = definition.versions.find((v) => v.version === 'v1beta1')!;

  it('is pruned and defaulted, in a copy', () => {
    const before = widget({
      size: 1,
      gone: 1,
      free: { any: 1 },
      items: [
        { name: 'x', odd: 1 },
        { name: 'y', weight: 2 },
      ],
    });
    const text = JSON.stringify(before);
    expect(stored.complete!({ ...before, extra: 1 })).toEqual(
      widget({
        size: 1,
        mode: 'slow',
        free: { any: 1 },
        items: [
          { name: 'x', weight: 1 },
          { name: 'y', weight: 2 },
        ],
      }),
    );
    expect(JSON.stringify(before)).toBe(text);
    const whole = widget({ size: 1, mode: 'fast' });
    expect(stored.complete!(whole)).toBe(whole);
  });

  it('is read in another version with the defaults of its own', () => {
    expect(beta.fromStorage!(widget({ size: 1, gone: 1 }))).toEqual({
      ...widget({ size: 1, mode: 'slow' }),
      apiVersion: 'example.com/v1beta1',
    });
  });
});

it('a list that became a set is asked to be one only where it was', () => {
  const list = (items: string[]) => widget({ size: 1, items: items.map((name) => ({ name, weight: 1 })), mode: 'slow' });
  const judged = (old: string[], now: string[]) => definition.validate!(list(now), list(old)).map(({ type }: { type: string }) => type);
  expect(judged(['a', 'b'], ['a', 'a'])).toEqual(['duplicate']);
  expect(judged(['a', 'a'], ['b', 'b'])).toEqual([]);
});

describe('JSON paths', () => {
  const object = {
    a: { 'b.c': [1, 2] },
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  };
  it.each([
    ['.a', [object.a]],
    [".a['b.c'][1]", [2]],
    ['.a.b\\.c[0]', [1]],
    ['.conditions[?(@.type=="Ready")].status', ['True']],
    ['.conditions[*].type', ['Ready', 'Other']],
    ['.missing.deep', []],
    ['.constructor', []],
  ])('%s', (path, found) => {
    expect(findAll(parseJsonPath(path)!, object)).toEqual(found);
  });

  it('is nothing when it cannot be read', () => {
    expect(parseJsonPath('.a[')).toBeUndefined();
    expect(parseJsonPath(`.${'a'.repeat(2000)}`)).toBeUndefined();
  });
});

it('orders versions as Kubernetes prefers them', () => {
  expect(['v1alpha1', 'foo', 'v1', 'v2beta1', 'v2', 'v1beta2'].sort(compareVersions)).toEqual([
    'v2',
    'v1',
    'v2beta1',
    'v1beta2',
    'v1alpha1',
    'foo',
  ]);
});
