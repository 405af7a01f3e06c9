/**
 * Upstream's tests of watches by name (watch-cases.yaml, tests/conformance/upstream/watch.yaml), with data of our own, over the API and the file store.
 * A watch that must see nothing more is read until its time is up: the timers of this world end when the test says so.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect } from 'vitest';
import { parse } from 'yaml';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
/** Ends of watches that go on until the test ends them, by seconds. */
const timers = new Map<number, () => void>();
/** Those whose client has gone, as the server has seen. */
const left = new Set<number>();
const delay = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    timers.set(ms / 1000, resolve);
    signal.addEventListener('abort', () => {
      left.add(ms / 1000);
      resolve();
    });
  });
/** As soon as the server waits for it. */
const fire = async (seconds: number): Promise<void> => {
  await expect.poll(() => timers.has(seconds)).toBe(true);
  timers.get(seconds)!();
  timers.delete(seconds);
};
beforeAll(async () => {
  world = await createWorld({ delay });
});
afterAll(() => world.close());

let made = 0;
const namespace = async (withPods = false): Promise<string> => {
  const name = `n${++made}`;
  await world.create('/api/v1/namespaces', { metadata: { name } });
  if (withPods) await world.create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'default' } });
  return name;
};
const configs = (inNamespace: string) => `/api/v1/namespaces/${inNamespace}/configmaps`;
const config = (path: string, name: string) => world.create(path, { metadata: { name } } as any);
const patch = (path: string, body: object) => world.call('PATCH', path, body, { 'content-type': 'application/merge-patch+json' });
const remove = (path: string) => world.call('DELETE', path, { gracePeriodSeconds: 0 });
const head = async (): Promise<number> => (await world.platform.store.head()).revision;
const versionOf = (object: any): number => Number(object.metadata.resourceVersion);

interface Open {
  readonly status: number;
  /** The next so many events. */
  take(count: number): Promise<any[]>;
  /** What comes until the watch ends by itself; `end` ends it by its time first. */
  rest(end?: boolean): Promise<any[]>;
  /** Until the server has seen it. */
  cancel(): Promise<void>;
}

