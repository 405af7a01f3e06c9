/** The past over HTTP, on the real store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../apiserver/testing.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const maps = '/api/v1/namespaces/default/configmaps';
const past = '/apis/kedge.dev/v1/history/core/configmaps/namespaces/default';
const minute = 60_000;
const merge = { 'content-type': 'application/merge-patch+json', 'user-agent': 'kubectl/v1.35' };

/** Three versions, a minute apart, then deleted. Returns their revisions. */
async function lived(name = 'settings'): Promise<string[]> {
  const created = await world.create(maps, { metadata: { name }, ...{ data: { mode: 'one' } } });
  world.nowMs += minute;
  const second = await world.call('PATCH', `${maps}/${name}`, { data: { mode: 'two' } }, merge);
  world.nowMs += minute;
  const third = await world.call('PATCH', `${maps}/${name}`, { data: { mode: 'two', more: 'x' } }, merge);
  world.nowMs += minute;
  await world.call('DELETE', `${maps}/${name}`);
  return [created, second.body, third.body].map((object) => object.metadata.resourceVersion);
}

describe('an object', () => {
  it('tells its versions: who, with what, when', async () => {
    const revisions = await lived();
    const { status, body } = await world.call('GET', `${past}/settings`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'VersionList',
      apiVersion: 'kedge.dev/v1',
      object: { group: '', resource: 'configmaps', kind: 'ConfigMap', namespace: 'default', name: 'settings' },
    });
    expect(body.items.map((item: any) => [item.type, item.revision, item.time, item.user])).toEqual([
      ['DELETED', expect.any(String), '2026-01-01T00:03:00Z', 'admin'],
      ['MODIFIED', revisions[2], '2026-01-01T00:02:00Z', 'admin'],
      ['MODIFIED', revisions[1], '2026-01-01T00:01:00Z', 'admin'],
      ['ADDED', revisions[0], '2026-01-01T00:00:00Z', 'admin'],
    ]);
    expect(body.items[1].fieldManager).toBe('kubectl');
    const page = await world.call('GET', `${past}/settings?limit=1&before=${revisions[2]}`);
    expect(page.body).toMatchObject({ metadata: { before: revisions[1] }, items: [{ revision: revisions[1] }] });
  });

  it('is shown as of a revision and as of a time, and not when it did not live', async () => {
    const [one, two] = await lived();
    expect((await world.call('GET', `${past}/settings/versions/${one}`)).body).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'settings', resourceVersion: one },
      data: { mode: 'one' },
    });
    const at = (time: string) => world.call('GET', `${past}/settings/as-of?time=${encodeURIComponent(time)}`);
    expect((await at('2026-01-01T00:01:30Z')).body.metadata.resourceVersion).toBe(two);
    expect((await at('2026-01-01T01:01:30+01:00')).body.metadata.resourceVersion).toBe(two);
    expect((await at('2025-12-31T23:59:59Z')).status).toBe(404);
    expect((await at('2026-01-01T00:03:00Z')).status).toBe(404);
  });

  it('says what changed between two versions, or to the last one', async () => {
    const [one, two, three] = await lived();
    expect((await world.call('GET', `${past}/settings/diff?from=${one}&to=${three}`)).body).toMatchObject({
      kind: 'VersionDiff',
      from: { revision: one },
      to: { revision: three, user: 'admin' },
      changes: expect.arrayContaining([
        { op: 'replace', path: 'data.mode', from: 'one', to: 'two' },
        { op: 'add', path: 'data.more', to: 'x' },
      ]),
    });
    const before = await world.call('GET', `${past}/settings/diff?to=${two}`);
    expect(before.body.changes).toContainEqual({ op: 'replace', path: 'data.mode', from: 'one', to: 'two' });
    expect((await world.call('GET', `${past}/settings/diff`)).body.to.type).toBe('DELETED');
  });

  it('comes back from the dead, as it was last or at a revision, once', async () => {
    const [one] = await lived();
    const back = await world.call('POST', `${past}/settings/undelete`);
    expect(back).toMatchObject({ status: 201, body: { metadata: { name: 'settings' }, data: { mode: 'two', more: 'x' } } });
    expect((await world.call('GET', `${maps}/settings`)).body.metadata.uid).toBe(back.body.metadata.uid);
    expect((await world.call('POST', `${past}/settings/undelete`)).status).toBe(409);
    await world.call('DELETE', `${maps}/settings`);
    await lived('other');
    expect((await world.call('POST', `${past}/other/undelete?revision=${Number(one) + 1_000}`)).status).toBe(201);
    expect((await world.call('POST', `${past}/none/undelete`)).status).toBe(404);
  });

  it('is forgotten on request', async () => {
    await lived();
    expect((await world.call('DELETE', `${past}/settings`)).body).toMatchObject({ kind: 'PurgeResult', purged: 4 });
    expect((await world.call('GET', `${past}/settings`)).status).toBe(404);
    expect((await world.call('POST', `${past}/settings/undelete`)).status).toBe(404);
  });
});

