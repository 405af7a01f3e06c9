/** Tokens that are not service accounts' own: Secrets in kube-system, Secrets of accounts, and an OpenID Connect provider. */
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createWorld, type World } from '../apiserver/testing.ts';
import { authenticate } from './authenticate.ts';
import { mintToken } from './tokens.ts';

let world: World;
const settled: Promise<unknown>[] = [];
beforeAll(async () => {
  world = await createWorld();
  Object.assign(world.platform, { background: (work: Promise<unknown>) => void settled.push(work) });
  await world.create('/api/v1/namespaces', { metadata: { name: 'kube-system' } });
});
afterAll(() => world.close());

const system = '/api/v1/namespaces/kube-system/secrets';
const whoami = async (token: string) => {
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const { status, body } = await world.call('POST', path, {}, { authorization: `Bearer ${token}` });
  return status === 201 ? body.status.userInfo : status;
};

describe('bootstrap tokens', () => {
  const secret = (id: string, more: Record<string, string> = {}) =>
    world.create(system, {
      metadata: { name: `bootstrap-token-${id}` },
      type: 'bootstrap.kubernetes.io/token',
      stringData: { 'token-id': id, 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true', ...more },
    });

  test('name a bootstrapper with its groups, until they are over or deleted', async () => {
    await secret('aaaaaa', { 'auth-extra-groups': 'system:bootstrappers:worker', expiration: '2026-01-01T00:10:00Z' });
    expect(await whoami('aaaaaa.0123456789abcdef')).toEqual({
      username: 'system:bootstrap:aaaaaa',
      groups: ['system:bootstrappers', 'system:bootstrappers:worker', 'system:authenticated'],
    });
    expect(await whoami('aaaaaa.0123456789abcdee')).toBe(401);
    world.nowMs += 600_000;
    expect(await whoami('aaaaaa.0123456789abcdef')).toBe(401);
    await secret('bbbbbb');
    expect(await whoami('bbbbbb.0123456789abcdef')).toMatchObject({ username: 'system:bootstrap:bbbbbb' });
    await world.call('DELETE', `${system}/bootstrap-token-bbbbbb`);
    world.nowMs += 5001;
    expect(await whoami('bbbbbb.0123456789abcdef')).toBe(401);
  });

  test.each([
    ['cccccc', { 'usage-bootstrap-authentication': 'false' }],
    ['dddddd', { 'auth-extra-groups': 'system:masters' }],
    ['eeeeee', { expiration: 'tomorrow' }],
    ['ffffff', { 'token-id': 'aaaaaa' }],
  ])('%s with %o is none', async (id, more) => {
    await secret(id, more);
    expect(await whoami(`${id}.0123456789abcdef`)).toBe(401);
  });
});

describe('stored tokens', () => {
  test('are known by their hash, and end with their Secret', async () => {
    const { token, id, sha256 } = await mintToken(world.platform.keys.tokenHmacKey, world.platform.random);
    expect(await whoami(token)).toBe(401);
    await world.create(system, {
      metadata: { name: `kedge-token-${id}` },
      type: 'kedge.dev/token',
      stringData: { sha256, user: 'ops', groups: 'system:masters, people' },
    });
    expect(await whoami(token)).toEqual({ username: 'ops', groups: ['system:masters', 'people', 'system:authenticated'] });
    const ended: string[] = [];
    world.platform.hub.endCredential = async (credential) => void ended.push(credential);
    await world.call('DELETE', `${system}/kedge-token-${id}`);
    expect(ended).toEqual([id]);
    world.nowMs += 5001;
    expect(await whoami(token)).toBe(401);
  });
});

describe('Secrets of service accounts', () => {
  const secrets = '/api/v1/namespaces/default/secrets';

  test('are filled, and their token is good while both exist', async () => {
    await world.create('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'old' } });
    const annotations = { 'kubernetes.io/service-account.name': 'old' };
    await world.create(secrets, { metadata: { name: 'old-token', annotations }, type: 'kubernetes.io/service-account-token' });
    await Promise.all(settled);
    const { data, metadata } = (await world.call('GET', `${secrets}/old-token`)).body;
    expect(atob(data.namespace)).toBe('default');
    expect(metadata.annotations['kubernetes.io/service-account.uid']).toBeDefined();
    expect(await whoami(atob(data.token))).toMatchObject({
      username: 'system:serviceaccount:default:old',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    });
    await world.call('DELETE', `${secrets}/old-token`);
    world.nowMs += 5001;
    expect(await whoami(atob(data.token))).toBe(401);
  });
});

describe('an OpenID Connect provider', () => {
  const issuer = 'https://login.test';
  const nowSeconds = () => Math.floor(world.nowMs / 1000);

  const provider = async () => {
    let pair = await generateKeyPair('ES256', { extractable: true });
    let kid = 'first';
    const asked: string[] = [];
    const pages: Record<string, () => Promise<object>> = {
      [`${issuer}/.well-known/openid-configuration`]: async () => ({ issuer, jwks_uri: `${issuer}/keys` }),
      [`${issuer}/keys`]: async () => ({ keys: [{ ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256' }] }),
    };
    const authenticator = authenticate(
      {
        ...world.platform,
        oidc: {
          issuer,
          clientId: 'kedge',
          usernameClaim: 'email',
          groupsClaim: 'groups',
          groupsPrefix: 'oidc:',
          requiredClaims: { hd: 'x' },
        },
      },
      {
        fetch: (async (url: string) => {
          asked.push(url);
          return Response.json(await pages[url]!());
        }) as typeof fetch,
      },
    );
    const claims = { iss: issuer, aud: 'kedge', email: 'ann@x.test', groups: ['devs', 'ops'], hd: 'x' };
    const token = (changed: object = {}, key = pair.privateKey, id = kid) =>
      new SignJWT({ ...claims, ...changed })
        .setProtectedHeader({ alg: 'ES256', kid: id })
        .setExpirationTime(nowSeconds() + 3600)
        .sign(key);
    const rotate = async () => {
      pair = await generateKeyPair('ES256', { extractable: true });
      kid = 'second';
    };
    return { authenticator, asked, token, rotate };
  };

  test('names its users, and its keys are asked for once', async () => {
    const { authenticator, asked, token } = await provider();
    const found = await authenticator.check(await token());
    expect(found).toMatchObject({
      user: { name: 'ann@x.test', groups: ['oidc:devs', 'oidc:ops', 'system:authenticated'] },
      expiresMs: (nowSeconds() + 3600) * 1000,
    });
    await authenticator.check(await token({ email: 'bob@x.test' }));
    expect(asked).toHaveLength(2);
  });

  test('refuses what is not good', async () => {
    const { authenticator, token } = await provider();
    const stranger = await generateKeyPair('ES256');
    for (const bad of [
      token({ aud: 'other' }),
      token({ hd: 'y' }),
      token({ email: '' }),
      token({ email: 'system:admin' }),
      token({ email_verified: false }),
      token({}, stranger.privateKey),
    ]) {
      expect(await authenticator.check(await bad)).toBeUndefined();
    }
  });

  test('that does not answer is asked again after a while only', async () => {
    const { token } = await provider();
    let asked = 0;
    const authenticator = authenticate(
      { ...world.platform, oidc: { issuer, clientId: 'kedge' } },
      {
        fetch: (async () => {
          asked++;
          return new Response('', { status: 503 });
        }) as typeof fetch,
      },
    );
    for (let i = 0; i < 5; i++) expect(await authenticator.check(await token({ sub: String(i) }))).toBeUndefined();
    expect(asked).toBe(1);
    world.nowMs += 10_000;
    await authenticator.check(await token());
    expect(asked).toBe(2);
  });

  test('follows a change of keys, and is not asked at each unknown one', async () => {
    const { authenticator, asked, token, rotate } = await provider();
    await authenticator.check(await token());
    await rotate();
    expect(await authenticator.check(await token())).toBeUndefined();
    expect(asked).toHaveLength(2);
    world.nowMs += 30_000;
    expect(await authenticator.check(await token())).toBeDefined();
    expect(asked).toHaveLength(4);
  });
});