/** Times out when told. */
const watch = async (path: string, query = '', headers: Record<string, string> = {}): Promise<Open> => {
  const seconds = 1_000 + ++made;
  const response = await world.raw('GET', `${path}?watch=true&timeoutSeconds=${seconds}${query && `&${query}`}`, { headers });
  const reader = response.body!.getReader();
  let text = '';
  const next = async (): Promise<any> => {
    for (;;) {
      const at = text.indexOf('\n');
      if (at >= 0) {
        const line = text.slice(0, at);
        text = text.slice(at + 1);
        return JSON.parse(line);
      }
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += new TextDecoder().decode(value);
    }
  };
  const take = async (count: number): Promise<any[]> => {
    const found: any[] = [];
    while (found.length < count) {
      const event = await next();
      if (event === undefined) throw new Error(`the watch ended after ${JSON.stringify(found)}`);
      found.push(event);
    }
    return found;
  };
  const rest = async (end = true): Promise<any[]> => {
    if (end) await fire(seconds);
    const found: any[] = [];
    for (let event = await next(); event !== undefined; event = await next()) found.push(event);
    return found;
  };
  return {
    status: response.status,
    take,
    rest,
    cancel: async () => {
      await reader.cancel();
      await expect.poll(() => left.has(seconds)).toBe(true);
    },
  };
};
const told = (events: readonly any[]): string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`.trim());

interface Case {
  readonly in?: string;
  readonly field?: string;
  readonly label?: string;
  readonly do: readonly string[];
  readonly sees: readonly string[];
}

const step = async (text: string, places: Readonly<Record<string, string>>): Promise<void> => {
  const [, what = '', place = '', name = '', more = ''] = /^(.)(\w)\/(\w)(?: (.*))?$/.exec(text)!;
  const pods = `/api/v1/namespaces/${places[place]}/pods`;
  const labels = more.includes('=') ? Object.fromEntries([more.split('=')]) : { changed: text.length.toString() };
  const target = { kind: 'Node', name: more };
  if (what === '+') await world.create(pods, { metadata: { name, labels }, spec: { containers: [{ name: 'c', image: 'i' }] } } as any);
  else if (what === '~') await patch(`${pods}/${name}`, { metadata: { labels: { ...labels, again: String(++made) } } });
  else if (what === '@')
    await world.call('POST', `${pods}/${name}/binding`, { apiVersion: 'v1', kind: 'Binding', metadata: { name }, target });
  else await remove(`${pods}/${name}`);
};

let places: { readonly a: string; readonly b: string } | undefined;
/** Live, and once more from where it began. Leaves no pods behind. */
const play = async (c: Case): Promise<void> => {
  places ??= { a: await namespace(true), b: await namespace(true) };
  const path = `/api/v1/${c.in ? `namespaces/${places.a}/` : ''}pods`;
  const field = c.field?.replace('=A', `=${places.a}`).replace('=B', `=${places.b}`);
  const query = new URLSearchParams({
    resourceVersion: String(await head()),
    ...(field ? { fieldSelector: field } : {}),
    ...(c.label ? { labelSelector: c.label } : {}),
  });
  const live = await watch(path, String(query));
  for (const text of c.do) await step(text, places);
  expect(told(await live.take(c.sees.length))).toEqual(c.sees);
  await live.cancel();
  const again = await watch(path, `${query}&allowWatchBookmarks=true`);
  expect(told(await again.take(c.sees.length))).toEqual(c.sees);
  expect(told(await again.rest()).filter((event) => event !== 'BOOKMARK')).toEqual([]);
  for (const inNamespace of Object.values(places)) await remove(`/api/v1/namespaces/${inNamespace}/pods`);
};

const groups: Readonly<Record<string, Readonly<Record<string, Case>>>> = parse(
  readFileSync(new URL('watch-cases.yaml', import.meta.url), 'utf8'),
);
const written = Object.entries(groups).flatMap(([test, cases]) =>
  Object.entries(cases).map(([name, one]) => [`${test}/${name}`, () => play(one)] as const),
);

/** TestWatchSemantics: what is there comes first or not, the bookmark ends it, then comes what is made. */
const semantics = (bookmarks: boolean, initial: boolean | undefined, version: 'unset' | '0' | '1' | 'useCurrentRV') => async () => {
  const path = configs(await namespace());
  const before = await head();
  for (const name of ['1', '2', '3']) await config(path, name);
  const now = await head();
  const resourceVersion = { unset: '', '0': '0', '1': String(before), useCurrentRV: String(now) }[version];
  const query = new URLSearchParams({
    allowWatchBookmarks: String(bookmarks),
    ...(initial === undefined ? {} : { sendInitialEvents: String(initial), resourceVersionMatch: 'NotOlderThan' }),
    ...(version === 'unset' ? {} : { resourceVersion }),
  });
  const open = await watch(path, String(query));
  // from an old version what has happened since comes anyway
  const first = initial === false && version !== '1' ? [] : ['ADDED 1', 'ADDED 2', 'ADDED 3'];
  const end = bookmarks && initial ? ['BOOKMARK'] : [];
  const begun = await open.take(first.length + end.length);
  expect(told(begun)).toEqual([...first, ...end]);
  for (const bookmark of begun.slice(first.length)) {
    expect(bookmark.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(versionOf(bookmark.object)).toBeGreaterThanOrEqual(now);
  }
  for (const name of ['4', '5']) await config(path, name);
  expect(told(await open.take(2))).toEqual(['ADDED 4', 'ADDED 5']);
  await open.cancel();
};
const scenarios = (['unset', '0', '1', 'useCurrentRV'] as const).flatMap((version) =>
  (
    [
      [true, true],
      [true, false],
      [false, false],
      [false, true],
    ] as const
  ).map(
    ([bookmarks, initial]) =>
      [
        `TestWatchSemantics/allowWatchBookmarks=${bookmarks}, sendInitialEvents=${initial}, RV=${version}`,
        semantics(bookmarks, initial, version),
      ] as const,
  ),
);

/** A namespace of its own with one object in it. */
const started = async (name = 'a') => {
  const path = configs(await namespace());
  const object = await config(path, name);
  return { path, one: `${path}/${name}`, object };
};
/** A sealed object whose text nobody can open, made while `open` watches. */
const broken = async () => {
  const inNamespace = await namespace();
  const secrets = `/api/v1/namespaces/${inNamespace}/secrets`;
  const secret = await world.create(secrets, { metadata: { name: 's' } });
  const open = await watch(secrets, `resourceVersion=${versionOf(secret)}`);
  const key = { resource: 'core/secrets', namespace: inNamespace, name: 's' };
  const { uid, revision, body } = (await world.platform.store.get(key))!;
  const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };
  await world.platform.store.write([{ op: 'update', key, uid, revision, derived, body: `${body.slice(0, -8)}AAAAAAAA` }]);
  return { open, secrets };
};
const bookmarked = async (allow: boolean) => {
  const { path, one, object } = await started();
  const open = await watch(path, `resourceVersion=${versionOf(object)}&allowWatchBookmarks=${allow}`);
  const { body } = await patch(one, { data: { a: '1' } });
  expect(told(await open.take(1))).toEqual(['MODIFIED a']);
  const elsewhere = await started();
  const rest = await open.rest();
  expect(told(rest)).toEqual(allow ? ['BOOKMARK'] : []);
  for (const { object: bookmark } of rest) {
    expect(versionOf(bookmark)).toBeGreaterThanOrEqual(versionOf(body));
    expect(versionOf(bookmark)).toBeLessThanOrEqual(versionOf(elsewhere.object));
  }
};

upstreamCases('watch', import.meta.url, {
  ...Object.fromEntries([...written, ...scenarios]),
  'TestWatchSemantics/legacy, RV=0': semantics(false, undefined, '0'),
  'TestWatchSemantics/legacy, RV=unset': semantics(false, undefined, 'unset'),
  TestDeleteTriggerWatch: async () => {
    const { path, one, object } = await started();
    const open = await watch(path, `resourceVersion=${versionOf(object)}`);
    await remove(one);
    expect(told(await open.take(1))).toEqual(['DELETED a']);
  },
  TestWatchFromZero: async () => {
    const { path, one } = await started();
    const open = await watch(path, 'resourceVersion=0');
    expect(told(await open.take(1))).toEqual(['ADDED a']);
    await patch(one, { data: { a: '1' } });
    expect(told(await open.take(1))).toEqual(['MODIFIED a']);
    await world.platform.store.compact(await head());
    const late = await watch(path, 'resourceVersion=0');
    const [{ object }] = (await late.take(1)) as [any];
    expect(object.data).toEqual({ a: '1' });
  },
  TestWatchFromNonZero: async () => {
    const { path, one, object } = await started();
    await patch(one, { data: { a: '1' } });
    expect(told(await (await watch(path, `resourceVersion=${versionOf(object)}`)).take(1))).toEqual(['MODIFIED a']);
  },
  TestDelayedWatchDelivery: async () => {
    const { path, object } = await started('first');
    const open = await watch(path, `resourceVersion=${versionOf(object)}`);
    const names = Array.from({ length: 30 }, (_, i) => `o${String(i).padStart(2, '0')}`);
    for (const name of names) await config(path, name);
    expect(told(await open.take(30))).toEqual(names.map((name) => `ADDED ${name}`));
  },
  TestWatchError: async () => {
    const { open } = await broken();
    const [found] = await open.take(1);
    expect(found).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 500, reason: 'InternalError' } });
  },
  TestWatchErrorIsBlockingFurtherEvents: async () => {
    const { open, secrets } = await broken();
    await world.create(secrets, { metadata: { name: 'next' } });
    expect((await open.rest(false)).map(({ type }) => type)).toEqual(['ERROR']);
  },
  TestWatchContextCancel: async () => {
    const { path, object } = await started();
    const open = await watch(path, `resourceVersion=${versionOf(object)}`);
    await open.cancel();
    await config(path, 'unseen');
    expect(await open.rest(false)).toEqual([]);
  },
  TestWatchDeleteEventObjectHaveLatestRV: async () => {
    const { path, one, object } = await started();
    const open = await watch(path, `resourceVersion=${versionOf(object)}`);
    await remove(one);
    const [found] = (await open.take(1)) as [any];
    expect(versionOf(found.object)).toBe(await head());
    expect(versionOf(found.object)).toBeGreaterThan(versionOf(object));
  },
  'TestWatchDispatchBookmarkEvents/allowWatchBookmarks=false': () => bookmarked(false),
  'TestWatchDispatchBookmarkEvents/allowWatchBookmarks=true': () => bookmarked(true),
  TestOptionalWatchBookmarksWithCorrectResourceVersion: async () => {
    const { path, object } = await started();
    timers.delete(60);
    const open = await watch(path, `resourceVersion=${versionOf(object)}&allowWatchBookmarks=true`);
    for (const name of ['b', 'c', 'd']) await config(path, name);
    const events = await open.take(3);
    await fire(60);
    const [bookmark] = (await open.take(1)) as [any];
    expect(bookmark.type).toBe('BOOKMARK');
    expect(versionOf(bookmark.object)).toBeGreaterThanOrEqual(versionOf(events[2].object));
    const again = await watch(path, `resourceVersion=${versionOf(bookmark.object)}`);
    await config(path, 'e');
    expect(told(await again.take(1))).toEqual(['ADDED e']);
  },
  TestSendInitialEventsBackwardCompatibility: async () => {
    const { path, one, object } = await started();
    const open = await watch(path, `resourceVersion=${versionOf(object)}&allowWatchBookmarks=true`);
    await patch(one, { data: { a: '1' } });
    expect(told(await open.take(1))).toEqual(['MODIFIED a']);
  },
  TestWatchSemanticInitialEventsExtended: async () => {
    const { path } = await started('1');
    await config(path, '2');
    await remove(`${path}/1`);
    const newest = await head();
    const open = await watch(path, 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true');
    const events = await open.take(2);
    expect(told(events)).toEqual(['ADDED 2', 'BOOKMARK']);
    expect(versionOf(events[1].object)).toBeGreaterThanOrEqual(newest);
  },
  TestWatchListMatchSingle: async () => {
    const { path } = await started('1');
    await config(path, '2');
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3D2';
    expect(told(await (await watch(path, query)).take(2))).toEqual(['ADDED 2', 'BOOKMARK']);
  },
  TestWatchListSemanticsSimple: semantics(true, true, '0'),
  TestTooLargeResourceVersionErrorForWatchList: async () => {
    const { path } = await started();
    const query = `watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=${(await head()) + 1_000}`;
    const { body } = await world.call('GET', `${path}?${query}`);
    expect(body).toMatchObject({
      type: 'ERROR',
      object: { code: 504, reason: 'Timeout', details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } },
    });
  },
  TestWatcherNotGoingBackInTime: async () => {
    const { path, one } = await started();
    const open = await watch(path, 'resourceVersion=0');
    for (let i = 0; i < 10; i++) await patch(one, { data: { i: String(i) } });
    const versions = (await open.take(11)).map(({ object }) => versionOf(object));
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  },
  TestWatchRead: async () => {
    const { path, object } = await started();
    for (const accept of ['application/json', 'application/json;stream=watch', '*/*']) {
      const open = await watch(path, `resourceVersion=${versionOf(object) - 1}`, { accept });
      expect((await open.take(1))[0]).toEqual({ type: 'ADDED', object });
    }
  },
  TestWatchClientClose: async () => {
    const { path, object } = await started();
    const open = await watch(path, `resourceVersion=${versionOf(object) - 1}`);
    await open.take(1);
    await open.cancel();
    expect(await open.rest(false)).toEqual([]);
  },
  TestWatchHTTPAccept: async () => {
    const { path } = await started();
    expect((await world.call('GET', `${path}?watch=true`, undefined, { accept: 'application/xyz' })).status).toBe(406);
  },
  TestWatchParamParsing: async () => {
    const { path, object } = await started();
    await world.create(path, { metadata: { name: 'b', labels: { k: 'v' } } } as any);
    for (const form of ['/api/v1/watch/', '/api/v1/']) {
      const from = `${path.replace('/api/v1/', form)}?watch=true&timeoutSeconds=5&resourceVersion=${versionOf(object) - 1}`;
      const reader = (await world.raw('GET', `${from}&labelSelector=k%3Dv&fieldSelector=metadata.name%3Db`)).body!.getReader();
      expect(JSON.parse(new TextDecoder().decode((await reader.read()).value))).toMatchObject({
        type: 'ADDED',
        object: { metadata: { name: 'b' } },
      });
      await reader.cancel();
    }
  },
  TestWatchHTTPErrors: async () => {
    const { open } = await broken();
    const [{ object }] = (await open.take(1)) as [any];
    expect(object).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 500 });
    expect(object.message).toMatch(/^Internal error occurred: /);
  },
  TestWatchHTTPErrorsBeforeServe: async () => {
    const { path } = await started();
    const { status, body } = await world.call('GET', `${path}?watch=true&fieldSelector=no.such%3Dfield`);
    expect([status, body.kind, body.code]).toEqual([400, 'Status', 400]);
  },
  TestWatchHTTPTimeout: async () => {
    const { path, object } = await started();
    const open = await watch(path, `resourceVersion=${versionOf(object) - 1}`);
    expect(told(await open.take(1))).toEqual(['ADDED a']);
    expect(await open.rest()).toEqual([]);
  },
});
