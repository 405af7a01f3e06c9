import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type PersistentVolume, persistentVolumes } from './persistent-volume.ts';
import { type PersistentVolumeClaim, persistentVolumeClaims } from './persistent-volume-claim.ts';

const accessModes = ['ReadWriteOnce'];

describe('persistent volumes', () => {
  const volume = (spec: object, old?: PersistentVolume) =>
    accept<PersistentVolume>(
      persistentVolumes,
      { metadata: { name: 'disk' }, spec: { capacity: { storage: '5Gi' }, accessModes, hostPath: { path: '/srv' }, ...spec } },
      old,
    );
  const local = { hostPath: undefined, local: { path: '/mnt/a' } };

  it('get their defaults', () => {
    const { object, errors } = volume({});
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
      hostPath: { path: '/srv', type: '' },
    });
    expect(object.status).toEqual({ phase: 'Pending', lastPhaseTransitionTime: '1970-01-01T00:00:00Z' });
  });

  it.each<[string, object, string[]]>([
    ['no source', { hostPath: undefined }, ['spec: Required value: must specify a volume type']],
    ['two sources', { nfs: { server: 's', path: '/' } }, ['spec.nfs: Forbidden: may not specify more than 1 volume type']],
    ['no mode', { accessModes: [] }, ['spec.accessModes: Required value']],
    [
      'another mode',
      { accessModes: ['Often'] },
      [
        'spec.accessModes: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    ['no capacity', { capacity: { storage: '0' } }, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
    [
      'more than storage',
      { capacity: { storage: '1', cpu: '1' } },
      ['spec.capacity: Unsupported value: {"storage":"1","cpu":"1"}: supported values: "storage"'],
    ],
    [
      'another policy',
      { persistentVolumeReclaimPolicy: 'Keep' },
      ['spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Recycle", "Retain"'],
    ],
    [
      'another volume mode',
      { volumeMode: 'Tape' },
      ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"'],
    ],
    ['a way out', { hostPath: { path: '/srv/..' } }, [`spec.hostPath.path: Invalid value: "/srv/..": must not contain '..'`]],
    [
      'wiping a node',
      { hostPath: { path: '/' }, persistentVolumeReclaimPolicy: 'Recycle' },
      [`spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'`],
    ],
    ['a local disk anywhere', local, ['metadata.annotations: Required value: Local volume requires node affinity']],
    [
      'nodes that are not named',
      { ...local, nodeAffinity: {} },
      ['spec.nodeAffinity.required: Required value: must specify required node constraints'],
    ],
    ['a driver without a name', { hostPath: undefined, csi: { volumeHandle: 'v' } }, ['spec.csi.driver: Required value']],
  ])('refuse %s', (_, spec, expected) => {
    expect(volume(spec).errors).toEqual(expected);
  });

  it('stay what they are', () => {
    const { object: old } = volume({});
    expect(volume({ capacity: { storage: '9Gi' }, claimRef: { name: 'a', namespace: 'b' } }, old).errors).toEqual([]);
    expect(volume({ hostPath: { path: '/other' } }, old).errors).toEqual([
      'spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation',
    ]);
    expect(volume({ volumeMode: 'Block' }, old).errors).toEqual(['volumeMode: Invalid value: "Block": field is immutable']);
    const csi = { driver: 'd', volumeHandle: 'v' };
    const { object: driven } = volume({ hostPath: undefined, csi });
    expect(volume({ hostPath: undefined, csi: { ...csi, controllerExpandSecretRef: { name: 's' } } }, driven).errors).toEqual([]);
  });

  it('are shown as kubectl does', () => {
    const { object } = volume({
      accessModes: ['ReadWriteMany', 'ReadWriteOnce'],
      claimRef: { namespace: 'default', name: 'data' },
      storageClassName: 'fast',
    });
    expect(row(persistentVolumes, object, 0)).toMatchObject({
      Capacity: '5Gi',
      'Access Modes': 'RWO,RWX',
      'Reclaim Policy': 'Retain',
      Status: 'Pending',
      Claim: 'default/data',
      StorageClass: 'fast',
      VolumeAttributesClass: '<unset>',
      Reason: '',
      VolumeMode: 'Filesystem',
    });
  });
});

