import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../apiserver/app.ts';
import { createWorld, podNamed, type World } from '../apiserver/testing.ts';
import { withAuditId } from './audit-id.ts';
import type { AuditSettings } from './audit-settings.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

/** Events of some requests, made by the admin. */
const eventsOf = async (audit: AuditSettings, requests: readonly [string, string, object?, Record<string, string>?][]) => {
  const events: any[] = [];
  const work: Promise<unknown>[] = [];
  const app = createApp({
    ...world.platform,
    audit,
    background: (promise) => void work.push(promise),
    log: { ...world.platform.log, info: (message, fields) => void (message === 'audit' && events.push(fields)) },
  });
  for (const [method, path, body, headers] of requests) {
    const init = {
      method,
      headers: { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json', ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    };
    await (await app.fetch(new Request(`https://kedge.test${path}`, init))).text();
  }
  await Promise.all(work);
  return events;
};

const pods = '/api/v1/namespaces/default/pods';
const secret = { metadata: { name: 's' }, stringData: { password: 'hunter2' } };

test('says who did what to which object, and how it ended', async () => {
  const events = await eventsOf({ level: 'Metadata' }, [
    ['POST', `${pods}?fieldManager=x`, podNamed('a')],
    ['GET', `${pods}/none`, undefined, { 'impersonate-user': 'eve' }],
    ['GET', '/readyz'],
  ]);
  expect(events).toHaveLength(2);
  expect(events[0]).toMatchObject({
    ...{ level: 'Metadata', stage: 'ResponseComplete', verb: 'create', requestURI: `${pods}?fieldManager=x` },
    user: { username: 'admin' },
    objectRef: { resource: 'pods', namespace: 'default', apiVersion: 'v1' },
    responseStatus: { code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow' },
  });
  expect(events[0].requestObject).toBeUndefined();
  expect(events[1]).toMatchObject({
    ...{ verb: 'get', user: { username: 'admin' }, impersonatedUser: { username: 'eve' } },
    responseStatus: { code: 403 },
    annotations: { 'authorization.k8s.io/decision': 'forbid' },
  });
});

test('keeps what was sent where that was asked for, but nothing of a Secret', async () => {
  const [pod, hidden] = await eventsOf({ level: 'Request' }, [
    ['POST', pods, podNamed('b')],
    ['POST', '/api/v1/namespaces/default/secrets', secret],
  ]);
  expect(pod.requestObject).toMatchObject({ metadata: { name: 'b' } });
  expect(hidden).toMatchObject({ responseStatus: { code: 201 }, objectRef: { resource: 'secrets' } });
  expect(JSON.stringify(hidden)).not.toContain('hunter2');
});

test('leaves out verbs and users', async () => {
  const list: [string, string] = ['GET', pods];
  expect(await eventsOf({ level: 'Metadata', omitVerbs: ['list'] }, [list])).toEqual([]);
  expect(await eventsOf({ level: 'Metadata', omitUsers: ['adm*'] }, [list])).toEqual([]);
  expect(await eventsOf({ level: 'Metadata', omitUsers: ['adm'] }, [list])).toHaveLength(1);
});

test('every answer tells the id of its event: that of the request where it is sane, else a fresh one', async () => {
  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const idOf = async (path: string, headers: Record<string, string> = {}) =>
    (await world.raw('GET', path, { headers })).headers.get('audit-id');
  const ids = [await idOf(pods), await idOf('/nope'), await idOf('/version'), await idOf(pods, { authorization: 'Bearer kdg1.x.y.z' })];
  for (const id of ids) expect(id).toMatch(uuid);
  expect(new Set(ids).size).toBe(ids.length);
  expect(await idOf(pods, { 'audit-id': 'build-7_a.b:c' })).toBe('build-7_a.b:c');
  for (const odd of ['x'.repeat(65), 'a b', '"', 'é', ' ']) expect(await idOf(pods, { 'audit-id': odd })).toMatch(uuid);
  const events = await eventsOf({ level: 'Metadata' }, [['GET', pods, undefined, { 'audit-id': 'mine' }]]);
  expect(events[0].auditID).toBe('mine');
});

test('an answer whose headers cannot be changed has its id, too', () => {
  const fixed = new Response('ok', { status: 203, headers: { a: 'b' } });
  Object.defineProperty(fixed.headers, 'set', {
    value: () => {
      throw new TypeError('immutable');
    },
  });
  const told = withAuditId(fixed, 'mine');
  expect([told.status, told.headers.get('a'), told.headers.get('audit-id')]).toEqual([203, 'b', 'mine']);
});
