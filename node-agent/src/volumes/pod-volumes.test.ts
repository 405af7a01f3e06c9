import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import type { ApiClient } from '../context.ts';
import { ManualClock, MemoryView, podOf } from '../pods/fixtures.ts';
import { createPodVolumes, memoryFolder, type PodVolumes } from './pod-volumes.ts';

const facts = { podIP: '10.64.0.2', hostIP: '192.0.2.10', allocatable: {} };
let dir: string;
let clusterUid: string;
let view: MemoryView;
let clock: ManualClock;
let volumes: PodVolumes;
let requests: { path: string; body: any }[];
let answer: () => Response;

const settings = () => ({ clusterUid, nodeName: 'n1', dir, server: '', serviceCIDR: '', clusterDNS: '', clusterDomain: 'cluster.local' });
const open = () => {
  const api: ApiClient = {
    request: async (path, init) => {
      requests.push({ path, body: JSON.parse(String(init?.body)) });
      return answer();
    },
  };
  volumes = createPodVolumes({ settings: settings(), view, api, clock });
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-volumes-'));
  clusterUid = `test-${dir.slice(-6)}`;
  view = new MemoryView();
  clock = new ManualClock();
  requests = [];
  let count = 0;
  answer = () =>
    Response.json({ status: { token: `token-${++count}`, expirationTimestamp: new Date(clock.now() + 3_600_000).toISOString() } });
  open();
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
  await rm(memoryFolder(settings()), { recursive: true, force: true });
});

type Volume = NonNullable<Pod['spec']['volumes']>[number];
const podWith = (volume: Omit<Volume, 'name'>, spec: Partial<Pod['spec']> = {}) =>
  podOf('web', { ...spec, volumes: [{ name: 'v', ...volume }], containers: [{ name: 'app', image: 'i' }] }, { labels: { a: 'b' } });
const prepare = async (volume: Omit<Volume, 'name'>, spec?: Partial<Pod['spec']>) =>
  (await volumes.prepare(podWith(volume, spec), facts)).get('v')!;
const configMap = (data: Record<string, string>) => view.put('core/configmaps', { metadata: { name: 'cm', namespace: 'default' }, data });
const secret = (data: Record<string, string>) =>
  view.put('core/secrets', {
    metadata: { name: 's', namespace: 'default' },
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  });

it('swaps a changed ConfigMap in as a whole and leaves an unchanged one alone', async () => {
  configMap({ a: '1', b: '2' });
  const { hostPath, readOnly } = await prepare({ configMap: { name: 'cm' } });
  expect(readOnly).toBe(true);
  expect(await readFile(join(hostPath, 'a'), 'utf8')).toBe('1');
  expect(await readlink(join(hostPath, 'a'))).toBe('..data/a');
  const before = await readlink(join(hostPath, '..data'));
  await prepare({ configMap: { name: 'cm' } });
  expect(await readlink(join(hostPath, '..data'))).toBe(before);
  configMap({ a: '3', c: '4' });
  await prepare({ configMap: { name: 'cm' } });
  expect((await readdir(hostPath)).filter((name) => !name.startsWith('..')).sort()).toEqual(['a', 'c']);
  expect(await readFile(join(hostPath, 'a'), 'utf8')).toBe('3');
  expect(await readdir(hostPath)).not.toContain(before);
});

it('takes the named items, with their paths and modes', async () => {
  configMap({ a: '1', b: '2' });
  const { hostPath } = await prepare({
    configMap: {
      name: 'cm',
      defaultMode: 0o640,
      items: [
        { key: 'a', path: 'deep/er', mode: 0o400 },
        { key: 'b', path: 'b' },
      ],
    },
  });
  expect(await readFile(join(hostPath, 'deep/er'), 'utf8')).toBe('1');
  expect((await stat(join(hostPath, 'deep/er'))).mode & 0o777).toBe(0o400);
  expect((await stat(join(hostPath, 'b'))).mode & 0o777).toBe(0o640);
});

