/**
 * Upstream's tests of storage by name (tests/conformance/upstream/storage.yaml), with data of our own, over the API and the file store. Lists are in
 * list-cases.test.ts, watches in watch-cases.test.ts.
 */
import { afterAll, beforeAll, expect } from 'vitest';
import { upstreamCases } from '#tests/conformance/upstream/table.ts';
import { toBase64Url } from '../auth/encoding.ts';
import { encodeContinue } from './continue-token.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
  for (const name of ['second', 'sec', 'rest']) await world.create('/api/v1/namespaces', { metadata: { name } });
});
afterAll(() => world.close());

const at = (namespace = 'default') => `/api/v1/namespaces/${namespace}/configmaps`;
const create = (name: string, more: { namespace?: string; labels?: Record<string, string>; data?: object } = {}) =>
  world.create(at(more.namespace), { metadata: { name, labels: more.labels ?? {} }, data: more.data ?? {} } as any);
const get = (path: string) => world.call('GET', path);
const remove = (name: string, body?: object) => world.call('DELETE', `${at()}/${name}`, body);
const patch = (name: string, body: object) =>
  world.call('PATCH', `${at()}/${name}`, body, { 'content-type': 'application/merge-patch+json' });
const versionOf = (object: any): number => Number(object.metadata.resourceVersion);
const namesOf = (list: any): string[] => list.items.map((item: any) => item.metadata.name);
const named = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

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

/** Any continue token, in the form of one. */
const token = (value: object): string => encodeURIComponent(toBase64Url(new TextEncoder().encode(JSON.stringify(value))));
const continued = (text: string) => get(`${at('sec')}?limit=2&continue=${text}`);
const refusedToken = async (text: string) => expect((await continued(text)).status).toBe(400);
/** Body and query of a request for one object, made and then changed once. */
const read = async (name: string) => {
  const made = await create(name, { data: { a: '1' } });
  const changed = (await patch(name, { data: { a: '2' } })).body;
  const later = await create(`${name}-later`);
  const one = (version: string | number, more = '') => get(`${at()}/${name}?resourceVersion=${version}${more}`);
  return { made, changed, later, one };
};
const listed = async (query: string) => {
  const { status, body } = await get(`${at()}?${query}`);
  return { status, body, revision: status === 200 ? versionOf(body) : 0 };
};
const remainder = async (query: string) => (await get(`${at('rest')}?limit=1${query}`)).body.metadata.remainingItemCount;
const prefixes = async () => {
  for (const [name, namespace] of [
    ['pre', 'default'],
    ['prefix', 'default'],
    ['pre', 'second'],
  ] as const) {
    const { status } = await get(`${at(namespace)}/${name}`);
    if (status === 404) await create(name, { namespace, labels: { pre: 'fix' } });
  }
};
const prefixed = async (path: string, match: string) => {
  await prefixes();
  const { revision } = await world.platform.store.head();
  const version = match === 'Consistent' ? '' : `&resourceVersion=${revision}&resourceVersionMatch=${match}`;
  const { body } = await get(`${path}?labelSelector=pre${version}`);
  return body.items.map(({ metadata }: any) => `${metadata.namespace}/${metadata.name}`);
};
const named1 = (name: string) => `${at()}?fieldSelector=metadata.name%3D${name}`;
const one = async (name: string, match: string) => {
  await prefixes();
  const { revision } = await world.platform.store.head();
  const version = match === 'Consistent' ? '' : `&resourceVersion=${revision}&resourceVersionMatch=${match}`;
  return namesOf((await get(`${named1(name)}${version}`)).body);
};
const matches = ['Exact', 'Consistent', 'NotOlderThan'] as const;
const recursive = (match: string): Record<string, () => Promise<void>> => ({
  [`TestGetListRecursivePrefix/${match}/Recursive on resource prefix returns all objects`]: async () => {
    expect(await prefixed('/api/v1/configmaps', match)).toEqual(['default/pre', 'default/prefix', 'second/pre']);
  },
  [`TestGetListRecursivePrefix/${match}/Recursive on resource prefix returns objects in the namespace`]: async () => {
    expect(await prefixed(at(), match)).toEqual(['default/pre', 'default/prefix']);
    expect(await prefixed(at('sec'), match)).toEqual([]);
  },
  [`TestGetListRecursivePrefix/${match}/NonRecursive on object key (prefix) returns object and no other objects with the same prefix`]:
    async () => {
      expect(await one('pre', match)).toEqual(['pre']);
    },
  [`TestGetListRecursivePrefix/${match}/NonRecursive on object key (no-prefix) return object`]: async () => {
    expect(await one('prefix', match)).toEqual(['prefix']);
  },
});

