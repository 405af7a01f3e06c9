/** Upstream's cases of lists by name (list-cases.yaml, tests/conformance/upstream/storage.yaml), with data of our own, over the API and the file store. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { parse } from 'yaml';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { toBase64Url } from '../auth/encoding.ts';
import { encodeContinue } from './continue-token.ts';
import { createWorld, type World } from './testing.ts';

interface Case {
  readonly in?: string;
  readonly at?: number | string;
  readonly match?: string;
  readonly limit?: number;
  readonly field?: string;
  readonly from?: readonly [end: string, write: number | string];
  readonly out?: readonly string[];
  readonly bound?: boolean;
  readonly more?: boolean;
  readonly left?: number;
  readonly is?: number | string;
  readonly refused?: number;
}

let world: World;
let incarnation: string;
/** resourceVersion after each write, by its number or name. */
const written: Record<string, number> = {};
beforeAll(async () => {
  world = await createWorld();
  for (const name of ['first', 'second', 'third']) {
    await world.create('/api/v1/namespaces', { metadata: { name } });
    await world.create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  }
  const store = world.platform.store;
  const head = async (name: number | string) => {
    written[name] = (await store.head()).revision;
  };
  await head('before');
  const pods = ['first/bar', 'second/bar', 'second/foo', 'third/barfoo', 'third/foo', 'second/baz'];
  for (const [i, pod] of pods.entries()) {
    const [namespace, name] = pod.split('/');
    await world.create(`/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    } as any);
    await head(i + 1);
  }
  const target = { kind: 'Node', name: 'node' };
  await world.call('POST', '/api/v1/namespaces/first/pods/bar/binding', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'bar' },
    target,
  });
  await head(7);
  await world.call('DELETE', '/api/v1/namespaces/second/pods/baz', { gracePeriodSeconds: 0 });
  await head(8);
  await world.create('/api/v1/namespaces/first/configmaps', { metadata: { name: 'another' } });
  await head('after');
  written.future = written.after! + 2;
  incarnation = (await store.head()).incarnation;
  await store.compact(written[1]!);
});
afterAll(() => world.close());

const token = ([end, write]: NonNullable<Case['from']>): string => {
  const text = (value: object) => toBase64Url(new TextEncoder().encode(JSON.stringify(value)));
  if (end === 'nothing') return text({ v: 1, i: incarnation, r: written[write] });
  const [ns = '', n = ''] = end.split('/');
  if (write === 'none') return text({ v: 1, i: incarnation, ns, n });
  return encodeContinue({ incarnation, revision: write === 'newest' ? 0 : written[write]!, namespace: ns, name: n });
};

const play = async (c: Case): Promise<void> => {
  const query = new URLSearchParams({
    ...(c.at === undefined ? {} : { resourceVersion: String(written[c.at] ?? c.at) }),
    ...(c.match ? { resourceVersionMatch: c.match } : {}),
    ...(c.limit ? { limit: String(c.limit) } : {}),
    ...(c.field ? { fieldSelector: c.field } : {}),
    ...(c.from ? { continue: token(c.from) } : {}),
  });
  const { status, body } = await world.call('GET', `/api/v1/${c.in ? `namespaces/${c.in}/` : ''}pods?${query}`);
  expect(status, body.message).toBe(c.refused ?? 200);
  if (c.refused) return;
  expect(body.items.map((pod: any) => pod.metadata.name)).toEqual(c.out);
  if (c.bound !== undefined) expect(body.items[0].spec.nodeName).toBe(c.bound ? 'node' : undefined);
  expect(Boolean(body.metadata.continue)).toBe(c.more ?? false);
  if (c.left !== undefined) expect(body.metadata.remainingItemCount).toBe(c.left);
  if (c.is !== undefined) expect(Number(body.metadata.resourceVersion)).toBe(written[c.is]);
};

const groups: Readonly<Record<string, Readonly<Record<string, Case>>>> = parse(
  readFileSync(new URL('list-cases.yaml', import.meta.url), 'utf8'),
);
upstreamCases(
  'storage',
  import.meta.url,
  Object.fromEntries(
    Object.entries(groups).flatMap(([test, cases]) => Object.entries(cases).map(([name, one]) => [`${test}/${name}`, () => play(one)])),
  ),
);
