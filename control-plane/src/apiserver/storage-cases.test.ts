/**
 * Upstream's tests of storage and watchers by name, with data of our own, over the API and the file store. A text says why a name does not apply: it is about
 * classes, caches or a database that are not here. At least 95 % of those that apply pass, and each stands here once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  for (const name of ['second', 'sec', 'semantics', 'extended']) await world.create('/api/v1/namespaces', { metadata: { name } });
});
afterAll(() => world.close());

const at = (namespace = 'default') => `/api/v1/namespaces/${namespace}/configmaps`;
const everywhere = '/api/v1/configmaps';
const create = (name: string, more: { namespace?: string; labels?: Record<string, string>; data?: object } = {}) =>
  world.create(at(more.namespace), { metadata: { name, labels: more.labels ?? {} }, data: more.data ?? {} } as any);
const get = (path: string) => world.call('GET', path);
const remove = (name: string, body?: object) => world.call('DELETE', `${at()}/${name}`, body);
const patch = (name: string, body: object) =>
  world.call('PATCH', `${at()}/${name}`, body, { 'content-type': 'application/merge-patch+json' });
const versionOf = (object: any): number => Number(object.metadata.resourceVersion);
const namesOf = (list: any): string[] => list.items.map((item: any) => item.metadata.name);
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

/** The first `count` events of a watch, and whatever ends it before. */
const events = async (path: string, query: string, count: number, meanwhile: () => Promise<unknown> = async () => {}): Promise<any[]> => {
  const response = await world.raw('GET', `${path}?watch=true&${query}`);
  if (response.status !== 200) return [await response.json()];
  const reader = response.body!.getReader();
  const reading = (async () => {
    const found: any[] = [];
    let rest = '';
    while (found.length < count) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + new TextDecoder().decode(value)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) found.push(JSON.parse(line));
    }
    return found;
  })();
  await meanwhile();
  const found = await reading;
  await reader.cancel();
  return found.slice(0, count);
};
const told = (found: readonly any[]): string[] => found.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason}`);

/** All pages of `limit`. */
const paged = async (path: string, query: string): Promise<{ names: string[]; pages: any[] }> => {
  const pages: any[] = [];
  let next = '';
  do {
    const { body } = await get(`${path}?${query}${next && `&continue=${encodeURIComponent(next)}`}`);
    pages.push(body);
    next = body.metadata.continue ?? '';
  } while (next !== '');
  return { names: pages.flatMap(namesOf), pages };
};

const cache = 'about the watch cache, which is not here: reads and watches go to the store and its ring';
const etcd = 'about clients, leases and keys of etcd';
const classes = 'about Go values that the caller hands in';

const cases: Readonly<Record<string, string | (() => Promise<void>)>> = {
  TestCreate: async () => {
    const made = await create('create');
    expect(versionOf(made)).toBeGreaterThan(0);
    expect((await get(`${at()}/create`)).body).toEqual(made);
    const stored = await world.platform.store.get({ resource: 'core/configmaps', namespace: 'default', name: 'create' });
    expect(JSON.parse(stored!.body).metadata.resourceVersion).toBeUndefined();
  },
  TestCreateWithTTL: etcd,
  TestCreateWithKeyExist: async () => {
    await create('exists');
    expect((await world.call('POST', at(), { metadata: { name: 'exists' } })).body).toMatchObject({ code: 409, reason: 'AlreadyExists' });
  },
  TestGet: async () => {
    const made = await create('get');
    const later = await create('get-later');
    for (const version of ['', '0', versionOf(made), versionOf(later)])
      expect((await get(`${at()}/get?resourceVersion=${version}`)).body).toEqual(made);
    expect((await get(`${at()}/get?resourceVersion=${versionOf(later) + 1}`)).body).toMatchObject({ code: 504, reason: 'Timeout' });
    expect((await get(`${at()}/get-nothing`)).status).toBe(404);
  },
  TestUnconditionalDelete: async () => {
    await create('unconditional');
    expect((await remove('unconditional')).status).toBe(200);
    expect((await remove('unconditional')).status).toBe(404);
  },
  TestConditionalDelete: async () => {
    const { metadata } = await create('conditional');
    expect((await remove('conditional', { preconditions: { uid: 'another' } })).body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await remove('conditional', { preconditions: { uid: metadata.uid } })).status).toBe(200);
  },
  TestPreconditionalDeleteWithSuggestion: cache,
  TestPreconditionalDeleteWithSuggestionPass: cache,
  TestDeleteWithSuggestion: cache,
  TestDeleteWithSuggestionAndConflict: cache,
  TestDeleteWithSuggestionOfDeletedObject: cache,
  TestValidateDeletionWithSuggestion: cache,
  TestValidateDeletionWithOnlySuggestionValid: cache,
  TestDeleteWithConflict: async () => {
    const { metadata } = await create('delete-conflict');
    await patch('delete-conflict', { data: { a: '1' } });
    const { body } = await remove('delete-conflict', { preconditions: { resourceVersion: metadata.resourceVersion } });
    expect(body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await remove('delete-conflict')).status).toBe(200);
  },
  TestGuaranteedUpdate: async () => {
    expect((await patch('update-nothing', { data: {} })).status).toBe(404);
    const made = await create('update', { data: { a: '1' } });
    const { body } = await patch('update', { data: { a: '2' } });
    expect([body.data.a, versionOf(body) > versionOf(made)]).toEqual(['2', true]);
    expect(versionOf((await patch('update', { data: { a: '2' } })).body)).toBe(versionOf(body));
    expect((await patch('update', { metadata: { uid: 'another' } })).status).toBe(409);
  },
  TestGuaranteedUpdateWithTTL: etcd,
  TestGuaranteedUpdateChecksStoredData: etcd,
  TestGuaranteedUpdateWithConflict: async () => {
    await create('race');
    const done = await Promise.all(named('k', 8).map((key) => patch('race', { data: { [key]: 'x' } })));
    expect(done.map(({ status }) => status)).toEqual(done.map(() => 200));
    expect(Object.keys((await get(`${at()}/race`)).body.data).sort()).toEqual(named('k', 8));
  },
  TestGuaranteedUpdateWithSuggestionAndConflict: cache,
  TestTransformationFailure: 'sealed bodies that cannot be opened are in store/sealing.test.ts',
  TestListCorruptObjects: etcd,
  TestList: async () => {
    for (const name of named('list', 4)) await create(name, { labels: { list: 'yes' } });
    await create('list-9', { namespace: 'second', labels: { list: 'yes' } });
    const { body } = await get(`${everywhere}?labelSelector=list`);
    expect(namesOf(body)).toEqual(['list-0', 'list-1', 'list-2', 'list-3', 'list-9']);
    expect(namesOf((await get(`${at()}?labelSelector=list`)).body)).toEqual(named('list', 4));
    expect(namesOf((await get(`${at()}?labelSelector=list&limit=1`)).body)).toEqual(['list-0']);
    expect((await get(`${at()}?resourceVersion=${versionOf(body) + 1}`)).status).toBe(504);
  },
  TestConsistentList: async () => {
    const made = await create('consistent');
    expect(versionOf((await get(at())).body)).toBeGreaterThanOrEqual(versionOf(made));
  },
  TestListWithoutPaging: async () => {
    for (const name of named('whole', 5)) await create(name, { labels: { whole: 'yes' } });
    const { body } = await get(`${at()}?labelSelector=whole`);
    expect([body.items.length, body.metadata.continue]).toEqual([5, undefined]);
  },
  TestGetListNonRecursive: async () => {
    await create('single');
    expect(namesOf((await get(`${at()}?fieldSelector=metadata.name%3Dsingle`)).body)).toEqual(['single']);
    expect(namesOf((await get(`${at()}?fieldSelector=metadata.name%3Dsingle,metadata.name!%3Dsingle`)).body)).toEqual([]);
    expect(namesOf((await get(`${at()}?fieldSelector=metadata.name%3Dnobody`)).body)).toEqual([]);
  },
  TestGetListRecursivePrefix: async () => {
    await create('prefix', { namespace: 'second' });
    expect(namesOf((await get(`${at('sec')}?fieldSelector=metadata.name%3Dprefix`)).body)).toEqual([]);
  },
  TestListContinuation: async () => {
    for (const name of named('pages', 5)) await create(name, { namespace: 'sec' });
    const { names, pages } = await paged(at('sec'), 'limit=2');
    expect(names).toEqual(named('pages', 5));
    expect(pages.map(({ metadata }) => metadata.remainingItemCount)).toEqual([3, 1, undefined]);
    expect(new Set(pages.map(versionOf)).size).toBe(1);
  },
  TestListPaginationRareObject: async () => {
    for (let i = 0; i < 30; i++) await create(`rare-${i}`, { labels: i === 29 ? { rare: 'yes' } : {} });
    expect((await paged(at(), 'limit=1&labelSelector=rare')).names).toEqual(['rare-29']);
  },
  TestListContinuationWithFilter: async () => {
    for (let i = 0; i < 6; i++) await create(`filter-${i}`, { labels: { odd: String(i % 2) } });
    const { names, pages } = await paged(at(), 'limit=2&labelSelector=odd%3D1');
    expect(names).toEqual(['filter-1', 'filter-3', 'filter-5']);
    expect(pages[0].metadata.remainingItemCount).toBeUndefined();
  },
  TestListInconsistentContinuation: async () => {
    for (const name of named('torn', 4)) await create(name, { labels: { torn: 'yes' } });
    const first = (await get(`${at()}?limit=2&labelSelector=torn`)).body;
    await remove('torn-3');
    const { revision } = await world.platform.store.head();
    await world.platform.store.compact(revision);
    const gone = (await get(`${at()}?limit=2&labelSelector=torn&continue=${encodeURIComponent(first.metadata.continue)}`)).body;
    expect(gone).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = (await get(`${at()}?limit=2&labelSelector=torn&continue=${encodeURIComponent(gone.metadata.continue)}`)).body;
    expect(namesOf(rest)).toEqual(['torn-2']);
  },
  TestListResourceVersionMatch: async () => {
    await create('match', { labels: { match: 'yes' } });
    const before = (await get(`${at()}?labelSelector=match`)).body.metadata.resourceVersion;
    await create('match-later', { labels: { match: 'yes' } });
    const listed = async (match: string) =>
      namesOf((await get(`${at()}?labelSelector=match&resourceVersion=${before}&resourceVersionMatch=${match}`)).body);
    expect(await listed('Exact')).toEqual(['match']);
    expect(await listed('NotOlderThan')).toEqual(['match', 'match-later']);
    expect((await get(`${at()}?resourceVersionMatch=Exact`)).status).toBe(422);
  },
  TestNamespaceScopedList: async () => {
    await create('scoped', { namespace: 'second', labels: { scoped: 'yes' } });
    expect(namesOf((await get(`${at('second')}?labelSelector=scoped`)).body)).toEqual(['scoped']);
    expect(namesOf((await get(`${at()}?labelSelector=scoped`)).body)).toEqual([]);
  },
  TestLeaseMaxObjectCount: etcd,
  TestPrefix: etcd,
  TestKeySchema: etcd,
  TestGrowReconnect: etcd,
  TestCount: cache,
  TestStats: cache,
  TestResolveGetListRev: classes,
  TestConflictErr: classes,
  TestDecodeContinue: async () => {
    for (const token of ['x', 'e30', btoa('{"v":"meta.k8s.io/v0"}')]) expect((await get(`${at()}?continue=${token}`)).status).toBe(400);
  },
  TestWatch: async () => {
    const { body } = await get(at());
    const found = await events(at(), `resourceVersion=${versionOf(body)}&labelSelector=seen`, 3, async () => {
      await create('watched');
      await patch('watched', { metadata: { labels: { seen: 'yes' } } });
      await patch('watched', { data: { a: '1' } });
      await patch('watched', { metadata: { labels: { seen: null } } });
    });
    expect(told(found)).toEqual(['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  },
  TestClusterScopedWatch: async () => {
    const path = '/api/v1/namespaces';
    const { body } = await get(path);
    const query = `resourceVersion=${versionOf(body)}&fieldSelector=metadata.name%3Dscope-b`;
    const found = await events(path, query, 1, async () => {
      for (const name of ['scope-a', 'scope-b']) await world.create(path, { metadata: { name } });
    });
    expect(told(found)).toEqual(['ADDED scope-b']);
  },
  TestNamespaceScopedWatch: async () => {
    const { body } = await get(at());
    const found = await events(at('second'), `resourceVersion=${versionOf(body)}`, 1, async () => {
      await create('here');
      await create('there', { namespace: 'second' });
    });
    expect(told(found)).toEqual(['ADDED there']);
  },
  TestDeleteTriggerWatch: async () => {
    const made = await create('trigger');
    const found = await events(at(), `resourceVersion=${versionOf(made)}`, 1, () => remove('trigger'));
    expect(told(found)).toEqual(['DELETED trigger']);
  },
  TestWatchFromZero: async () => {
    await create('zero');
    const query = 'resourceVersion=0&fieldSelector=metadata.name%3Dzero';
    expect(told(await events(at(), query, 2, () => patch('zero', { data: { a: '1' } })))).toEqual(['ADDED zero', 'MODIFIED zero']);
  },
  TestWatchFromNonZero: async () => {
    const made = await create('nonzero');
    await patch('nonzero', { data: { a: '1' } });
    expect(told(await events(at(), `resourceVersion=${versionOf(made)}`, 1))).toEqual(['MODIFIED nonzero']);
  },
  TestDelayedWatchDelivery: async () => {
    const made = await create('delayed');
    for (const name of named('delayed', 20)) await create(name);
    expect(told(await events(at(), `resourceVersion=${versionOf(made)}`, 20))).toEqual(named('delayed', 20).map((name) => `ADDED ${name}`));
  },
  TestWatchError: async () => {
    await create('error');
    await world.platform.store.compact((await world.platform.store.head()).revision);
    const [found] = await events(at(), 'resourceVersion=1', 1);
    expect(found).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
  },
  TestWatchContextCancel: 'a reader that goes away ends the following: watch.test.ts',
  TestWatcherTimeout: cache,
  TestWatchDeleteEventObjectHaveLatestRV: async () => {
    const made = await create('latest');
    const [found] = await events(at(), `resourceVersion=${versionOf(made)}`, 1, () => remove('latest'));
    expect(versionOf(found.object)).toBeGreaterThan(versionOf(made));
  },
  TestWatchInitializationSignal: classes,
  TestOptionalWatchBookmarksWithCorrectResourceVersion: 'bookmarks at times and at the end: watch.test.ts',
  TestProgressNotify: etcd,
  TestWatchWithUnsafeDelete: etcd,
  TestWatchListMatchSingle: async () => {
    await create('match-single');
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Dmatch-single';
    const found = await events(at(), query, 2);
    expect(told(found)).toEqual(['ADDED match-single', 'BOOKMARK undefined']);
    expect(found[1].object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
  },
  TestSendInitialEventsBackwardCompatibility: async () => {
    const made = await create('compatible');
    const found = await events(at(), `resourceVersion=${versionOf(made)}&allowWatchBookmarks=true`, 1, () =>
      patch('compatible', { data: { a: '1' } }),
    );
    expect(told(found)).toEqual(['MODIFIED compatible']);
  },
  TestWatchSemantics: async () => {
    const made = await create('semantics', { namespace: 'semantics' });
    const all = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const later = () => create('semantics-later', { namespace: 'semantics' });
    expect(told(await events(at('semantics'), `${all}&resourceVersion=${versionOf(made)}`, 3, later))).toEqual([
      'ADDED semantics',
      'BOOKMARK undefined',
      'ADDED semantics-later',
    ]);
    const none = 'sendInitialEvents=false&resourceVersionMatch=NotOlderThan';
    expect(told(await events(at('semantics'), none, 1, () => create('semantics-last', { namespace: 'semantics' })))).toEqual([
      'ADDED semantics-last',
    ]);
  },
  TestWatchSemanticInitialEventsExtended: async () => {
    for (const name of named('extended', 3)) await create(name, { namespace: 'extended' });
    const newest = versionOf((await get(at('extended'))).body);
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const found = await events(at('extended'), query, 4);
    expect(told(found)).toEqual([...named('extended', 3).map((name) => `ADDED ${name}`), 'BOOKMARK undefined']);
    expect(versionOf(found[3].object)).toBeGreaterThanOrEqual(newest);
  },
  TestTooLargeResourceVersionTimeoutForList: async () => {
    const { revision } = await world.platform.store.head();
    const { body, headers } = await get(`${at()}?resourceVersion=${revision + 100}`);
    expect(body).toMatchObject({ code: 504, details: { retryAfterSeconds: 1, causes: [{ reason: 'ResourceVersionTooLarge' }] } });
    expect(headers.get('retry-after')).toBe('1');
  },
  TestWatchErrorResultNotBlockAfterCancel: classes,
  TestWatchErrorEventIsBlockingFurtherEvent: async () => {
    await create('blocking');
    await world.platform.store.compact((await world.platform.store.head()).revision);
    const found = await events(at(), 'resourceVersion=1', 5);
    expect(found.map(({ type }) => type)).toEqual(['ERROR']);
  },
  TestWatchDispatchBookmarkEvents: cache,
  TestWatchBookmarksWithCorrectResourceVersion: cache,
  TestStoreListResourceVersion: cache,
  TestWatchStreamSeparation: cache,
};

const applicable = Object.entries(cases).flatMap(([name, test]) => (typeof test === 'string' ? [] : [[name, test] as const]));

describe('storage and watchers, by upstream case', () => {
  it.each(applicable)('%s', async (_name, test) => {
    await test();
    expect(world.errors).toEqual([]);
  });

  it('says of every other name why it does not apply', () => {
    expect(applicable.length).toBeGreaterThanOrEqual(35);
    for (const test of Object.values(cases)) if (typeof test === 'string') expect(test.length).toBeGreaterThan(10);
  });
});
