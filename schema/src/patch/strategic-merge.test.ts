import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { hostile } from '../dsl/hostile-values.ts';
import { Root } from '../dsl/test-structs.ts';
import { PatchError, strategicMerge } from './strategic-merge.ts';

const merge = (original: unknown, patch: unknown): unknown => strategicMerge(Root, { spec: original }, { spec: patch }).spec;
const refusal = (original: unknown, patch: unknown): string => {
  try {
    merge(original, patch);
  } catch (error) {
    if (error instanceof PatchError) return `${error.status} ${error.message}`;
    throw error;
  }
  return 'accepted';
};
const item = (name: string, value?: string): object => ({ name, ...(value === undefined ? {} : { value }) });

describe('maps', () => {
  it('merge, null deletes, a null of an absent field leaves nothing', () => {
    expect(
      merge({ replicas: 1, on: true, labels: { a: '1', b: '2' } }, { replicas: 2, on: null, big: null, labels: { b: null, c: '3' } }),
    ).toEqual({
      replicas: 2,
      labels: { a: '1', c: '3' },
    });
    expect(merge({}, { labels: { a: null, b: '1' }, tree: { child: { name: null } } })).toEqual({
      labels: { b: '1' },
      tree: { child: {} },
    });
  });

  it('obey $patch: replace, delete and merge', () => {
    const original = { labels: { a: '1' }, strategy: { type: 'x', count: 1 } };
    expect(merge(original, { labels: { $patch: 'replace', b: '2', c: null } })).toEqual({ ...original, labels: { b: '2' } });
    expect(merge(original, { strategy: { $patch: 'delete' } })).toEqual({ ...original, strategy: {} });
    expect(merge(original, { strategy: { $patch: 'merge', count: 2 } })).toEqual({ ...original, strategy: { type: 'x', count: 2 } });
    expect(refusal(original, { strategy: { $patch: 'wipe' } })).toBe('400 unknown patch type: wipe in map: map[$patch:wipe]');
  });

  it('obey $retainKeys', () => {
    const original = { strategy: { type: 'Rolling', rolling: { name: 'x' } } };
    expect(merge(original, { strategy: { $retainKeys: ['type'], type: 'Recreate' } })).toEqual({ strategy: { type: 'Recreate' } });
    expect(merge(original, { strategy: { $retainKeys: ['type'], type: 'Recreate', rolling: null } })).toEqual({
      strategy: { type: 'Recreate' },
    });
    expect(refusal(original, { strategy: { $retainKeys: ['type'], count: 1 } })).toBe('400 invalid patch format of retainKeys');
    expect(refusal(original, { strategy: { $retainKeys: 'type' } })).toBe('400 invalid patch format of retainKeys');
  });

  it('are replaced where the schema says so, although they are merged where it says atomic', () => {
    expect(merge({ selector: { type: 'a', count: 1 } }, { selector: { count: 2 } })).toEqual({ selector: { count: 2 } });
    expect(merge({ items: [{ name: 'a', from: { name: 'x', key: 'k' } }] }, { items: [{ name: 'a', from: { key: 'l' } }] })).toEqual({
      items: [{ name: 'a', from: { name: 'x', key: 'l' } }],
    });
  });

  it('replace a value of another type', () => {
    expect(merge({ labels: 'x', items: 'y' }, { labels: { a: '1' }, items: [item('a')] })).toEqual({
      labels: { a: '1' },
      items: [item('a')],
    });
  });
});

describe('lists with a merge key', () => {
  const original = { items: [item('a', '1'), item('b', '2'), item('c', '3')] };

  it('merge by it; new items come first, as upstream', () => {
    expect(merge(original, { items: [item('b', 'x'), item('n', 'y')] })).toEqual({
      items: [item('a', '1'), item('b', 'x'), item('n', 'y'), item('c', '3')],
    });
    expect(merge(original, { items: [item('n')] })).toEqual({ items: [item('n'), ...original.items] });
  });

  it('obey $patch: delete and replace in elements', () => {
    expect(
      merge(original, {
        items: [
          { name: 'b', $patch: 'delete' },
          { name: 'zz', $patch: 'delete' },
        ],
      }),
    ).toEqual({
      items: [item('a', '1'), item('c', '3')],
    });
    expect(merge(original, { items: [item('x'), { $patch: 'replace' }] })).toEqual({ items: [item('x')] });
    expect(merge(original, { items: [{ $patch: 'replace' }] })).toEqual({ items: [] });
    expect(merge(original, { items: [{ name: 'b', $patch: 'merge', value: 'x' }] })).toEqual({
      items: [item('a', '1'), item('b', 'x'), item('c', '3')],
    });
    expect(merge({}, { items: [{ name: 'b', $patch: 'delete' }, item('a')] })).toEqual({ items: [item('a')] });
  });

  it('merge nested lists by their own key only', () => {
    const ports = [
      { containerPort: 80, protocol: 'TCP' },
      { containerPort: 53, protocol: 'UDP' },
    ];
    expect(merge({ items: [{ name: 'a', ports }] }, { items: [{ name: 'a', ports: [{ containerPort: 53, name: 'dns' }] }] })).toEqual({
      items: [{ name: 'a', ports: [ports[0], { containerPort: 53, protocol: 'UDP', name: 'dns' }] }],
    });
  });

  it('refuse an item without the key', () => {
    expect(refusal(original, { items: [{ value: 'x' }] })).toBe('422 map: map[value:x] does not contain declared merge key: name');
    expect(refusal({}, { items: [{ value: 'x' }] })).toMatch(/^422 /);
    expect(refusal(original, { items: [{ $patch: 'delete' }] })).toMatch(/^422 .* does not contain declared merge key: name$/);
    expect(refusal(original, { items: ['a'] })).toBe('400 list element types are not identical');
  });

  it('obey $setElementOrder', () => {
    expect(merge(original, { '$setElementOrder/items': [{ name: 'c' }, { name: 'a' }] })).toEqual({
      items: [item('b', '2'), item('c', '3'), item('a', '1')],
    });
    expect(
      merge(original, { '$setElementOrder/items': [{ name: 'n' }, { name: 'b' }, { name: 'a' }, { name: 'c' }], items: [item('n', '9')] }),
    ).toEqual({ items: [item('n', '9'), item('b', '2'), item('a', '1'), item('c', '3')] });
    expect(merge(original, { '$setElementOrder/items': [{ name: 'a' }, { name: 'c' }], items: [{ name: 'b', $patch: 'delete' }] })).toEqual(
      { items: [item('a', '1'), item('c', '3')] },
    );
    expect(refusal(original, { '$setElementOrder/items': [{ name: 'a' }], items: [item('b')] })).toBe(
      "422 The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
    );
  });

  it('clean an item by $retainKeys', () => {
    expect(
      merge({ volumes: [{ type: 'v', rolling: { name: 'x' } }] }, { volumes: [{ type: 'v', $retainKeys: ['type', 'count'], count: 2 }] }),
    ).toEqual({ volumes: [{ type: 'v', count: 2 }] });
  });
});

