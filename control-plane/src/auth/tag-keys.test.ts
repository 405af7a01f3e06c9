/** Another key for tags: tokens of before are good until their key is dropped, new ones are of the new key, and a bad tag never costs a store call. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApp } from '../apiserver/app.ts';
import { createWorld, type World } from '../apiserver/testing.ts';
import { readJoinToken } from '../joining/join-token.ts';
import type { KeyRing } from '../platform/platform.ts';
import { checkTag, tagKeyId } from './tokens.ts';

const next = btoa('n'.repeat(32));
const secretsPath = '/api/v1/namespaces/kube-system/secrets';
let world: World;
let before: KeyRing;
let after: KeyRing;
beforeAll(async () => {
  world = await createWorld();
  await world.create('/api/v1/namespaces', { metadata: { name: 'kube-system' } });
  before = world.platform.keys;
  after = { ...before, tokenHmacKey: next, tokenVerifyingKeys: [{ key: before.tokenHmacKey }] };
});
afterAll(() => world.close());

/** The same cluster, started with these keys. */
const started = (keys: KeyRing) => {
  const app = createApp({ ...world.platform, keys });
  return async (token: string, method: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await app.fetch(
      new Request(`https://kedge.test${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) }),
    );
    return { status: response.status, body: (await response.json()) as any };
  };
};
const mint = async (call: ReturnType<typeof started>, body: object) => {
  const made = await call(world.adminToken, 'POST', '/apis/kedge.dev/v1/tokens', body);
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return made.body;
};
const tagKeyOf = async (name: string, field: string) => atob((await world.call('GET', `${secretsPath}/${name}`)).body.data[field]);

test('a token of the key before is good after the change, one of the new key is no good to who has not heard of it', async () => {
  const [old, present] = [started(before), started(after)];
  const earlier = await mint(old, { type: 'user', user: 'jane', groups: ['system:masters'] });
  const later = await mint(present, { type: 'user', user: 'joe', groups: ['system:masters'] });
  expect([await checkTag({ tokenHmacKey: next }, later.token), await checkTag({ tokenHmacKey: next }, earlier.token)]).toEqual([
    later.id,
    undefined,
  ]);
  for (const { token } of [earlier, later]) expect((await present(token, 'GET', secretsPath)).status).toBe(200);
  expect((await old(later.token, 'GET', secretsPath)).status).toBe(401);
  expect(await Promise.all([earlier, later].map(({ id }) => tagKeyOf(`kedge-token-${id}`, 'tag-key')))).toEqual([
    await tagKeyId(before.tokenHmacKey),
    await tagKeyId(next),
  ]);
});

test('a token whose key was dropped, and any bad tag, is refused without a store call', async () => {
  const earlier = await mint(started(before), { type: 'user', user: 'jim', groups: ['system:masters'] });
  const dropped = started({ ...after, tokenVerifyingKeys: [] });
  const present = started(after);
  world.calls.length = 0;
  expect((await dropped(earlier.token, 'GET', secretsPath)).status).toBe(401);
  expect((await present(`${earlier.token.slice(0, -2)}AA`, 'GET', secretsPath)).status).toBe(401);
  expect(world.calls).toEqual([]);
});

test('a join token of the key before is one still', async () => {
  const { token, id } = await mint(started(before), { type: 'join' });
  expect(await tagKeyOf(`bootstrap-token-${id}`, 'kedge-tag-key')).toBe(await tagKeyId(before.tokenHmacKey));
  expect((await readJoinToken(after, token))?.id).toBe(id);
  expect(await readJoinToken({ tokenHmacKey: next }, token)).toBeUndefined();
});
