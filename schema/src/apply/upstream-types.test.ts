/** Upstream's cases of typed/ in structured-merge-diff: merging, comparing, removing, naming and checking by a type. */
import { expect } from 'vitest';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import type { JsonObject } from '../dsl/own.ts';
import { listOf, mapList, mapOf, number, object, text, type } from './case-types.ts';
import { checkConfiguration } from './check.ts';
import { compare } from './compare.ts';
import { fieldSetOf } from './extract.ts';
import { emptySet, type FieldSet } from './field-set.ts';
import { Fixture, fields } from './fixture.ts';
import { mergeApplied } from './merge.ts';
import { asOfToday } from './named.ts';
import { removeItems } from './remove.ts';
import { deduced, type TypeSchema } from './type-schema.ts';
import { comparisons } from './version-view.ts';

const atomic = { 'x-kubernetes-map-type': 'atomic' };
const bool = { type: 'boolean' };
const keyed = { name: text, id: number, value: number };
const free = { 'x-kubernetes-preserve-unknown-fields': true };
const pair = type({ key: text, value: { type: 'object', additionalProperties: text, ...atomic } });
const map = type({ inner: mapOf(text) });
const struct = type({ inner: object({ value: number }) });
const list = type({ inner: listOf(text) });
const bag = type({ numeric: number, string: text, bool, setStr: listOf(text, 'set'), setNumeric: listOf(number, 'set') });
const root = type({
  list: mapList({ ...keyed, bv: bool }, 'name', 'id'),
  atomicList: listOf(text),
  atomicMap: mapOf(text, atomic),
  plain: mapOf(text),
});
const nested = type({
  lists: mapList({ name: text, value: listOf(text, 'set') }, 'name'),
  maps: mapOf(mapOf(text)),
  struct: object({ name: text, value: number }),
});
const a1 = 'list/k:{"id":1,"name":"a"}';

const merged = (schema: TypeSchema, ...triplets: readonly (readonly [live: unknown, applied: unknown, out: unknown])[]) => {
  for (const [live, applied, out] of triplets) expect(mergeApplied(schema, live, applied)).toEqual(out);
};
interface Sides {
  readonly added?: readonly string[];
  readonly modified?: readonly string[];
  readonly removed?: readonly string[];
}
const differ = (schema: TypeSchema, ...quints: readonly (readonly [a: unknown, b: unknown, sides: Sides])[]) => {
  for (const [a, b, { added = [], modified = [], removed = [] }] of quints)
    expect(compare(schema, a, b)).toEqual({ added: fields(...added), modified: fields(...modified), removed: fields(...removed) });
};
const states = (schema: TypeSchema, ...pairs: readonly (readonly [value: unknown, paths: readonly string[]])[]) => {
  for (const [value, paths] of pairs) expect(fieldSetOf(schema, value)).toEqual(fields(...paths));
};
const removes = (schema: TypeSchema, ...triplets: readonly (readonly [value: unknown, paths: readonly string[], out: unknown])[]) => {
  for (const [value, paths, out] of triplets) expect(removeItems(schema, value, fields(...paths))).toEqual(out);
};
const checks = (schema: TypeSchema, valid: readonly unknown[], invalid: readonly (readonly [unknown, string])[]) => {
  for (const value of valid) expect(checkConfiguration(schema, value)).toEqual([]);
  for (const [value, words] of invalid) expect(checkConfiguration(schema, value).join()).toContain(words);
};
const kept = (schema: TypeSchema, ...paths: readonly string[]) => expect(asOfToday(schema, fields(...paths))).toEqual(fields(...paths));
const excluded = (ignored: FieldSet) =>
  comparisons(() => ({ type: deduced, fromRequest: (o: JsonObject) => o, toRequest: (o: JsonObject) => o }), {
    before: { b: { x: 1 }, c: { x: 1 } },
    after: { a: { x: 1 }, b: { x: 2 } },
    ignored,
  })('v1');