describe('lists of scalars', () => {
  it('are replaced when atomic', () => {
    expect(merge({ args: ['a', 'b'], numbers: [1] }, { args: ['c'], numbers: [] })).toEqual({ args: ['c'], numbers: [] });
  });

  it('merge as a set, lose items and take an order', () => {
    expect(merge({ finalizers: ['a', 'b'] }, { finalizers: ['b', 'c'] })).toEqual({ finalizers: ['a', 'b', 'c'] });
    expect(merge({ finalizers: ['a', 'b', 'c'] }, { '$deleteFromPrimitiveList/finalizers': ['b'] })).toEqual({ finalizers: ['a', 'c'] });
    expect(
      merge(
        { finalizers: ['a', 'b'] },
        { '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['d', 'b'], finalizers: ['d'] },
      ),
    ).toEqual({ finalizers: ['d', 'b'] });
    expect(refusal({}, { '$deleteFromPrimitiveList/finalizers': 'a' })).toBe('400 invalid patch format of primitive list');
    expect(merge({}, { '$deleteFromPrimitiveList/finalizers': ['a'] })).toEqual({});
  });
});

describe('what the schema does not describe', () => {
  it('merges maps and replaces lists', () => {
    expect(merge({ raw: { a: { b: 1 }, l: [1] }, odd: { x: 1 } }, { raw: { a: { c: 2 }, l: [2] }, odd: { y: 2 } })).toEqual({
      raw: { a: { b: 1, c: 2 }, l: [2] },
      odd: { x: 1, y: 2 },
    });
  });

  it('leaves prototypes alone', () => {
    const out = merge({ labels: {} }, JSON.parse('{"labels":{"__proto__":"x"},"__proto__":{"on":true}}')) as {
      labels: object;
      on?: unknown;
    };
    expect(Object.keys(out.labels)).toEqual(['__proto__']);
    expect(out.on).toBeUndefined();
    expect(Object.getPrototypeOf(out)).toBe(Object.prototype);
  });
});

describe('laws', () => {
  const items = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), value: fc.string({ maxLength: 2 }) }), {
    selector: ({ name }) => name,
  });
  const spec = fc.record(
    {
      replicas: fc.option(fc.nat(3)),
      items,
      finalizers: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')),
      args: fc.array(fc.constantFrom('a', 'b')),
      labels: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.option(fc.constantFrom('1', '2'))),
    },
    { requiredKeys: [] },
  );

  it('a patch applied twice changes nothing the second time', () => {
    fc.assert(
      fc.property(spec, spec, (original, patch) => {
        const once = merge(merge({}, original), patch);
        expect(merge(once, patch)).toEqual(once);
      }),
    );
  });

  it('an empty patch changes nothing; neither argument is changed', () => {
    fc.assert(
      fc.property(spec, spec, (original, patch) => {
        const [before, change] = [structuredClone(original), structuredClone(patch)];
        merge(original, patch);
        expect([original, patch]).toEqual([before, change]);
        expect(merge(original, {})).toEqual(original);
      }),
    );
  });

  it('any patch on any value is merged or refused, and leaves no directive behind where lists and maps are described', () => {
    fc.assert(
      fc.property(hostile, hostile, (original, patch) => {
        const before = structuredClone([original, patch]);
        try {
          const out = strategicMerge(Root, original, patch);
          expect(
            Object.keys(out).filter(
              (key) => /^\$(patch|retainKeys|setElementOrder|deleteFrom)/.test(key) && !Object.hasOwn(original as object, key),
            ),
          ).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(PatchError);
        }
        expect([original, patch]).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('every item is there exactly once', () => {
    fc.assert(
      fc.property(items, items, (original, patch) => {
        const out = merge({ items: original }, { items: patch }) as { items: { name: string }[] };
        expect(out.items.map(({ name }) => name).sort()).toEqual([...new Set([...original, ...patch].map(({ name }) => name))].sort());
      }),
    );
  });
});
