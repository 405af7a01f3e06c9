/** Upstream's cases of fieldpath/ and of merge/conflict_test.go in structured-merge-diff: sets, path elements, their wire form and their words. */
import { expect } from 'vitest';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { mapList, mapOf, number, object, text, type } from './case-types.ts';
import { conflictSet, conflictsIn, formatConflicts } from './conflict.ts';
import { fieldSetOf } from './extract.ts';
import {
  difference,
  emptySet,
  equalSets,
  type FieldSet,
  intersection,
  isEmpty,
  membersOf,
  parseFieldSet,
  recursiveDifference,
  union,
} from './field-set.ts';
import { fields } from './fixture.ts';
import { type ManagedEntry, sameOwnership } from './managed-fields.ts';
import { withNamedFields } from './named.ts';
import { formatPath } from './path.ts';

const entry = (manager: string, apiVersion: string, ...paths: readonly string[]): ManagedEntry => ({
  manager,
  apiVersion,
  operation: 'Update',
  fieldsType: 'FieldsV1',
  fieldsV1: fields(...paths),
});
const differ = (a: readonly ManagedEntry[], b: readonly ManagedEntry[]) => expect(sameOwnership(a, b)).toBe(false);
const printed = (path: readonly string[], expected: string) => expect(formatPath(path)).toBe(expected);
const read = (set: object) => parseFieldSet(set);
const both = (a: FieldSet, b: FieldSet) => [membersOf(a), membersOf(b)];

const owners = { anna: entry('anna', 'v1', 'key', 'list/k:{"id":2,"key":"a"}/id'), ben: entry('ben', 'v1', 'value', 'list/i:0') };
const conflicts = [...conflictsIn(owners.anna, owners.anna.fieldsV1), ...conflictsIn(owners.ben, owners.ben.fieldsV1)];

const elements = [
  ...['f:', 'f:a b', 'f:1', 'f:$', 'i:0', 'i:1234', 'v:"x"', 'v:1', 'v:1.5', 'v:true', 'v:null', 'v:[1,"a"]'],
  ...['k:{"name":"app"}', 'k:{"port":80,"protocol":"TCP"}', 'k:{"none":null}', 'k:{"deep":{"a":[1]}}', 'k:{"name":"é🚀中"}'],
];
const noElements = [
  ...['', 'none', 'f', 'i', 'v', 'k', ':', 'i:', 'i:one', 'i:1.5', 'i: 0', 'i:0 ', 'v:', 'v:text', 'v:{"a":1', 'v:1 2'],
  ...['k:', 'k:text', 'k:{"a":x}', 'k:{"a":1} {"b":2}', 'k:{"a":1} rest', 'k:[1]', 'v:"\\x41"'],
];
const notSets = [
  ...['[]', '1', '"x"', '', '  ', '{1:{}}', '{"f:a":{},}', '{"f:a"}', '{"f:a":}', '{"f:a":1}', '{"f:a":[]}', '{"f:a":"x"}', '{"f:a":{]}'],
  ...[
    '{"f:a":{},,"f:b":{}}',
    '{"f:a":{} "f:b":{}}',
    '{"f:a"::{}}',
    '{"f:a":{,}}',
    '}',
    '{"":{}}',
    '{"x":{}}',
    '{":":{}}',
    '{',
    '{"f:a":{}',
  ],
  ...['{"f:a":{"f:b":', '{"f:\\u00', '{"f:a":{}}}', '{"f:a":{}}{}', '{"f:a":{}} "x"', '{".":{"f:a":{}}}'],
];

const named = type({
  a: object({ b: object({ value: number }) }),
  list: mapList({ key: text, inner: object({ value: number }) }, 'key'),
  free: mapOf(object({ value: number })),
});