describe('persistent volume claims', () => {
  const resources = { requests: { storage: '1Gi' } };
  const claim = (spec: object, old?: PersistentVolumeClaim) =>
    accept<PersistentVolumeClaim>(
      persistentVolumeClaims,
      { metadata: { name: 'data', namespace: 'default' }, spec: { accessModes, resources, ...spec } },
      old,
    );
  const ofSize = (storage: string) => ({ resources: { requests: { storage } } });
  const FROZEN =
    'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

  it('get their defaults', () => {
    const { object, errors } = claim({});
    expect(errors).toEqual([]);
    expect(object.spec.volumeMode).toBe('Filesystem');
    expect(object.status).toEqual({ phase: 'Pending' });
  });

  it('say the same of their source in both fields', () => {
    const dataSource = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' };
    expect(claim({ dataSource }).object.spec.dataSourceRef).toEqual(dataSource);
    expect(claim({ dataSourceRef: dataSource }).object.spec.dataSource).toEqual(dataSource);
    expect(claim({ dataSource, dataSourceRef: { ...dataSource, name: 't' } }).errors).toEqual([
      'spec: Invalid value: "spec.dataSource": must match dataSourceRef',
    ]);
  });

  it.each<[string, object, string[]]>([
    [
      'nothing',
      { accessModes: undefined, resources: undefined },
      ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'],
    ],
    ['no size', ofSize('0'), ['spec.resources[storage]: Invalid value: "0": must be greater than zero']],
    [
      'one pod and others',
      { accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] },
      ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes'],
    ],
    ['another mode', { volumeMode: 'Tape' }, ['spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"']],
    [
      'a source of the core group',
      { dataSource: { kind: 'Pod', name: 'p' } },
      [
        `spec.dataSource: Invalid value: "Pod": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
        `spec.dataSourceRef: Invalid value: "Pod": must be 'PersistentVolumeClaim' when referencing the default apiGroup`,
      ],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(claim(spec).errors).toEqual(expected);
  });

  it('are bound once, and grow only when they are', () => {
    const { object: old } = claim({});
    expect(claim({ volumeName: 'disk', storageClassName: 'fast' }, old).errors).toEqual([]);
    expect(claim({ accessModes: ['ReadWriteMany'] }, old).errors).toEqual([FROZEN]);
    expect(claim(ofSize('2Gi'), old).errors).toEqual([FROZEN]);

    const { object: bound } = claim({ volumeName: 'disk', storageClassName: 'fast' });
    bound.status = { phase: 'Bound', capacity: { storage: '1Gi' } };
    const kept = { volumeName: 'disk', storageClassName: 'fast' };
    expect(claim({ ...kept, ...ofSize('2Gi') }, bound).errors).toEqual([]);
    expect(claim({ ...kept, volumeName: 'other' }, bound).errors).toEqual([FROZEN]);
    expect(claim({ ...kept, ...ofSize('500Mi') }, bound).errors).toEqual([
      'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
    ]);
  });

  it('are shown as kubectl does', () => {
    const { object } = claim({ storageClassName: 'fast' });
    expect(row(persistentVolumeClaims, object, 0)).toMatchObject({
      Status: 'Pending',
      Volume: '',
      Capacity: '',
      'Access Modes': '',
      StorageClass: 'fast',
    });
    object.spec.volumeName = 'disk';
    object.status = { phase: 'Bound', capacity: { storage: '5Gi' }, accessModes };
    expect(row(persistentVolumeClaims, object, 0)).toMatchObject({
      Status: 'Bound',
      Volume: 'disk',
      Capacity: '5Gi',
      'Access Modes': 'RWO',
    });
    object.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    expect(row(persistentVolumeClaims, object, 0).Status).toBe('Terminating');
  });
});
