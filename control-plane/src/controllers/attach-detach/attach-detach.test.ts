import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import fc from '#fast-check';
import { nodes } from '#schema/core/node.ts';
import { persistentVolumes } from '#schema/core/persistent-volume.ts';
import { persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import { pods } from '#schema/core/pod.ts';
import { volumeAttachments } from '#schema/storage/volume-attachment.ts';
import { createTestWorld, rest, type TestWorld } from '../../controller-runtime/testing.ts';
import { attachmentName, sha256Hex } from './attachment-name.ts';

test('names are SHA-256', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 200, unit: 'grapheme' }), (text) => {
      expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
    }),
  );
});

const meta = (name: string) => ({ name, namespace: 'default' });
const driver = 'disk.example.com';

const volume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'v' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    csi: { driver, volumeHandle: 'disk-1' },
    claimRef: { ...meta('data'), kind: 'PersistentVolumeClaim', apiVersion: 'v1' },
    storageClassName: '',
  },
};
const claim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: meta('data'),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', volumeName: 'v' },
};
const pod = (name: string, nodeName: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name),
  spec: {
    nodeName,
    containers: [{ name: 'c', image: 'i' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
});

const attachments = async (world: TestWorld): Promise<string[]> =>
  (await world.list(volumeAttachments)).map(({ spec, metadata }) => {
    expect(metadata.name).toBe(attachmentName('disk-1', driver, spec.nodeName));
    return `${spec.attacher} ${spec.source.persistentVolumeName} ${spec.nodeName}`;
  });

test('a volume is attached where a pod uses it, to one node at a time, and let go when the node has unmounted it', async () => {
  const world = createTestWorld();
  await world.settle();
  await world.addNode('n1');
  await world.addNode('n2');
  await world.create(persistentVolumes, volume);
  await world.create(persistentVolumeClaims, claim);
  await world.settle();
  await world.create(pods, pod('a', 'n1'));
  await rest(world);
  expect(await attachments(world)).toEqual([`${driver} v n1`]);

  const name = attachmentName('disk-1', driver, 'n1');
  const mounted = `kubernetes.io/csi/${driver}^disk-1`;
  await world.update(volumeAttachments, '', name, (object) => Object.assign(object, { status: { attached: true } }), 'status');
  await world.settle();
  expect((await world.get(nodes, '', 'n1')).status.volumesAttached).toEqual([{ name: mounted, devicePath: '' }]);
  await world.update(nodes, '', 'n1', ({ status }) => Object.assign(status, { volumesInUse: [mounted] }), 'status');

  await world.create(pods, pod('b', 'n2'));
  await rest(world);
  expect(await attachments(world)).toEqual([`${driver} v n1`]);
  await world.remove(pods, 'default', 'a', { gracePeriodSeconds: 0 });
  await rest(world);
  expect(await attachments(world)).toEqual([`${driver} v n1`]);

  await world.update(nodes, '', 'n1', ({ status }) => Object.assign(status, { volumesInUse: [] }), 'status');
  await rest(world);
  expect((await world.get(nodes, '', 'n1')).status.volumesAttached).toBeUndefined();
  expect(await attachments(world)).toEqual([`${driver} v n2`]);
  expect(world.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
});

test('a node that is taken out of service, or gone, holds nothing back', async () => {
  for (const leave of [
    (world: TestWorld) =>
      world.update(nodes, '', 'n1', ({ spec }) =>
        Object.assign(spec, { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute', value: 'nodeshutdown' }] }),
      ),
    (world: TestWorld) => world.remove(nodes, '', 'n1'),
  ]) {
    const world = createTestWorld();
    await world.settle();
    await world.addNode('n1');
    await world.create(persistentVolumes, volume);
    await world.create(persistentVolumeClaims, claim);
    await world.create(pods, pod('a', 'n1'));
    await rest(world);
    const mounted = [`kubernetes.io/csi/${driver}^disk-1`];
    await world.update(nodes, '', 'n1', ({ status }) => Object.assign(status, { volumesInUse: mounted }), 'status');
    await world.remove(pods, 'default', 'a', { gracePeriodSeconds: 0 });
    await rest(world);
    expect(await attachments(world)).toHaveLength(1);
    await leave(world);
    await rest(world);
    expect(await attachments(world)).toEqual([]);
  }
});