upstreamCases('structured-merge', import.meta.url, {
  TestNewFromSets: () => {
    expect(conflicts.map(({ owner, path }) => `${owner.manager} ${formatPath(path)}`)).toEqual([
      'anna .key',
      'anna .list[id=2,key="a"].id',
      'ben .list[0]',
      'ben .value',
    ]);
  },
  TestToSet: () => {
    expect(conflictSet(conflicts)).toEqual(union(owners.anna.fieldsV1, owners.ben.fieldsV1));
  },
  TestConflictsFromManagers: () => {
    expect(formatConflicts(conflictsIn(owners.anna, fields('key')))).toBe(
      'Apply failed with 1 conflict: conflict with "anna" using v1: .key',
    );
  },

  'TestManagersEquals/Empty sets': () => expect(sameOwnership([], [])).toBe(true),
  'TestManagersEquals/Empty RHS': () => differ([owners.anna], []),
  'TestManagersEquals/Empty LHS': () => differ([], [owners.anna]),
  'TestManagersEquals/Different managers': () => differ([entry('a', 'v1', 'x')], [entry('b', 'v1', 'x')]),
  'TestManagersEquals/Same manager, different version': () => differ([entry('a', 'v1', 'x')], [entry('a', 'v2', 'x')]),
  'TestManagersEquals/Set difference': () => {
    differ([entry('a', 'v1', 'x', 'y')], [entry('a', 'v1', 'x')]);
    expect(sameOwnership([entry('a', 'v1', 'x', 'y')], [entry('a', 'v1', 'y', 'x')])).toBe(true);
  },

  'TestPathString/simple field': () => printed(['f:spec'], '.spec'),
  'TestPathString/app container image': () =>
    printed(['f:spec', 'f:containers', 'k:{"name":"app"}', 'f:image'], '.spec.containers[name="app"].image'),
  'TestPathString/app port': () =>
    printed(['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}', 'f:name'], '.ports[containerPort=80,protocol="TCP"].name'),
  'TestPathString/field with space': () => printed(['f:a b', 'f:c'], '.a b.c'),
  'TestPathString/value with space': () => printed(['f:set', 'v:"a b"'], '.set[="a b"]'),
  'TestPathString/value with quotes': () => printed(['f:set', String.raw`v:"a\"b"`], String.raw`.set[="a\"b"]`),
  'TestPathString/value with unicode': () => printed(['f:set', 'v:"é"', 'i:3'], '.set[="é"][3]'),

  TestPathElementRoundTrip: () => {
    for (const element of elements) expect(read({ [element]: {} }), element).toEqual({ [element]: {} });
  },
  TestPathElementIgnoreUnknown: () => expect(read({ 'r:x': {}, 'f:a': { 'z:': { anything: 1 } } })).toEqual({ 'f:a': {} }),
  TestDeserializePathElementError: () => {
    for (const element of noElements) expect(read({ [element]: {} }), element).toBeUndefined();
  },
  TestDeserializePathElementSuccess: () => {
    const written: readonly (readonly [from: string, to: string])[] = [
      ['v: {"a":1}', 'v:{"a":1}'],
      ['v:"x" ', 'v:"x"'],
      ['k: { "name" : "x" } ', 'k:{"name":"x"}'],
      ['k:{"a\\u002db":"x"}', 'k:{"a-b":"x"}'],
      ['k:{"a\\nb":"\\ud83d\\ude80"}', 'k:{"a\\nb":"🚀"}'],
      ['v:"\\u4f60"', 'v:"你"'],
      ['i:007', 'i:7'],
    ];
    for (const [from, to] of written) expect(read({ [from]: {} }), from).toEqual({ [to]: {} });
  },

  TestSerializeV1: () => {
    const set = fields('a', 'a/b', 'list/k:{"name":"x"}', 'list/k:{"name":"x"}/name', 'set/v:1', 'set/i:0');
    expect(read(JSON.parse(JSON.stringify(set)))).toEqual(set);
    expect(membersOf(set)).toHaveLength(6);
  },
  TestSerializeV1GoldenData: () => {
    for (const text of [
      '{"f:a":{},"f:b":{".":{},"f:c":{}}}',
      '{"f:list":{"k:{\\"name\\":\\"x\\"}":{".":{},"f:name":{}},"v:1":{},"v:true":{},"i:2":{}}}',
    ])
      expect(JSON.stringify(read(JSON.parse(text)))).toBe(text);
  },
  TestDeserializeForValidNonNormalized: () => {
    const found = read({
      'f:b': { 'f:x': {} },
      'k:{ "protocol":"UDP","port":1}': { 'f:x': {} },
      'k:{"port": 1, "protocol": "UDP"}': { '.': {}, 'f:y': {} },
      'v: 3': {},
      'v:3': {},
    });
    expect(found).toEqual({ 'f:b': { 'f:x': {} }, 'k:{"port":1,"protocol":"UDP"}': { '.': {}, 'f:x': {}, 'f:y': {} }, 'v:3': {} });
  },
  TestSetFromJSONTokenTypeErrors: () => {
    const set = (text: string) => {
      try {
        return read(JSON.parse(text));
      } catch {
        return undefined;
      }
    };
    for (const text of notSets) expect(set(text), text).toBeUndefined();
  },
  TestSetFromJSON: () => {
    for (const text of ['{"f:a":{}} ', '\n\t {"f:a" :\r\n{} }', '{\n"f:a":   {}}']) expect(read(JSON.parse(text))).toEqual({ 'f:a': {} });
    expect(read(JSON.parse(' null '))).toEqual({});
    expect(read(JSON.parse(' {} '))).toEqual({});
  },
  TestDropUnknown: () => expect(read({ 'f:a': {}, 'r:b': {} })).toEqual({ 'f:a': {} }),

  TestSetInsertHas: () => {
    const set = fields('a', 'a/b/c', 'list/k:{"id":1,"key":"x"}', 'list/i:0/d');
    expect(membersOf(set).map((path) => path.join('/'))).toEqual(['f:a', 'f:a/f:b/f:c', 'f:list/i:0/f:d', 'f:list/k:{"id":1,"key":"x"}']);
  },
  TestSetIterSize: () => {
    const set = fields('a', 'a/b', 'a/b/c', 'x/v:1', 'x/v:2', 'y/i:1');
    expect(membersOf(set)).toHaveLength(6);
    expect(isEmpty(set)).toBe(false);
    expect(isEmpty(emptySet)).toBe(true);
  },
  TestSetEquals: () => {
    expect(equalSets(fields('a', 'b/c'), fields('b/c', 'a'))).toBe(true);
    expect(equalSets(fields('a'), fields('a/b'))).toBe(false);
    expect(equalSets(fields('a', 'a/b'), fields('a/b'))).toBe(false);
    expect(equalSets(fields('a/i:0'), fields('a/i:1'))).toBe(false);
    expect(equalSets(emptySet, fields('a'))).toBe(false);
  },
  TestSetUnion: () => {
    const [a, b] = [fields('a', 'b/c', 'l/v:1'), fields('a/d', 'b/c', 'l/v:2')];
    expect(union(a, b)).toEqual(fields('a', 'a/d', 'b/c', 'l/v:1', 'l/v:2'));
    expect(union(a, emptySet)).toEqual(a);
    expect(union(emptySet, b)).toEqual(b);
  },
  'TestSetIntersectionDifference/intersection': () => {
    expect(intersection(fields('a', 'b', 'b/c', 'l/v:1'), fields('a/x', 'b/c', 'l/v:1'))).toEqual(fields('b/c', 'l/v:1'));
  },
  'TestSetIntersectionDifference/s1 - s2': () => {
    expect(difference(fields('a', 'b', 'b/c', 'l/v:1'), fields('a/x', 'b/c', 'l/v:1'))).toEqual(fields('a', 'b'));
  },
  'TestSetIntersectionDifference/s2 - s1': () => {
    expect(difference(fields('a/x', 'b/c', 'l/v:1'), fields('a', 'b', 'b/c', 'l/v:1'))).toEqual(fields('a/x'));
  },
  'TestSetIntersectionDifference/intersection (the hard way)': () => {
    const [a, b] = [fields('a', 'b', 'b/c', 'l/v:1'), fields('a/x', 'b/c', 'l/v:1')];
    const hard = difference(difference(union(a, b), difference(a, b)), difference(b, a));
    expect(...(both(hard, intersection(a, b)) as [unknown])).toEqual(membersOf(intersection(a, b)));
  },
  'TestSetDifference/removes simple path': () => expect(difference(fields('a', 'b'), fields('a'))).toEqual(fields('b')),
  'TestSetDifference/removes direct path': () => expect(difference(fields('a/b/c'), fields('a/b/c'))).toEqual(emptySet),
  'TestSetDifference/only removes matching child': () => expect(difference(fields('a/b', 'a/c'), fields('a/b'))).toEqual(fields('a/c')),
  'TestSetDifference/does not remove parent of specific path': () => expect(difference(fields('a'), fields('a/b'))).toEqual(fields('a')),
  'TestSetDifference/RecursiveDifference removes nested path': () =>
    expect(recursiveDifference(fields('a', 'a/b', 'a/b/c'), fields('a'))).toEqual(emptySet),
  'TestSetDifference/RecursiveDifference only removes nested path for matching children': () =>
    expect(recursiveDifference(fields('a/b/x', 'a/c/x'), fields('a/b'))).toEqual(fields('a/c/x')),
  'TestSetDifference/RecursiveDifference removes all matching children': () =>
    expect(recursiveDifference(fields('a/b/x', 'a/b/y', 'c'), fields('a/b', 'd'))).toEqual(fields('c')),
  TestEnsureNamedFieldsAreMembers: () => {
    const before = fieldSetOf(named, { a: { b: { value: 1 } }, list: [{ key: 'x', inner: { value: 1 } }], free: { y: { value: 1 } } });
    expect(withNamedFields(named, before)).toEqual(
      fields(
        ...['a', 'a/b', 'a/b/value', 'list', 'list/k:{"key":"x"}', 'list/k:{"key":"x"}/key', 'list/k:{"key":"x"}/inner'],
        ...['list/k:{"key":"x"}/inner/value', 'free', 'free/y', 'free/y/value'],
      ),
    );
  },
});
