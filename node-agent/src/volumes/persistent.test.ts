import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { Pod } from '#schema/core/pod.ts';
import { ManualClock, MemoryView, noApi, podOf, quietLog } from '../pods/fixtures.ts';
import { createLocalDirectories } from './local-directories.ts';
import { giveToGroup } from './ownership.ts';
import { createPodVolumes, memoryFolder, type PodVolumes } from './pod-volumes.ts';

const facts = { podIP: '10.64.0.2', hostIP: '192.0.2.10', allocatable: {} };
let dir: string;
let view: MemoryView;
let volumes: PodVolumes;

const settingsIn = (folder: string) => ({
  clusterUid: 'claims-test',
  nodeName: 'n1',
  dir: folder,
  server: '',
  serviceCIDR: '',
  clusterDNS: '',
  clusterDomain: 'cluster.local',
});

const open = () => {
  const settings = settingsIn(dir);
  volumes = createPodVolumes({ settings, view, api: noApi, clock: new ManualClock() });
};

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-claims-'));
  view = new MemoryView();
  open();
});
afterEach(async () => {
  for (const folder of [dir, memoryFolder(settingsIn(dir))]) await rm(folder, { recursive: true, force: true });
});

type VolumeSpec = PersistentVolume['spec'];
const provisioned: Partial<VolumeSpec> = {
  csi: { driver: 'local-directory.kedge.dev', volumeHandle: 'pvc-u1' },
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n1'] }] }] },
  },
};
const putVolume = (spec: Partial<VolumeSpec>, metadata: Partial<PersistentVolume['metadata']> = {}) =>
  view.put('core/persistentvolumes', {
    metadata: { name: 'pvc-u1', uid: 'pv1', resourceVersion: '7', ...metadata },
    spec: { claimRef: { namespace: 'default', name: 'data', uid: 'u1' }, ...spec },
  } as never);
const putClaim = (change: object = {}) =>
  view.put('core/persistentvolumeclaims', {
    metadata: { namespace: 'default', name: 'data', uid: 'u1' },
    spec: { volumeName: 'pvc-u1' },
    status: { phase: 'Bound' },
    ...change,
  } as never);
const pod = (more: Partial<Pod['spec']> = {}, volume: object = { persistentVolumeClaim: { claimName: 'data' } }) =>
  podOf('web', { volumes: [{ name: 'v', ...volume }], containers: [{ name: 'app', image: 'i' }], ...more });
const prepare = async (of = pod()) => (await volumes.prepare(of, facts)).get('v')!;

it('makes a directory of the provisioner once, which outlives the pod', async () => {
  putClaim();
  putVolume(provisioned);
  const { hostPath, readOnly } = await prepare();
  expect([hostPath, readOnly]).toEqual([join(dir, 'volumes', 'pvc-u1'), false]);
  expect((await stat(hostPath)).mode & 0o777).toBe(0o777);
  await writeFile(join(hostPath, 'kept'), 'yes');
  await volumes.remove('uid-web');
  open();
  expect(await readFile(join((await prepare()).hostPath, 'kept'), 'utf8')).toBe('yes');
});

it('uses paths of the node, and a claim that was made for the pod', async () => {
  putClaim();
  putVolume({ hostPath: { path: join(dir, 'somewhere'), type: 'DirectoryOrCreate' } });
  expect(await prepare(pod({}, { persistentVolumeClaim: { claimName: 'data', readOnly: true } }))).toEqual({
    hostPath: join(dir, 'somewhere'),
    readOnly: true,
  });
  putVolume({ local: { path: dir } });
  expect((await prepare()).hostPath).toBe(dir);
  const owned = { name: 'web-v', namespace: 'default', uid: 'u1', ownerReferences: [{ uid: 'uid-web', controller: true }] };
  putClaim({ metadata: owned });
  expect((await prepare(pod({}, { ephemeral: {} }))).hostPath).toBe(dir);
  putClaim({ metadata: { ...owned, ownerReferences: [] } });
  await expect(prepare(pod({}, { ephemeral: {} }))).rejects.toThrow('was not created for pod default/web (pod is not owner)');
});