describe('lists', () => {
  it('show a kind and a whole namespace as of a time', async () => {
    await lived();
    await world.create('/api/v1/namespaces/default/services', { metadata: { name: 'web' }, ...{ spec: { ports: [{ port: 80 }] } } });
    const list = await world.call('GET', `${past}?time=2026-01-01T00:00:30Z`);
    expect(list.body).toMatchObject({ kind: 'List', history: { complete: true, lost: [] }, items: [{ kind: 'ConfigMap' }] });
    const all = '/apis/kedge.dev/v1/history/namespaces/default';
    const kinds = async (query: string) => (await world.call('GET', `${all}${query}`)).body.items.map((item: any) => item.kind);
    expect(await kinds('?time=2026-01-01T00:00:30Z')).toEqual(['ConfigMap', 'ServiceAccount']);
    expect(await kinds('')).toEqual(['ServiceAccount', 'Service']);
    expect((await world.call('GET', '/apis/kedge.dev/v1/history/core/namespaces')).body.items[0].metadata.name).toBe('default');
  });

  it('go on where a page ended', async () => {
    for (let index = 0; index < 3; index++) {
      await world.create(maps, { metadata: { name: `big${index}` }, ...{ data: { text: 'x'.repeat(700_000) } } });
    }
    const first = await world.call('GET', past);
    expect(first.body.items).toHaveLength(2);
    await world.call('DELETE', `${maps}/big2`);
    const rest = await world.call('GET', `${past}?continue=${first.body.metadata.continue}`);
    expect(rest.body.items.map((item: any) => item.metadata.name)).toEqual(['big2']);
    expect(rest.body.metadata).toEqual({ resourceVersion: first.body.metadata.resourceVersion });
    expect((await world.call('GET', `${past}?continue=nonsense`)).status).toBe(400);
  });
});

describe('who may', () => {
  it('is judged as in the present, by verb; nodes see nothing of it', async () => {
    await lived();
    const as = async (user: string, groups: string[], method: string, path: string) => {
      const authorization = `Bearer ${await world.tokenFor(user, groups)}`;
      return (await world.call(method, path, undefined, { authorization })).status;
    };
    expect(await as('jane', [], 'GET', `${past}/settings`)).toBe(403);
    expect(await as('jane', [], 'GET', past)).toBe(403);
    expect(await as('jane', [], 'GET', '/apis/kedge.dev/v1/history/namespaces/default')).toBe(403);
    expect(await as('jane', [], 'POST', `${past}/settings/undelete`)).toBe(403);
    expect(await as('jane', [], 'DELETE', past)).toBe(403);
    expect(await as('jane', [], 'PUT', '/apis/kedge.dev/v1/retention')).toBe(403);
    expect(await as('system:node:n1', ['system:nodes'], 'GET', `${past}/settings`)).toBe(403);
  });

  it('keeps nothing of a deleted Secret unless told so', async () => {
    const secrets = '/api/v1/namespaces/default/secrets';
    const of = '/apis/kedge.dev/v1/history/core/secrets/namespaces/default';
    const make = (name: string) => world.create(secrets, { metadata: { name }, ...{ stringData: { k: 'v' } } });
    await make('a');
    await world.call('DELETE', `${secrets}/a`);
    const { items } = (await world.call('GET', `${of}/a`)).body;
    expect(items.map((item: any) => [item.type, item.purged ?? false])).toEqual([
      ['DELETED', false],
      ['ADDED', true],
    ]);
    expect((await world.call('POST', `${of}/a/undelete`)).body.message).toContain('no longer kept');
    const set = await world.call('PUT', '/apis/kedge.dev/v1/retention', { keepDeletedSealed: true });
    expect(set.body).toMatchObject({ kind: 'Retention', keepDeletedSealed: true, bytes: expect.any(Number) });
    await make('b');
    await world.call('DELETE', `${secrets}/b`);
    expect((await world.call('POST', `${of}/b/undelete`)).body.data).toEqual({ k: 'dg==' });
  });
});

describe('what is wrong', () => {
  it.each([
    ['GET', `${past}/settings?limit=-1`, undefined, 400, 'limit'],
    ['GET', `${past}/settings/versions/x`, undefined, 400, 'revision'],
    ['GET', `${past}/settings/as-of?time=yesterday`, undefined, 400, 'time'],
    ['GET', `${past}/settings/as-of?time=2026-01-01T00:00:00Z&revision=1`, undefined, 400, 'revision and time'],
    ['GET', '/apis/kedge.dev/v1/history/core/nothings/namespaces/default/a', undefined, 404, ''],
    ['GET', '/apis/kedge.dev/v1/history/core/events/namespaces/default/a', undefined, 400, 'no history'],
    ['GET', '/apis/kedge.dev/v1/history/core/nodes/namespaces/default/a', undefined, 404, ''],
    ['GET', '/apis/kedge.dev/v1/history/core/configmaps/a', undefined, 404, ''],
    ['GET', '/apis/kedge.dev/v1/other', undefined, 404, ''],
    ['GET', '/apis/kedge.dev/v1/history/%zz/a', undefined, 400, 'escape'],
    ['PATCH', `${past}/settings`, {}, 405, ''],
    ['PUT', '/apis/kedge.dev/v1/retention', { bytes: -1 }, 422, 'bytes'],
    ['PUT', '/apis/kedge.dev/v1/retention', { kinds: { 'core/pods': 'x' } }, 422, 'kinds[core/pods]'],
    ['PUT', '/apis/kedge.dev/v1/retention', { kinds: { nonsense: 1 } }, 422, 'kinds[nonsense]'],
    ['PUT', '/apis/kedge.dev/v1/retention', { keep: 1 }, 400, 'keep'],
    ['PUT', '/apis/kedge.dev/v1/retention', '[', 400, ''],
  ])('%s %s is a Status', async (method, path, body, code, words) => {
    const answer = await world.call(method, path, body);
    expect(answer.body).toMatchObject({ kind: 'Status', code, message: expect.stringContaining(words) });
    expect(world.errors).toEqual([]);
  });
});