upstreamCases('storage', import.meta.url, {
  'TestCreate/successful create': async () => {
    const made = await create('create');
    expect(versionOf(made)).toBeGreaterThan(0);
    expect((await get(`${at()}/create`)).body).toEqual(made);
    const stored = await world.platform.store.get({ resource: 'core/configmaps', namespace: 'default', name: 'create' });
    expect(JSON.parse(stored!.body).metadata.resourceVersion).toBeUndefined();
  },
  'TestCreate/create with ResourceVersion set': async () => {
    const { body } = await world.call('POST', at(), { metadata: { name: 'create-versioned', resourceVersion: '1' } });
    expect(body).toMatchObject({
      code: 400,
      message: expect.stringContaining('resourceVersion should not be set on objects to be created'),
    });
  },
  'TestGet/get existing': async () => {
    const { changed, one } = await read('get-1');
    expect((await one('')).body).toEqual(changed);
  },
  'TestGet/resource version 0': async () => {
    const { changed, one } = await read('get-2');
    expect((await one(0)).body).toEqual(changed);
  },
  'TestGet/object created resource version': async () => {
    const { made, changed, one } = await read('get-3');
    expect((await one(versionOf(made))).body).toEqual(changed);
  },
  'TestGet/current object resource version, match=NotOlderThan': async () => {
    const { changed, one } = await read('get-4');
    expect((await one(versionOf(changed), '&resourceVersionMatch=NotOlderThan')).body).toEqual(changed);
  },
  'TestGet/latest resource version': async () => {
    const { changed, later, one } = await read('get-5');
    expect((await one(versionOf(later))).body).toEqual(changed);
  },
  'TestGet/too high resource version': async () => {
    const { one } = await read('get-6');
    expect((await one('9223372036854775807')).body).toMatchObject({
      code: 504,
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }] },
    });
  },
  'TestGet/get non-existing': async () => {
    expect((await get(`${at()}/get-nothing`)).body).toMatchObject({ code: 404, reason: 'NotFound' });
  },
  'TestUnconditionalDelete/existing key': async () => {
    const { metadata } = await create('unconditional');
    expect((await remove('unconditional')).body).toMatchObject({ status: 'Success', details: { uid: metadata.uid } });
    expect((await get(`${at()}/unconditional`)).status).toBe(404);
  },
  'TestUnconditionalDelete/non-existing key': async () => expect((await remove('unconditional-nothing')).status).toBe(404),
  'TestConditionalDelete/UID match': async () => {
    const { metadata } = await create('conditional');
    expect((await remove('conditional', { preconditions: { uid: metadata.uid } })).status).toBe(200);
  },
  'TestConditionalDelete/UID mismatch': async () => {
    await create('conditional-other');
    expect((await remove('conditional-other', { preconditions: { uid: 'another' } })).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect((await get(`${at()}/conditional-other`)).status).toBe(200);
  },
  TestPreconditionsCheckWithNilObject: async () => {
    expect((await remove('conditional-nothing', { preconditions: { uid: 'another' } })).status).toBe(404);
  },
  'TestGuaranteedUpdate/non-existing key, ignoreNotFound=false': async () => {
    expect((await patch('update-nothing', { data: {} })).status).toBe(404);
  },
  'TestGuaranteedUpdate/non-existing key, ignoreNotFound=true': async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'update-made' } };
    const type = { 'content-type': 'application/apply-patch+yaml' };
    expect((await world.call('PATCH', `${at()}/update-made?fieldManager=a`, body, type)).status).toBe(201);
  },
  'TestGuaranteedUpdate/existing key': async () => {
    const { made, changed } = await read('update');
    expect([changed.data.a, versionOf(changed) > versionOf(made)]).toEqual(['2', true]);
  },
  'TestGuaranteedUpdate/same data': async () => {
    const { changed } = await read('update-same');
    expect((await patch('update-same', { data: { a: '2' } })).body).toEqual(changed);
  },
  'TestGuaranteedUpdate/same data, a selfLink': async () => {
    const { changed } = await read('update-link');
    expect((await patch('update-link', { metadata: { selfLink: '/somewhere' } })).body).toEqual(changed);
  },
  'TestGuaranteedUpdate/UID match': async () => {
    const { changed } = await read('update-uid');
    expect((await patch('update-uid', { metadata: { uid: changed.metadata.uid } })).body).toEqual(changed);
  },
  'TestGuaranteedUpdate/UID mismatch': async () => {
    await create('update-other');
    expect((await patch('update-other', { metadata: { uid: 'another' } })).body).toMatchObject({ code: 409, reason: 'Conflict' });
  },
  TestTransformationFailure: async () => {
    const secrets = '/api/v1/namespaces/sec/secrets';
    await world.create(secrets, { metadata: { name: 'sealed' } });
    const key = { resource: 'core/secrets', namespace: 'sec', name: 'sealed' };
    const { uid, revision, body } = (await world.platform.store.get(key))!;
    const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };
    await world.platform.store.write([{ op: 'update', key, uid, revision, derived, body: `${body.slice(0, -8)}AAAAAAAA` }]);
    const change = { 'content-type': 'application/merge-patch+json' };
    expect((await get(secrets)).status).toBe(500);
    expect((await get(`${secrets}/sealed`)).body).toMatchObject({ code: 500, reason: 'InternalError' });
    expect((await world.call('PATCH', `${secrets}/sealed`, { data: {} }, change)).status).toBe(500);
    expect((await world.call('DELETE', `${secrets}/sealed`)).status).toBe(500);
    expect((await get(`${secrets}/sealed`)).status).toBe(500);
  },
  'TestConsistentList/Non-consistent list before consistent read': async () => {
    const { later } = await read('consistent-1');
    expect((await listed('resourceVersion=0')).revision).toBeGreaterThanOrEqual(versionOf(later));
  },
  'TestConsistentList/LIST without RV returns consistent RV': async () => {
    const { later } = await read('consistent-2');
    expect((await listed('')).revision).toBe(versionOf(later));
  },
  'TestConsistentList/List with negative continue RV returns consistent RV': async () => {
    const { later } = await read('consistent-3');
    const { incarnation } = await world.platform.store.head();
    const next = encodeContinue({ incarnation, revision: 0, namespace: 'default', name: 'c' });
    expect((await listed(`continue=${encodeURIComponent(next)}`)).revision).toBe(versionOf(later));
  },
  'TestConsistentList/Non-consistent request after consistent read': async () => {
    const { revision } = await listed('');
    expect((await listed('resourceVersion=0')).revision).toBeGreaterThanOrEqual(revision);
  },
  TestListPaging: async () => {
    for (const name of named('paging', 5)) await create(name, { labels: { paging: 'yes' } });
    const { names, pages } = await paged(at(), 'limit=2&labelSelector=paging');
    expect([names, pages.length]).toEqual([named('paging', 5), 3]);
  },
  ...Object.assign({}, ...matches.map(recursive)),
  TestCompactRevision: async () => {
    const made = await create('compacted');
    await create('compacted-later');
    await world.platform.store.compact((await world.platform.store.head()).revision);
    expect((await listed(`resourceVersion=${versionOf(made)}&resourceVersionMatch=Exact`)).body).toMatchObject({
      code: 410,
      reason: 'Expired',
    });
    expect((await listed(`resourceVersion=${versionOf(made)}&resourceVersionMatch=NotOlderThan`)).status).toBe(200);
  },
  TestGetCurrentResourceVersion: async () => {
    const made = await create('current');
    expect((await listed('')).revision).toBe(versionOf(made));
    expect((await world.platform.store.head()).revision).toBe(versionOf(made));
  },
  TestEtcdParseResourceVersion: async () => {
    for (const bad of ['a', '-1', '1.5', '0x1', '1e3', '18446744073709551616'])
      expect((await listed(`resourceVersion=${bad}`)).status, bad).toBe(400);
    for (const good of ['', '0', '1']) expect((await listed(`resourceVersion=${good}`)).status, good).toBe(200);
  },
  'Test_decodeContinue/valid': async () => {
    const { revision, incarnation } = await world.platform.store.head();
    expect((await continued(token({ v: 1, i: incarnation, r: revision, ns: 'sec', n: 'a' }))).status).toBe(200);
  },
  'Test_decodeContinue/empty version': () => refusedToken(token({ i: 'x', r: 1, ns: 'sec', n: 'a' })),
  'Test_decodeContinue/invalid version': () => refusedToken(token({ v: 9, i: 'x', r: 1, ns: 'sec', n: 'a' })),
  'Test_decodeContinue/invalid RV': () => refusedToken(token({ v: 1, i: 'x', r: -1, ns: 'sec', n: 'a' })),
  'Test_decodeContinue/no start Key': () => refusedToken(token({ v: 1, i: 'x', r: 1 })),
  'TestPrepareContinueTokenRemainingItemCount/empty predicate reports remaining count': async () => {
    for (const name of named('rest', 3)) await create(name, { namespace: 'rest', labels: { rest: 'yes' } });
    expect(await remainder('')).toBe(2);
  },
  'TestPrepareContinueTokenRemainingItemCount/label selector omits remaining count': async () => {
    expect(await remainder('&labelSelector=rest')).toBeUndefined();
  },
  TestSelectionPredicate: async () => {
    await create('selected', { labels: { pick: 'me', other: 'x' } });
    await create('unselected', { labels: { pick: 'not' } });
    const picked = async (query: string) => namesOf((await listed(query)).body);
    expect(await picked('labelSelector=pick%3Dme')).toEqual(['selected']);
    expect(await picked('labelSelector=pick,pick!%3Dme')).toEqual(['unselected']);
    expect(await picked('labelSelector=pick%3Dme&fieldSelector=metadata.name%3Dunselected')).toEqual([]);
    expect(await picked('labelSelector=pick%20in%20(me,not)&fieldSelector=metadata.name%3Dselected')).toEqual(['selected']);
    expect((await listed('fieldSelector=no.such%3Dfield')).status).toBe(400);
  },
  TestSelectionPredicateEmpty: async () => {
    expect(namesOf((await listed('labelSelector=&fieldSelector=')).body)).toEqual(namesOf((await listed('')).body));
  },
  TestCreateWithKeyExist: async () => {
    await create('exists');
    expect((await world.call('POST', at(), { metadata: { name: 'exists' } })).body).toMatchObject({ code: 409, reason: 'AlreadyExists' });
  },
  TestDeleteWithConflict: async () => {
    const { metadata } = await create('delete-conflict');
    await patch('delete-conflict', { data: { a: '1' } });
    const { body } = await remove('delete-conflict', { preconditions: { resourceVersion: metadata.resourceVersion } });
    expect(body).toMatchObject({ code: 409, reason: 'Conflict' });
    expect((await remove('delete-conflict')).status).toBe(200);
  },
  TestGuaranteedUpdateWithConflict: async () => {
    await create('race');
    const done = await Promise.all(named('k', 8).map((key) => patch('race', { data: { [key]: 'x' } })));
    expect(done.map(({ status }) => status)).toEqual(done.map(() => 200));
    expect(Object.keys((await get(`${at()}/race`)).body.data).sort()).toEqual(named('k', 8));
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
});