it.each<[string, object | undefined, Partial<VolumeSpec> | undefined, string]>([
  ['no claim', undefined, provisioned, 'persistentvolumeclaim "data" not found'],
  ['not bound', { status: { phase: 'Pending' }, spec: {} }, provisioned, 'PVC is not bound'],
  ['no volume', {}, undefined, 'persistentvolumes "pvc-u1" not found'],
  ['another claim', {}, { ...provisioned, claimRef: { uid: 'other' } }, 'PV pvc-u1 is bound to another claim'],
  ['a path as handle', {}, { csi: { driver: 'local-directory.kedge.dev', volumeHandle: '../../etc' } }, 'is no volume handle of'],
  ['another driver', {}, { csi: { driver: 'x.example', volumeHandle: 'h' } }, 'driver name x.example not found'],
  ['a missing path', {}, { local: { path: '/no/such/path' } }, 'path "/no/such/path" does not exist'],
  ['a block device', {}, { ...provisioned, volumeMode: 'Block' }, 'volumeMode Block'],
])('says what is wrong: %s', async (_name, claim, volume, message) => {
  if (claim) putClaim(claim);
  if (volume) putVolume(volume);
  await expect(prepare()).rejects.toThrow(message);
});

it('gives a volume to the group of the pod, without following links', async () => {
  const root = join(dir, 'volume');
  const outside = join(dir, 'outside');
  await mkdir(join(root, 'sub'), { recursive: true });
  await writeFile(join(root, 'sub', 'file'), '');
  await writeFile(outside, '');
  await chmod(outside, 0o600);
  await symlink(outside, join(root, 'link'));
  const group = process.getgid!();
  await giveToGroup(root, group, undefined);
  const modes = await Promise.all(
    [root, join(root, 'sub'), join(root, 'sub', 'file'), outside].map(async (path) => (await stat(path)).mode),
  );
  expect(modes.map((mode) => mode & 0o2060)).toEqual([0o2060, 0o2060, 0o060, 0]);
  await chmod(join(root, 'sub', 'file'), 0o600);
  await giveToGroup(root, group, 'OnRootMismatch');
  expect((await stat(join(root, 'sub', 'file'))).mode & 0o060).toBe(0);
});

it('removes a directory with its volume, when no pod uses it, and lets go of the object', async () => {
  const requests: { path: string; body: unknown }[] = [];
  let status = 503;
  const api = {
    request: async (path: string, init?: { body?: unknown }) => {
      requests.push({ path, body: JSON.parse(String(init?.body)) });
      return new Response('{}', { status });
    },
  };
  let used = true;
  const options = { volumesDir: join(dir, 'volumes'), nodeName: 'n1', view, api, clock: new ManualClock(), log: quietLog };
  const directories = createLocalDirectories({ ...options, inUse: () => used });
  const path = join(dir, 'volumes', 'pvc-u1');
  await mkdir(path, { recursive: true });
  const finalizers = ['kubernetes.io/pv-protection', 'local-directory.kedge.dev/directory'];
  const exists = async () => (await stat(path).catch(() => undefined)) !== undefined;

  putVolume(provisioned, { finalizers });
  expect([await directories.sweep(), await exists()]).toEqual([false, true]);
  putVolume(provisioned, { finalizers, deletionTimestamp: '2030-01-01T00:00:00Z' });
  expect([await directories.sweep(), await exists()]).toEqual([true, true]);
  used = false;
  view.complete = false;
  expect([await directories.sweep(), await exists()]).toEqual([true, true]);
  view.complete = true;
  // The API did not answer: once more later.
  expect([await directories.sweep(), await exists()]).toEqual([true, false]);
  status = 200;
  expect(await directories.sweep()).toBe(false);
  expect(requests.at(-1)).toEqual({
    path: '/api/v1/persistentvolumes/pvc-u1',
    body: { metadata: { uid: 'pv1', resourceVersion: '7', finalizers: ['kubernetes.io/pv-protection'] } },
  });
  putVolume(
    { ...provisioned, nodeAffinity: { required: { nodeSelectorTerms: [] } } },
    { finalizers, deletionTimestamp: '2030-01-01T00:00:00Z' },
  );
  expect([await directories.sweep(), requests.length]).toEqual([false, 2]);
});
