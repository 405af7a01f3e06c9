import { expect, it } from 'vitest';
import { podOf } from '../fixtures.ts';
import { pullCredentials, registryOf } from './credentials.ts';

const base64 = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');

it.each([
  ['nginx', 'docker.io'],
  ['library/nginx:1', 'docker.io'],
  ['localhost/a', 'localhost'],
  ['localhost:5000/a/b@sha256:1', 'localhost:5000'],
  ['ghcr.io/a/b', 'ghcr.io'],
])('%s is of %s', (image, registry) => {
  expect(registryOf(image)).toBe(registry);
});

it('takes the secret that fits the registry, else the service account’s', () => {
  const secrets: Record<string, object> = {
    hub: { 'https://index.docker.io/v1/': { auth: base64('me:pass:word') } },
    ghcr: { 'ghcr.io': { username: 'u', password: 'p' } },
  };
  const objects = {
    secret: (name: string) =>
      secrets[name] ? { metadata: { name }, data: { '.dockerconfigjson': base64({ auths: secrets[name] }) } } : undefined,
    serviceAccount: () => ({ metadata: { name: 'default' }, imagePullSecrets: [{ name: 'ghcr' }] }),
  };
  const own = podOf('a', { containers: [], imagePullSecrets: [{ name: 'none' }, { name: 'hub' }] });
  expect(pullCredentials(own, 'nginx', objects)).toEqual({ username: 'me', password: 'pass:word' });
  expect(pullCredentials(own, 'ghcr.io/a/b', objects)).toBeUndefined();
  expect(pullCredentials(podOf('b', { containers: [] }), 'ghcr.io/a/b', objects)).toEqual({ username: 'u', password: 'p' });
});
