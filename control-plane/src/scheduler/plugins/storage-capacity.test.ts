/** Volumes are made only where their driver says that it has room. */
import { describe, expect, it } from 'vitest';
import { TestCluster } from '../testing/cluster.ts';

const ZONE = 'topology.kubernetes.io/zone';

const withClaim = (driver: object): TestCluster => {
  const cluster = new TestCluster();
  for (const zone of ['a', 'b']) cluster.node(zone, {}, { [ZONE]: zone });
  cluster.add({ apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'example.com' }, spec: driver });
  cluster.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'disks' },
    provisioner: 'example.com',
    volumeBindingMode: 'WaitForFirstConsumer',
  });
  const spec = { storageClassName: 'disks', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '10Gi' } } };
  cluster.add({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec, status: { phase: 'Pending' } });
  cluster.pod('db', '1', { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] });
  return cluster;
};

const room = (cluster: TestCluster, zone: string, sizes: object, storageClassName = 'disks') =>
  cluster.add({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { name: `${zone}-${storageClassName}`, namespace: 'default' },
    storageClassName,
    nodeTopology: { matchLabels: { [ZONE]: zone } },
    ...sizes,
  });

const chosen = (cluster: TestCluster): string | undefined =>
  cluster.cache.get('core/persistentvolumeclaims', 'default', 'data')?.metadata.annotations?.['volume.kubernetes.io/selected-node'];

describe('storage capacity', () => {
  it('keeps a pod waiting where there is no room for its volume, and wakes it when there is', () => {
    const cluster = withClaim({ storageCapacity: true });
    room(cluster, 'a', { capacity: '9Gi' });
    room(cluster, 'b', { capacity: '100Gi' }, 'others');
    cluster.pass();
    expect(cluster.message('db')).toMatch(/^0\/2 nodes are available: 2 node\(s\) did not have enough free storage\./);
    expect(chosen(cluster)).toBeUndefined();
    room(cluster, 'b', { capacity: '10Gi' });
    cluster.nowMs += 20_000;
    cluster.pass();
    expect(chosen(cluster)).toBe('b');
  });

  it('counts the largest volume rather than all that is left', () => {
    const cluster = withClaim({ storageCapacity: true });
    room(cluster, 'a', { capacity: '100Gi', maximumVolumeSize: '5Gi' });
    room(cluster, 'b', { capacity: '1Gi', maximumVolumeSize: '20Gi' });
    cluster.pass();
    expect(chosen(cluster)).toBe('b');
  });

  it('is not asked of drivers that do not count', () => {
    const cluster = withClaim({});
    room(cluster, 'b', { capacity: '1Gi' });
    cluster.pass();
    expect(chosen(cluster)).toBeDefined();
  });
});
