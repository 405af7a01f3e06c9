/** A rotation seen from the API: objects are sealed anew in bounded rounds, writers in between win, and earlier keys are needed as long as versions name them. */
import { exportJWK, generateKeyPair } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApp } from '../apiserver/app.ts';
import { createWorld, type World } from '../apiserver/testing.ts';
import type { KeyRing, Platform } from '../platform/platform.ts';
import { createRegistry } from '../registry/create.ts';
import type { Store } from '../store/store.ts';
import { resealRound, roundObjects } from './reseal.ts';

const path = '/apis/kedge.dev/v1/keys';
const secretsPath = '/api/v1/namespaces/default/secrets';
const k2 = { id: 'k2', key: btoa('2'.repeat(32)) };
let world: World;
let old: KeyRing;

beforeEach(async () => {
  world = await createWorld();
  old = world.platform.keys;
});
afterEach(() => world.close());

/** The same cluster started again with other keys. */
const withKeys = (keys: KeyRing, more: Partial<Platform> = {}) => {
  const platform = { ...world.platform, ...more, keys };
  const app = createApp(platform);
  const call = async (method: string, at: string, options: { body?: unknown; token?: string } = {}) => {
    const headers = { authorization: `Bearer ${options.token ?? world.adminToken}`, 'content-type': 'application/json' };
    const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
    const response = await app.fetch(new Request(`https://kedge.test${at}`, { method, headers, ...body }));
    return { status: response.status, body: (await response.json()) as any };
  };
  return { platform, registry: createRegistry(platform), call };
};

const make = async (count: number) => {
  for (let index = 0; index < count; index++)
    await world.create(secretsPath, { metadata: { name: `s${index}` }, ...{ stringData: { word: `word-${index}` } } });
};

