import { describe, expect, it } from 'vitest';
import { jsonPatch, PatchError } from './json.ts';

const refusal = (document: unknown, patch: unknown): string => {
  try {
    jsonPatch(document, patch);
  } catch (error) {
    if (error instanceof PatchError) return `${error.status} ${error.message}`;
    throw error;
  }
  return 'accepted';
};

describe('jsonPatch', () => {
  it('does all six operations and changes no argument', () => {
    const document = { spec: { a: 1, list: [1, 2] }, labels: { 'x/y': 'z' } };
    const patch = [
      { op: 'test', path: '/spec/a', value: 1 },
      { op: 'add', path: '/spec/list/1', value: { k: [] } },
      { op: 'add', path: '/spec/list/-', value: 9 },
      { op: 'replace', path: '/labels/x~1y', value: 'w' },
      { op: 'copy', from: '/spec/list', path: '/copied' },
      { op: 'move', from: '/spec/a', path: '/moved' },
      { op: 'remove', path: '/spec/list/0' },
    ];
    const before = JSON.stringify([document, patch]);
    expect(jsonPatch(document, patch)).toEqual({
      spec: { list: [{ k: [] }, 2, 9] },
      labels: { 'x/y': 'w' },
      copied: [1, { k: [] }, 2, 9],
      moved: 1,
    });
    expect(JSON.stringify([document, patch])).toBe(before);
  });

  it('says what does not apply', () => {
    expect(refusal({ a: 1 }, [{ op: 'test', path: '/a', value: 2 }])).toBe('422 testing value /a failed: test failed');
    expect(refusal({ a: 1 }, [{ op: 'remove', path: '/b' }])).toBe(
      '422 remove operation does not apply: doc is missing path: "/b": missing value',
    );
    expect(refusal({ a: 1 }, [{ op: 'replace', path: '/b', value: 1 }])).toBe(
      '422 replace operation does not apply: doc is missing key: /b: missing value',
    );
    expect(refusal({ a: 1 }, [{ op: 'add', path: '/b/c', value: 1 }])).toBe(
      '422 add operation does not apply: doc is missing path: "/b/c": missing value',
    );
    expect(refusal({ a: [] }, [{ op: 'add', path: '/a/5', value: 1 }])).toMatch(/^422 add operation does not apply/);
    expect(refusal({ a: 1 }, [{ op: 'copy', from: '/b', path: '/c' }])).toMatch(/^422 copy operation does not apply/);
    expect(refusal({}, [{ op: 'test', path: '/nothing', value: null }])).toBe('accepted');
  });

  it('refuses what is no patch', () => {
    expect(refusal({}, { op: 'add' })).toMatch(/^400 error decoding patch/);
    expect(refusal({}, ['x'])).toMatch(/^400 error decoding patch/);
    expect(refusal({}, [{ op: 'explode', path: '/a' }])).toBe('422 Unexpected kind: explode');
    expect(refusal({}, [{ op: 'add', value: 1 }])).toBe('422 add operation missing path field');
    expect(refusal({}, [{ op: 'add', path: '/a' }])).toBe('422 add operation missing value field');
    expect(refusal({}, [{ op: 'move', path: '/a' }])).toBe('422 move operation missing from field');
    expect(refusal({}, [{ op: 'add', path: 'a', value: 1 }])).toMatch(/^422 /);
  });

  it('bounds the number of operations and what copies make', () => {
    const many = Array.from({ length: 10_001 }, () => ({ op: 'add', path: '/a', value: 1 }));
    expect(refusal({}, many)).toBe('413 The allowed maximum operations in a JSON patch is 10000, got 10001');
    expect(refusal({}, many.slice(1))).toBe('accepted');
    const doubling = [
      { op: 'add', path: '/a', value: ['xxxxxxxx'] },
      ...Array.from({ length: 60 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
    ];
    expect(refusal({}, doubling)).toMatch(/^422 Unable to complete the copy, the accumulated size increase/);
  });

  it('moves nothing into itself', () => {
    expect(refusal({ a: { b: 1 } }, [{ op: 'move', from: '', path: '/a' }])).toMatch(/^422 move operation does not apply/);
    expect(refusal({ a: { b: 1 } }, [{ op: 'move', from: '/a', path: '/a/c' }])).toMatch(/^422 move operation does not apply/);
    expect(jsonPatch({ a: 1 }, [{ op: 'move', from: '/a', path: '/ab' }])).toEqual({ ab: 1 });
  });

  it('reaches no prototype and finds nothing inherited', () => {
    expect(refusal({ a: {} }, [{ op: 'add', path: '/a/__proto__/x', value: 1 }])).toMatch(/^422 /);
    expect(refusal({ a: {} }, [{ op: 'add', path: '/a/constructor/prototype/x', value: 1 }])).toMatch(/^422 /);
    expect(refusal({ a: {} }, [{ op: 'copy', from: '/a/toString', path: '/b' }])).toMatch(/^422 /);
    expect(refusal({ a: {} }, [{ op: 'move', from: '/a/valueOf', path: '/b' }])).toMatch(/^422 /);
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});
