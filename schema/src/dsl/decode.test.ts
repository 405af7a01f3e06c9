import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { mergePatch } from '../patch/merge.ts';
import { decode } from './decode.ts';
import { applyDefaults } from './default.ts';
import { hostile } from './hostile-values.ts';
import { decodeProto, encodeProto } from './proto.ts';
import { Root, Spec } from './test-structs.ts';
import { validateStruct } from './validate.ts';

const errorsOf = (spec: unknown): string[] => decode(Root, { spec }).errors.map(({ field, detail }) => `${field}: ${detail}`);
const specOf = (spec: unknown): unknown => {
  const { value, errors } = decode(Root, { spec });
  expect(errors).toEqual([]);
  return value.spec;
};

describe('decode', () => {
  it('prunes unknown fields and names them with their path', () => {
    const input = {
      apiVersion: 'v1',
      kind: 'Root',
      foo: 1,
      spec: { items: [{ name: 'a' }, { name: 'b', bar: { x: 1 }, ports: [{ baz: 1 }] }] },
    };
    const { value, unknownFields, errors } = decode(Root, input);
    expect(unknownFields).toEqual([
      'unknown field "foo"',
      'unknown field "spec.items[1].bar"',
      'unknown field "spec.items[1].ports[0].baz"',
    ]);
    expect(value).toEqual({ apiVersion: 'v1', kind: 'Root', spec: { items: [{ name: 'a' }, { name: 'b', ports: [{}] }] } });
    expect(errors).toEqual([]);
    expect(decode(Root, input, { strict: false }).unknownFields).toEqual([]);
  });

  it('keeps apiVersion and kind of a whole object only', () => {
    expect(decode(Spec, { kind: 'X' }, { path: 'spec' }).unknownFields).toEqual(['unknown field "spec.kind"']);
    expect(decode(Spec, { apiVersion: 'v1', kind: 'X' }).value).toEqual({ apiVersion: 'v1', kind: 'X' });
  });

  it('drops null and the zero values that Go leaves out, keeps those of pointers and of required fields', () => {
    expect(specOf({ replicas: 0, big: 0, on: false, maybe: false, args: [], labels: {}, when: null, ratio: 0, tree: {} })).toEqual({
      replicas: 0,
      maybe: false,
      tree: {},
    });
    expect(specOf({ items: [] })).toEqual({ items: [] });
    expect(specOf({ items: [{ name: '', ports: [{ containerPort: 0, protocol: '' }] }] })).toEqual({
      items: [{ name: '', ports: [{ containerPort: 0 }] }],
    });
  });

  it('takes null in lists and maps as the zero value', () => {
    expect(specOf({ items: [null], labels: { a: null }, numbers: [null], extra: { k: null } })).toEqual({
      items: [{}],
      labels: { a: '' },
      numbers: [0],
      extra: { k: [] },
    });
  });

  it('flattens inline structs', () => {
    expect(specOf({ items: [{ name: 'a', exec: ['sh'], port: 80, from: { name: 'n', key: 'k' } }] })).toEqual({
      items: [{ name: 'a', exec: ['sh'], port: 80, from: { name: 'n', key: 'k' } }],
    });
  });

  it('brings quantities, times and durations into canonical form', () => {
    expect(
      specOf({
        items: [{ name: 'a', limits: { cpu: 0.5, memory: '1024Mi', pods: '1000' } }],
        when: '2024-03-01T01:30:00.999+02:00',
        exactly: '2024-02-29T23:59:59.1234567Z',
        wait: '90s',
      }),
    ).toEqual({
      items: [{ name: 'a', limits: { cpu: '500m', memory: '1Gi', pods: '1k' } }],
      when: '2024-02-29T23:30:00Z',
      exactly: '2024-02-29T23:59:59.123456Z',
      wait: '1m30s',
    });
  });

  it('words type errors as Go does', () => {
    expect(errorsOf({ replicas: 'x' })).toEqual([
      'spec.replicas: json: cannot unmarshal string into Go struct field Spec.spec.replicas of type int32',
    ]);
    expect(errorsOf({ items: [{ name: 1 }] })).toEqual([
      'spec.items[0].name: json: cannot unmarshal number into Go struct field Item.spec.items.name of type string',
    ]);
    expect(errorsOf({ items: {} })).toEqual([
      'spec.items: json: cannot unmarshal object into Go struct field Spec.spec.items of type []v1.Item',
    ]);
    expect(errorsOf({ items: [[]] })).toEqual([
      'spec.items[0]: json: cannot unmarshal array into Go struct field Spec.spec.items of type v1.Item',
    ]);
    expect(errorsOf({ labels: { a: true } })).toEqual([
      'spec.labels[a]: json: cannot unmarshal bool into Go struct field Spec.spec.labels of type string',
    ]);
    expect(errorsOf({ replicas: 1.5 })).toEqual([
      'spec.replicas: json: cannot unmarshal number 1.5 into Go struct field Spec.spec.replicas of type int32',
    ]);
    expect(errorsOf({ replicas: 2 ** 31 })).toEqual([
      'spec.replicas: json: cannot unmarshal number 2147483648 into Go struct field Spec.spec.replicas of type int32',
    ]);
    expect(errorsOf({ items: [{ name: 'a', limits: { cpu: 'lots' } }] })).toEqual([
      "spec.items[0].limits[cpu]: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ]);
    expect(errorsOf({ data: { a: 'a*==' } })).toEqual(['spec.data[a]: illegal base64 data at input byte 1']);
    expect(errorsOf({ wait: '5 minutes' })).toEqual(['spec.wait: time: invalid duration "5 minutes"']);
    for (const [when, problem] of [
      ['soon', '"soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"'],
      ['', '"" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
      ['2024-01-01', '"2024-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
      ['2024-13-01T00:00:00Z', '"2024-13-01T00:00:00Z": month out of range'],
      ['2023-02-29T00:00:00Z', '"2023-02-29T00:00:00Z": day out of range'],
      ['2024-01-01T00:00:00.5', '"2024-01-01T00:00:00.5" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "Z07:00"'],
    ]) {
      expect(errorsOf({ when })).toEqual([`spec.when: parsing time ${problem}`]);
    }
    expect(decode(Root, []).errors[0]?.detail).toBe('json: cannot unmarshal array into Go value of type v1.Root');
  });

  it('accepts the ends of the integer ranges', () => {
    expect(specOf({ replicas: -(2 ** 31), numbers: [2 ** 31 - 1], big: -(2 ** 63) })).toEqual({
      replicas: -(2 ** 31),
      numbers: [2 ** 31 - 1],
      big: -(2 ** 63),
    });
    expect(errorsOf({ big: 2 ** 63 })).toHaveLength(1);
  });

  it('copies free-form values and shares nothing', () => {
    const raw = { a: [{ b: null }], apiVersion: 'x' };
    const out = specOf({ raw }) as { raw: typeof raw };
    expect(out.raw).toEqual(raw);
    expect(out.raw).not.toBe(raw);
    expect(out.raw.a).not.toBe(raw.a);
  });

  it('treats __proto__ as an ordinary map key and as an unknown field', () => {
    const input: unknown = JSON.parse('{"spec":{"__proto__":{"on":true},"labels":{"__proto__":"x"},"raw":{"__proto__":{"y":1}}}}');
    const { value, unknownFields } = decode(Root, input);
    expect(unknownFields).toEqual(['unknown field "spec.__proto__"']);
    expect(Object.entries(value.spec.labels)).toEqual([['__proto__', 'x']]);
    expect(Object.getPrototypeOf(value.spec.raw)).toBe(Object.prototype);
    expect(value.spec.on).toBeUndefined();
    expect(({} as { y?: number }).y).toBeUndefined();
  });

  it('bounds the depth of recursive structs and of free-form values', () => {
    const deep = (key: string, n: number): unknown => JSON.parse(`${`{"${key}":`.repeat(n)}{}${'}'.repeat(n)}`);
    expect(errorsOf({ tree: deep('child', 600) })[0]).toMatch(/exceeded max depth$/);
    expect(errorsOf({ raw: deep('x', 600) })).toEqual(['spec.raw: exceeded max depth']);
    expect(errorsOf({ tree: deep('child', 300) })).toEqual([]);
  });

  it('words errors of types that decode themselves without the field', () => {
    expect(errorsOf({ items: [{ name: 'a', port: true }], when: 5, wait: 5 })).toEqual([
      'spec.items[0].port: json: cannot unmarshal bool into Go value of type int32',
      'spec.when: json: cannot unmarshal number into Go value of type string',
      'spec.wait: json: cannot unmarshal number into Go value of type string',
    ]);
    expect(errorsOf({ items: [{ name: 'a', limits: { cpu: true }, port: 3e9 }] })).toEqual([
      "spec.items[0].limits[cpu]: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      'spec.items[0].port: json: cannot unmarshal number 3000000000 into Go value of type int32',
    ]);
  });

  it('takes any value without throwing; the result is normal, and the same after protobuf', () => {
    fc.assert(
      fc.property(hostile, (input) => {
        const { value } = decode(Root, input);
        expect(decode(Root, value)).toEqual({ value, unknownFields: [], errors: [] });
        const { apiVersion: _, kind: __, ...rest } = value;
        // protobuf cannot tell an empty list from none
        if (rest.spec?.items?.length === 0) delete rest.spec.items;
        expect(decodeProto(Root, encodeProto(Root, rest))).toEqual(rest);
        validateStruct(Root, value);
        applyDefaults(Root, value);
        const once = structuredClone(value);
        applyDefaults(Root, value);
        expect(value).toEqual(once);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same where what a patch left alone is not looked at again', () => {
    const part = fc.record({ replicas: fc.integer(), items: fc.array(fc.record({ name: fc.string() })) }, { requiredKeys: [] });
    const patch = fc.oneof(hostile, fc.record({ spec: part }), fc.record({ spec: fc.constant(null) }));
    fc.assert(
      fc.property(fc.oneof(hostile, fc.record({ spec: part })), patch, (input, change) => {
        const { value: known } = decode(Root, input);
        const patched = mergePatch(known, change);
        expect(decode(Root, patched, { known })).toEqual(decode(Root, patched));
      }),
      { numRuns: 200 },
    );
    const { value: known } = decode(Root, { spec: { replicas: 3, items: [{ name: 'a' }] } });
    const { value } = decode(Root, { spec: { ...known.spec, replicas: 4 } }, { known });
    expect(value.spec.items).toBe(known.spec.items);
    expect(decode(Root, { spec: { items: [{ other: 1 }] } }, { known }).unknownFields).toHaveLength(1);
  });

  it('is idempotent', () => {
    const first = specOf({ replicas: 3, items: [{ name: 'a', limits: { cpu: '0.1' } }], wait: '3600s', exactly: '2024-01-01T00:00:00Z' });
    expect(specOf(first)).toEqual(first);
  });
});