it.each([
  [{ configMap: { name: 'none' } }, 'MountVolume.SetUp failed for volume "v" : configmap "none" not found'],
  [{ secret: { secretName: 'none' } }, 'MountVolume.SetUp failed for volume "v" : secret "none" not found'],
  [{ configMap: { name: 'cm', items: [{ key: 'z', path: 'z' }] } }, 'configmap "cm" references non-existent config key: z'],
  [{ configMap: { name: 'cm', items: [{ key: 'a', path: '../../out' }] } }, 'must be relative'],
  [{ nfs: { server: 's', path: '/' } }, 'no volume plugin matched: nfs'],
  [{ hostPath: { path: '/no/such/place', type: 'Directory' as const } }, 'hostPath type check failed: /no/such/place is not a directory'],
])('refuses %j', async (volume, message) => {
  configMap({ a: '1' });
  await expect(prepare(volume)).rejects.toThrow(message);
});

it('lets an optional source be missing', async () => {
  const { hostPath } = await prepare({ secret: { secretName: 'none', optional: true } });
  expect((await readdir(hostPath)).filter((name) => !name.startsWith('..'))).toEqual([]);
});

it('keeps secrets off the disk where there is a tmpfs, in a folder of the agent alone', async () => {
  secret({ password: 'canary' });
  const { hostPath } = await prepare({ secret: { secretName: 's' } });
  expect(hostPath.startsWith(memoryFolder(settings()))).toBe(true);
  expect((await lstat(memoryFolder(settings()))).mode & 0o777).toBe(0o700);
  expect(await readFile(join(hostPath, 'password'), 'utf8')).toBe('canary');
  expect(await readdir(dir, { recursive: true })).not.toContain('password');
  await volumes.remove('uid-web');
  await expect(stat(hostPath)).rejects.toThrow('ENOENT');
});

it('projects token, ConfigMap and fields in one folder; the token is renewed at 80 % of its life', async () => {
  configMap({ 'ca.crt': 'CA' });
  const volume = {
    projected: {
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds: 3607 } },
        { configMap: { name: 'cm', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  };
  const first = await prepare(volume, { serviceAccountName: 'builder' });
  const read = (name: string) => readFile(join(first.hostPath, name), 'utf8');
  expect([await read('token'), await read('ca.crt'), await read('namespace')]).toEqual(['token-1', 'CA', 'default']);
  expect(requests).toMatchObject([
    {
      path: '/api/v1/namespaces/default/serviceaccounts/builder/token',
      body: { spec: { expirationSeconds: 3607, boundObjectRef: { kind: 'Pod', name: 'web', uid: 'uid-web' } } },
    },
  ]);
  expect(first.refreshAtMs! - clock.now()).toBe(3_600_000 * 0.8);
  await prepare(volume);
  expect(await read('token')).toBe('token-1');
  await clock.advance(3_600_000 * 0.8);
  await prepare(volume);
  expect(await read('token')).toBe('token-2');

  // Cut off, after a restart of the agent: the token on disk serves on.
  answer = () => Response.json({ message: 'away' }, { status: 503 });
  open();
  expect((await prepare(volume)).refreshAtMs! - clock.now()).toBe(30_000);
  expect(await read('token')).toBe('token-2');
});

it('says so when no token can be had', async () => {
  answer = () => Response.json({ message: 'serviceaccounts "default" not found' }, { status: 404 });
  await expect(prepare({ projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } })).rejects.toThrow(
    'failed to fetch token: serviceaccounts "default" not found',
  );
});

it('keeps what is in an emptyDir, which anybody in the pod may write', async () => {
  const { hostPath } = await prepare({ emptyDir: {} });
  expect((await stat(hostPath)).mode & 0o777).toBe(0o777);
  await writeFile(join(hostPath, 'kept'), '');
  await prepare({ emptyDir: {} });
  expect(await readdir(hostPath)).toEqual(['kept']);
  expect((await prepare({ emptyDir: { medium: 'Memory' } })).hostPath.startsWith(memoryFolder(settings()))).toBe(true);
});

it('leaves unchanged files alone that the pod’s group may read beyond their mode', async () => {
  secret({ password: 'p' });
  const group = process.getgid!();
  const inGroup = () => prepare({ secret: { secretName: 's', defaultMode: 0o400 } }, { securityContext: { fsGroup: group } });
  const { hostPath } = await inGroup();
  expect((await stat(join(hostPath, 'password'))).mode & 0o777).toBe(0o440);
  const before = await readlink(join(hostPath, '..data'));
  await inGroup();
  expect(await readlink(join(hostPath, '..data'))).toBe(before);
});
