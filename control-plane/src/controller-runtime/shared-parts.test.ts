/** Parts are shared when equal, and only then; what an object says never changes. */
import { expect, test } from 'vitest';
import fc from '#fast-check';
import { deepFreeze } from './object-cache.ts';
import { keepParts, SharedParts } from './shared-parts.ts';

const pod = (name: string, image: string): any => ({
  metadata: { name, labels: { app: 'shop', tier: 'a tier with a long name, so that labels are worth it' } },
  spec: {
    nodeName: name,
    containers: [
      { name: 'app', image, args: ['--listen=:8080', '--metrics=:9090'] },
      { name: 'side', image: 'side' },
    ],
  },
});

test('pods of a template share what is equal', () => {
  const parts = new SharedParts();
  const [a, b, c] = [pod('a', 'one'), pod('b', 'one'), pod('c', 'two')];
  for (const object of [a, b, c]) {
    parts.share(object);
    deepFreeze(object);
  }
  expect(a.spec.containers).toBe(b.spec.containers);
  expect(a.metadata.labels).toBe(c.metadata.labels);
  expect(c.spec.containers).not.toBe(a.spec.containers);
  expect(c).toEqual(pod('c', 'two'));
});

test('objects say the same afterwards, in any order and number', () => {
  const part = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('x'.repeat(70), 'y'),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b'), tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(fc.array(fc.record({ metadata: fc.record({ labels: part }), spec: part }), { maxLength: 8 }), (objects) => {
      const parts = new SharedParts();
      const before = JSON.stringify(objects);
      for (const object of objects) {
        parts.share(object as any);
        deepFreeze(object);
      }
      expect(JSON.stringify(objects)).toBe(before);
    }),
  );
});

test('holds a bounded number of parts', () => {
  const parts = new SharedParts();
  const long = (i: number): any => ({ spec: { text: [`${i}`.padStart(100_000, 'x')] } });
  const first = long(0);
  parts.share(first);
  for (let i = 1; i <= 20; i++) parts.share(long(i));
  const again = long(0);
  parts.share(again);
  expect(again.spec.text).not.toBe(first.spec.text);
});

test('what an update left alone stays the very same part, and nothing else does', () => {
  const previous = deepFreeze(pod('a', 'one'));
  const next = pod('a', 'one');
  next.metadata.annotations = { seen: 'yes' };
  keepParts(previous, next);
  expect([next.spec, next.metadata.labels]).toEqual([previous.spec, previous.metadata.labels]);
  expect(next.spec).toBe(previous.spec);
  expect(next.metadata.labels).toBe(previous.metadata.labels);
  const moved = pod('b', 'two');
  keepParts(previous, moved);
  expect(moved).toEqual(pod('b', 'two'));
  expect(moved.spec.containers[1]).not.toBe(previous.spec.containers[1]);
});

test('parts are kept only when they say the same in the same order', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, fc.constantFrom(1, 'y', null), fc.array(tie('any'), { maxLength: 2 }), tie('map')),
    map: fc.dictionary(fc.constantFrom('a', 'b'), tie('any')),
  })).map;
  const object = fc.record({ metadata: value, spec: value });
  fc.assert(
    fc.property(object, object, (previous: any, next: any) => {
      const text = JSON.stringify(next);
      keepParts(deepFreeze(previous), next);
      expect(JSON.stringify(next)).toBe(text);
    }),
  );
});
