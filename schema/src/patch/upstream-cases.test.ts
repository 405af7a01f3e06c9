/** Upstream's cases of strategic merge patch (upstream-cases.yaml, tests/conformance/upstream/strategic-merge.yaml), and what holds of every patch. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import fc from '#fast-check';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import * as f from '../dsl/field.ts';
import { equalJson, isObject, type JsonObject } from '../dsl/own.ts';
import { Item, Spec, Strategy } from '../dsl/test-structs.ts';
import { jsonPatch } from './json.ts';
import { mergePatch } from './merge.ts';
import { strategicMerge } from './strategic-merge.ts';

const numbers = (tag: number) => f.set(tag, 'int32', 'A merged list of numbers.', { merge: true });
const Rollout = f.struct('io.k8s.api.test.v1.Rollout', 'Lists in a map with retainKeys.', {
  name: f.str(1, 'Name.'),
  value: f.str(2, 'Value.'),
  on: f.bool(3, 'On.'),
  nested: f.message(4, Strategy, 'Nested.'),
  args: f.list(5, 'string', 'A replaced list.'),
  ints: numbers(6),
  items: f.listMap(7, Item, ['name'], 'Items.'),
});
const Cases = f.struct('io.k8s.api.test.v1.Cases', 'What the cases are about.', {
  'inline:spec': f.inline(1, Spec),
  rollout: f.message(2, Rollout, 'Rollout.', { retainKeys: true }),
  ints: numbers(3),
  value: f.str(4, 'Value.'),
});

type Case = readonly [original: JsonObject, patch: JsonObject, result: JsonObject | string];

const groups: Readonly<Record<string, Readonly<Record<string, Case>>>> = parse(
  readFileSync(new URL('upstream-cases.yaml', import.meta.url), 'utf8'),
);
const merge = (original: unknown, patch: unknown): unknown => strategicMerge(Cases, original, patch);

const shown = ([original, patch, result]: Case): void => {
  if (typeof result === 'string') expect(() => merge(original, patch)).toThrow(result);
  else expect(merge(original, patch)).toEqual(result);
};
upstreamCases(
  'strategic-merge',
  import.meta.url,
  Object.fromEntries(
    Object.entries(groups).flatMap(([test, cases]) => Object.entries(cases).map(([name, one]) => [`${test}/${name}`, () => shown(one)])),
  ),
);

/** The smallest patch in the way kubectl makes it, for the lists of Spec. */
const difference = (from: JsonObject, to: JsonObject): JsonObject => {
  const out: JsonObject = {};
  for (const key of Object.keys(from)) if (to[key] === undefined) out[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const old = from[key];
    if (equalJson(old, value)) continue;
    if (key === 'items' && Array.isArray(value) && Array.isArray(old)) {
      const names = new Set(value.map((item) => item.name));
      out['$setElementOrder/items'] = value.map(({ name }) => ({ name }));
      out.items = [
        ...value.map((item) => ({ ...difference(old.find((o) => o.name === item.name) ?? {}, item), name: item.name })),
        ...old.filter((item) => !names.has(item.name)).map(({ name }) => ({ name, $patch: 'delete' })),
      ];
    } else if (key === 'finalizers' && Array.isArray(value) && Array.isArray(old)) {
      const gone = old.filter((item) => !value.includes(item));
      out['$setElementOrder/finalizers'] = value;
      out.finalizers = value.filter((item) => !old.includes(item));
      if (gone.length > 0) out['$deleteFromPrimitiveList/finalizers'] = gone;
    } else out[key] = isObject(value) && isObject(old) ? difference(old, value) : value;
  }
  return out;
};

const word = fc.constantFrom('a', 'b', 'c', 'd');
const names = fc.uniqueArray(word, { minLength: 1 });
const item = fc.record({ name: word, value: word, count: fc.nat(3) }, { requiredKeys: ['name'] });
const spec = fc.record(
  {
    replicas: fc.nat(3),
    args: fc.array(word, { minLength: 1 }),
    finalizers: names,
    labels: fc.dictionary(word, word, { minKeys: 1 }),
    items: fc.uniqueArray(item, { minLength: 1, selector: (i) => i.name }),
  },
  { requiredKeys: [] },
);

describe('patch(diff(a, b)) on a gives b', () => {
  it('by strategic merge', () => {
    fc.assert(fc.property(spec, spec, (a, b) => void expect(merge(a, difference(a, b))).toEqual(b)));
  });

  it('by merge patch', () => {
    const plain = (from: JsonObject, to: JsonObject): JsonObject => ({
      ...Object.fromEntries(
        Object.keys(from)
          .filter((key) => to[key] === undefined)
          .map((key) => [key, null]),
      ),
      ...Object.fromEntries(
        Object.entries(to).map(([key, value]) => [key, isObject(value) && isObject(from[key]) ? plain(from[key], value) : value]),
      ),
    });
    fc.assert(fc.property(spec, spec, (a, b) => void expect(mergePatch(a, plain(a, b))).toEqual(b)));
  });

  it('by JSON patch', () => {
    const operations = (from: JsonObject, to: JsonObject): unknown[] => [
      ...Object.keys(from).map((key) => ({ op: 'remove', path: `/${key}` })),
      ...Object.entries(to).map(([key, value]) => ({ op: 'add', path: `/${key}`, value })),
    ];
    fc.assert(fc.property(spec, spec, (a, b) => void expect(jsonPatch(a, operations(a, b))).toEqual(b)));
  });
});