describe('sealing anew', () => {
  it('takes rounds of a bounded size, until only kept versions need the old key', async () => {
    const count = roundObjects + 5;
    await make(count);
    await world.call('PATCH', `${secretsPath}/s3`, { data: { more: btoa('x') } }, { 'content-type': 'application/merge-patch+json' });
    const rotated = withKeys({ ...old, sealingKeys: [k2, ...old.sealingKeys] });
    const sealing = async () => (await rotated.call('GET', path)).body.sealing;
    expect(await sealing()).toEqual([
      { id: 'k2', seals: true, objects: 0, versions: 0 },
      { id: 's1', seals: false, objects: count, versions: 1 },
    ]);
    const rounds = [];
    do rounds.push((await rotated.call('POST', path)).body);
    while (rounds.at(-1).more);
    expect(rounds.map(({ resealed }) => resealed)).toEqual([roundObjects, 5, 0]);
    expect(await sealing()).toEqual([
      { id: 'k2', seals: true, objects: count, versions: 0 },
      { id: 's1', seals: false, objects: 0, versions: count + 1 },
    ]);

    const { store } = world.platform;
    await store.history!.purge({ resource: 'core/secrets' });
    const dropped = withKeys({ ...old, sealingKeys: [k2] });
    expect((await dropped.call('GET', path)).body.sealing).toEqual([{ id: 'k2', seals: true, objects: count, versions: 0 }]);
    const { items } = (await dropped.call('GET', secretsPath)).body;
    expect(items.map((secret: any) => atob(secret.data.word)).sort()).toEqual(Array.from({ length: count }, (_, i) => `word-${i}`).sort());
    const history = await store.history!.versions({ key: { resource: 'core/secrets', namespace: 'default', name: 's0' } });
    expect(history.versions[0]!.author).toEqual({ user: 'system:kedge:sealing', manager: 'kedge' });
  });

  it('changes nothing of an object but its revision, and loses to a writer in between', async () => {
    await make(3);
    const before = (await world.call('GET', secretsPath)).body.items;
    const { store } = world.platform;
    const racing: Store = {
      ...store,
      sealedRows: {
        ...store.sealedRows!,
        stale: async (query) => {
          const found = await store.sealedRows!.stale(query);
          await world.call(
            'PATCH',
            `${secretsPath}/s1`,
            { data: { word: btoa('written') } },
            { 'content-type': 'application/merge-patch+json' },
          );
          return found;
        },
      },
      write: (...args) => store.write(...args),
    };
    const ring = { ...old, sealingKeys: [k2, ...old.sealingKeys] };
    const { platform, registry } = withKeys(ring);
    expect(await resealRound({ platform: { ...platform, store: racing }, registry })).toEqual({ resealed: 2, failed: 1, more: true });
    expect(await resealRound({ platform, registry })).toEqual({ resealed: 1, failed: 0, more: true });
    const stable = ({ metadata: { resourceVersion: _, ...metadata }, ...rest }: any) => ({ ...rest, metadata });
    const after = (await withKeys({ ...old, sealingKeys: [k2] }).call('GET', secretsPath)).body.items;
    expect(after.filter((s: any) => s.metadata.name !== 's1').map(stable)).toEqual(
      before.filter((s: any) => s.metadata.name !== 's1').map(stable),
    );
    expect(atob(after[1].data.word)).toBe('written');
  });

  it('rests once nothing is left, and never begins with one key', async () => {
    await make(1);
    const ring = { ...old, sealingKeys: [k2, ...old.sealingKeys] };
    const { platform, registry } = withKeys(ring);
    const store = { ...platform.store, sealedRows: { ...platform.store.sealedRows!, stale: () => Promise.reject(new Error('asked')) } };
    const resting = { ...platform, store } as Platform;
    expect(await resealRound({ platform: { ...resting, keys: old }, registry })).toMatchObject({ more: false });
    await expect(resealRound({ platform: resting, registry })).rejects.toThrow('asked');
    while ((await resealRound({ platform, registry })).more);
    expect(await resealRound({ platform: resting, registry })).toMatchObject({ resealed: 0, more: false });
    // the next rotation begins again
    await expect(
      resealRound({ platform: { ...resting, keys: { ...ring, sealingKeys: [{ ...k2, id: 'k3' }, k2] } }, registry }),
    ).rejects.toThrow('asked');
  });

  it('passes over what no key opens, and says so', async () => {
    await make(2);
    const lost = withKeys({ ...old, sealingKeys: [k2] });
    expect((await lost.call('POST', path)).body).toMatchObject({ resealed: 0, failed: 2, more: false });
    expect((await lost.call('GET', path)).body.sealing[1]).toEqual({ id: 's1', seals: false, objects: 2, versions: 0, missing: true });
    expect(world.errors.join()).toContain('an object cannot be sealed anew');
  });

  it('is for administrators, and shows no key', async () => {
    const token = await world.tokenFor('jane', []);
    const { call } = withKeys({ ...old, sealingKeys: [k2, ...old.sealingKeys] });
    for (const method of ['GET', 'POST']) expect((await call(method, path, { token })).status).toBe(403);
    expect((await call('DELETE', path)).status).toBe(405);
    const text = JSON.stringify((await call('GET', path)).body);
    for (const key of [k2.key, old.sealingKeys[0]!.key, old.tokenHmacKey, String(old.saSigningKey.d)]) expect(text).not.toContain(key);
  });
});

describe('another signing key', () => {
  it('serves with the earlier one until that is dropped', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const saSigningKey = { ...(await exportJWK(privateKey)), kid: 'k2', alg: 'ES256' };
    const { d: _, ...publicHalf } = old.saSigningKey;
    const both = withKeys({ ...old, saSigningKey, saVerifyingKeys: [publicHalf] });
    const only = withKeys({ ...old, saSigningKey });
    const ask = async (from: Pick<typeof both, 'call'>) =>
      (await from.call('POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { body: { spec: {} } })).body.status.token;
    const whoIs = async (to: typeof both, token: string) =>
      (await to.call('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { body: { spec: { token } } })).body.status;
    const [before, after] = [await ask(withKeys(old)), await ask(both)];
    for (const token of [before, after])
      expect(await whoIs(both, token)).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:default:default' } });
    expect(await whoIs(only, after)).toMatchObject({ authenticated: true });
    expect((await whoIs(only, before)).authenticated).not.toBe(true);
    expect((await whoIs(withKeys(old), after)).authenticated).not.toBe(true);
    const published = (await both.call('GET', '/openid/v1/jwks')).body.keys;
    expect(published.map(({ kid }: any) => kid)).toEqual(['k2', 'k1']);
    for (const key of published) expect(key).not.toHaveProperty('d');
    expect((await both.call('GET', path)).body.signing).toEqual([
      { kid: 'k2', signs: true },
      { kid: 'k1', signs: false },
    ]);
  });
});