const whole = { added: fields('a', 'a/x'), modified: fields('b/x'), removed: fields('c', 'c/x') };

const granular = type({ struct: object({ value: number }), set: listOf(text, 'set'), items: mapList(keyed, 'name'), map: mapOf(text) });
const coarse = type({
  struct: object({ value: number }, atomic),
  set: listOf(text),
  items: listOf(object(keyed)),
  map: mapOf(text, atomic),
});
const ownedParts = ['struct/value', 'set/v:"a"', 'items/k:{"name":"a"}/value', 'map/k'];

const ports = type({ ports: mapList({ port: number, protocol: { ...text, default: 'TCP' } }, 'port', 'protocol') });
const twice = {
  ports: [
    { port: 80, protocol: 'TCP' },
    { port: 80, protocol: 'TCP' },
  ],
};
const ambiguous = { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] };

upstreamCases('structured-merge', import.meta.url, {
  TestValidateDeducedType: () => checks(deduced, [1, 'x', null, [], { a: [{ b: 1 }] }, [{ name: 'a' }, { name: 'a' }]], []),
  TestMergeDeduced: () =>
    merged(
      deduced,
      [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
      [{ a: { b: 1 } }, { a: { c: 2 } }, { a: { b: 1, c: 2 } }],
      [{ a: [1, 2] }, { a: [3] }, { a: [3] }],
      [{ a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
      [{ a: {} }, { a: null }, { a: null }],
    ),
  TestToSetDeduced: () => states(deduced, [{ a: 1, b: { c: [1, { d: 2 }] }, e: {} }, ['a', 'b', 'b/c', 'e']]),
  TestSymdiffDeduced: () =>
    differ(
      deduced,
      [{ a: 1 }, { a: 2, b: 3 }, { modified: ['a'], added: ['b'] }],
      [{ a: { b: 1 } }, { a: {} }, { removed: ['a/b'] }],
      [{ a: [1] }, { a: [1, 2] }, { modified: ['a'] }],
      [{ a: { b: { c: 1 } } }, { a: { b: 1 } }, { modified: ['a/b'], removed: ['a/b/c'] }],
    ),

  'TestMerge/simple pair': () =>
    merged(
      pair,
      [
        { key: 'x', value: {} },
        { key: 'x', value: { a: 'b' } },
        { key: 'x', value: { a: 'b' } },
      ],
      [
        { key: 'x', value: { a: 'b' } },
        { key: 'y', value: { c: 'd' } },
        { key: 'y', value: { c: 'd' } },
      ],
      [{ key: 'x', value: null }, { value: {} }, { key: 'x', value: {} }],
      [{ key: 'x' }, { value: { a: 'b' } }, { key: 'x', value: { a: 'b' } }],
    ),
  'TestMerge/null/empty map': () =>
    merged(
      map,
      [{}, { inner: {} }, { inner: {} }],
      [{}, { inner: null }, { inner: null }],
      [{ inner: null }, { inner: {} }, { inner: {} }],
      [{ inner: {} }, { inner: null }, { inner: null }],
      [{ inner: { a: 'x' } }, { inner: null }, { inner: { a: 'x' } }],
    ),
  'TestMerge/null/empty struct': () =>
    merged(
      struct,
      [{}, { inner: {} }, { inner: {} }],
      [{ inner: null }, { inner: {} }, { inner: {} }],
      [{ inner: {} }, { inner: null }, { inner: null }],
      [{ inner: { value: 1 } }, { inner: {} }, { inner: { value: 1 } }],
    ),
  'TestMerge/null/empty list': () =>
    merged(
      list,
      [{}, { inner: [] }, { inner: [] }],
      [{ inner: null }, { inner: [] }, { inner: [] }],
      [{ inner: [] }, { inner: null }, { inner: null }],
      [{ inner: ['x'] }, { inner: [] }, { inner: [] }],
    ),
  'TestMerge/struct grab bag': () =>
    merged(
      bag,
      [{ numeric: 1 }, { numeric: 3.14 }, { numeric: 3.14 }],
      [{ string: 'x' }, { bool: true }, { string: 'x', bool: true }],
      [{ setStr: ['a', 'b'] }, { setStr: ['b', 'c'] }, { setStr: ['a', 'b', 'c'] }],
      [{ setNumeric: [1, 2] }, { setNumeric: [2, 4.5] }, { setNumeric: [1, 2, 4.5] }],
      [{ setStr: ['a', 'b', 'c', 'd'] }, { setStr: ['d', 'b'] }, { setStr: ['a', 'c', 'd', 'b'] }],
    ),
  'TestMerge/associative list': () =>
    merged(
      root,
      [
        { list: [{ name: 'a', id: 1, value: 1 }] },
        { list: [{ name: 'a', id: 1, bv: true }] },
        { list: [{ name: 'a', id: 1, value: 1, bv: true }] },
      ],
      [
        { list: [{ name: 'a', id: 1 }] },
        { list: [{ name: 'a', id: 2 }] },
        {
          list: [
            { name: 'a', id: 1 },
            { name: 'a', id: 2 },
          ],
        },
      ],
      [{ atomicList: ['a', 'b'] }, { atomicList: ['c'] }, { atomicList: ['c'] }],
    ),

  'TestReconcileFieldSetWithSchema/granular-to-atomic': () =>
    expect(asOfToday(coarse, fields(...ownedParts))).toEqual(fields('struct', 'set', 'items', 'map')),
  'TestReconcileFieldSetWithSchema/no-change-granular': () => kept(granular, ...ownedParts),
  'TestReconcileFieldSetWithSchema/no-change-atomic': () => kept(coarse, 'struct', 'set', 'items', 'map'),
  'TestReconcileFieldSetWithSchema/no-change-empty-granular': () => kept(granular, 'struct', 'set', 'items', 'items/k:{"name":"a"}', 'map'),
  'TestReconcileFieldSetWithSchema/deduced': () => kept(deduced, 'struct', 'set', 'items/v:1'),
  'TestReconcileFieldSetWithSchema/empty-preserve-unknown': () => kept(type({ field: free }), 'field', 'field/anything'),
  'TestReconcileFieldSetWithSchema/populated-preserve-unknown': () =>
    expect(
      asOfToday(type({ field: object({ list: listOf(text) }, free) }), fields('field', 'field/anything', 'field/list', 'field/list/v:"a"')),
    ).toEqual(fields('field', 'field/anything', 'field/list')),

  'TestRemove/simple pair': () =>
    removes(
      pair,
      [{ key: 'x' }, ['key'], {}],
      [{ key: 'x' }, [], { key: 'x' }],
      [{ key: 'x', value: { a: 'b' } }, ['key'], { value: { a: 'b' } }],
      [{ key: 'x', value: { a: 'b' } }, ['value'], { key: 'x' }],
    ),
  'TestRemove/struct grab bag': () =>
    removes(
      bag,
      [{ numeric: 1, bool: null }, ['numeric'], { bool: null }],
      [{ setNumeric: [1, 2, 4.5] }, ['setNumeric/v:1', 'setNumeric/v:4.5'], { setNumeric: [2] }],
      [{ setStr: ['a', 'b'], string: 'x' }, ['setStr'], { string: 'x' }],
    ),
  'TestRemove/associative and atomic': () =>
    removes(
      root,
      [
        {
          list: [
            { name: 'a', id: 1 },
            { name: 'a', id: 2 },
          ],
        },
        [a1],
        { list: [{ name: 'a', id: 2 }] },
      ],
      [{ atomicList: ['a', 'a'], plain: { k: 'v' } }, ['atomicList'], { plain: { k: 'v' } }],
      [{ atomicMap: { a: 'b', c: 'd' }, plain: { k: 'v' } }, ['atomicMap'], { plain: { k: 'v' } }],
    ),
  'TestRemove/nested types': () =>
    removes(
      nested,
      [{ lists: [{ name: 'a', value: ['x', 'y'] }] }, ['lists/k:{"name":"a"}/value/v:"x"'], { lists: [{ name: 'a', value: ['y'] }] }],
      [{ maps: { a: { b: 'x', c: 'y' }, d: {} } }, ['maps/a/b'], { maps: { a: { c: 'y' }, d: {} } }],
      [{ struct: { name: 'a', value: 1 } }, ['struct/value'], { struct: { name: 'a' } }],
    ),

  'TestSymdiff/simple pair': () =>
    differ(
      pair,
      [{ key: 'x' }, { key: 'x' }, {}],
      [{ key: 'x' }, { key: 'y' }, { modified: ['key'] }],
      [{ key: 'x', value: { a: 'b' } }, { key: 'x', value: { a: 'c' } }, { modified: ['value'] }],
      [{ key: 'x' }, { value: { a: 'b' } }, { removed: ['key'], added: ['value'] }],
    ),
  'TestSymdiff/null/empty map': () =>
    differ(
      map,
      [{}, { inner: {} }, { added: ['inner'] }],
      [{ inner: null }, { inner: {} }, { modified: ['inner'] }],
      [{ inner: {} }, {}, { removed: ['inner'] }],
    ),
  'TestSymdiff/null/empty struct': () =>
    differ(
      struct,
      [{}, { inner: {} }, { added: ['inner'] }],
      [{ inner: null }, { inner: {} }, { modified: ['inner'] }],
      [{ inner: {} }, { inner: {} }, {}],
    ),
  'TestSymdiff/null/empty list': () =>
    differ(
      list,
      [{}, { inner: [] }, { added: ['inner'] }],
      [{ inner: null }, { inner: [] }, { modified: ['inner'] }],
      [{ inner: [] }, {}, { removed: ['inner'] }],
    ),
  'TestSymdiff/map merge': () =>
    differ(
      map,
      [{ inner: { a: 'x' } }, { inner: { a: 'y', b: 'z' } }, { modified: ['inner/a'], added: ['inner/b'] }],
      [{ inner: { a: 'x' } }, { inner: {} }, { removed: ['inner/a'] }],
      [{ inner: null }, { inner: { a: 'x' } }, { added: ['inner/a'] }],
    ),
  'TestSymdiff/untyped deduced': () =>
    differ(
      deduced,
      [{ a: {} }, { a: { b: {} } }, { added: ['a/b'] }],
      [{ a: { b: {} } }, { a: null }, { removed: ['a/b'] }],
      [{ a: { b: {} } }, { a: ['b'] }, { modified: ['a'], removed: ['a/b'] }],
      [{ a: 'b' }, { a: { b: {} } }, { modified: ['a'], added: ['a/b'] }],
      [{ a: ['b'] }, { a: 'b' }, { modified: ['a'] }],
      [{ a: null }, { a: ['b'] }, { modified: ['a'] }],
    ),
  'TestSymdiff/struct grab bag': () =>
    differ(
      bag,
      [
        { numeric: 1, string: 'x' },
        { numeric: 1, string: 'y', bool: false },
        { modified: ['string'], added: ['bool'] },
      ],
      [{ setStr: ['a', 'b'] }, { setStr: ['b', 'c'] }, { removed: ['setStr/v:"a"'], added: ['setStr/v:"c"'] }],
      [{ setNumeric: [1, 2, 3] }, { setNumeric: [3, 2, 1] }, {}],
    ),
  'TestSymdiff/associative list': () =>
    differ(
      root,
      [{ list: [{ name: 'a', id: 1 }] }, { list: [{ name: 'a', id: 1, value: 1 }] }, { added: [`${a1}/value`] }],
      [{ list: [{ name: 'a', id: 1 }] }, { list: [] }, { removed: [a1, `${a1}/name`, `${a1}/id`] }],
      [{ atomicList: ['a'] }, { atomicList: ['a', 'a'] }, { modified: ['atomicList'] }],
    ),

  'TestToFieldSet/simple pair': () =>
    states(
      pair,
      [{ key: 'x', value: { a: 'b' } }, ['key', 'value']],
      [{ key: 'x', value: null }, ['key', 'value']],
      [{ key: 'x' }, ['key']],
    ),
  'TestToFieldSet/struct grab bag': () =>
    states(
      bag,
      [{ numeric: 1, string: null, bool: false }, ['numeric', 'string', 'bool']],
      [{ setStr: ['a', 'b'], setNumeric: [4.5] }, ['setStr/v:"a"', 'setStr/v:"b"', 'setNumeric/v:4.5']],
    ),
  'TestToFieldSet/associative list': () =>
    states(
      root,
      [{ list: [{ name: 'a', id: 1, value: 2 }] }, [a1, `${a1}/name`, `${a1}/id`, `${a1}/value`]],
      [{ atomicList: ['a', 'b'], atomicMap: { a: 'b' }, plain: { k: 'v' } }, ['atomicList', 'atomicMap', 'plain/k']],
    ),

  'TestSchemaValidation/simple pair': () =>
    checks(pair, [{}, { key: 'x' }, { value: { a: 'b' } }], [[{ other: 1 }, '.other: field not declared in schema']]),
  'TestSchemaValidation/struct grab bag': () =>
    checks(
      bag,
      [{ numeric: 1, setStr: ['a', 'b'] }],
      [
        [{ setStr: ['a', 'a'] }, 'duplicate entries for key [="a"]'],
        [{ setStr: [null] }, 'null element'],
      ],
    ),
  'TestSchemaValidation/associative list': () =>
    checks(
      root,
      [
        {
          list: [
            { name: 'a', id: 1 },
            { name: 'a', id: 2 },
          ],
          atomicList: ['a', 'a'],
        },
      ],
      [
        [
          {
            list: [
              { name: 'a', id: 1 },
              { name: 'a', id: 1 },
            ],
          },
          'duplicate entries for key [id=1,name="a"]',
        ],
        [{ list: [{ value: 1 }] }, 'omits all key fields ["name" "id"]'],
        [{ list: ['a'] }, 'may not have non-map elements'],
      ],
    ),

  'TestComparisonExcludeFields/works on nil set': () => expect(excluded({})).toEqual(whole),
  'TestComparisonExcludeFields/works on empty set': () => expect(excluded(emptySet)).toEqual(whole),
  'TestComparisonExcludeFields/removes from entire object': () =>
    expect(excluded(fields('a', 'b', 'c'))).toEqual({ added: emptySet, modified: emptySet, removed: emptySet }),

  'TestDefaultKeysFlatErrors/apply_missing_defaulted_key_ambiguous_A': () =>
    checks(ports, [], [[ambiguous, 'duplicate entries for key [port=80,protocol="TCP"]']]),
  'TestDefaultKeysFlatErrors/apply_missing_defaulted_key_ambiguous_B': () =>
    checks(ports, [], [[twice, 'duplicate entries for key [port=80,protocol="TCP"]']]),
  'TestDefaultKeysNested/apply_missing_every_key_nested': () => {
    const every = { a: { ...text, default: 'x' }, b: { ...number, default: 1 } };
    const schema = type({ list: mapList({ ...every, list: mapList({ ...every, value: text }, 'a', 'b') }, 'a', 'b') });
    const fixture = new Fixture(schema).apply('E', { list: [{ list: [{ value: 'v' }] }] });
    const item = 'list/k:{"a":"x","b":1}';
    expect(fixture.ownedBy('E')).toEqual(fields(item, `${item}/${item}`, `${item}/${item}/value`));
  },
});
