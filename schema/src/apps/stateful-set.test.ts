import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type StatefulSet, statefulSets } from './stateful-set.ts';

const metadata = { name: 'db', namespace: 'default' };
const selector = { matchLabels: { app: 'db' } };
const container = { name: 'c', image: 'postgres', volumeMounts: [{ name: 'data', mountPath: '/data' }] };
const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [container] } };
const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
const set = (spec: object, old?: StatefulSet) =>
  accept<StatefulSet>(
    statefulSets,
    { metadata, spec: { selector, template, serviceName: 'db', volumeClaimTemplates: [claim], ...spec } },
    old,
  );

const FROZEN =
  "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

describe('stateful sets', () => {
  it('get their defaults, and so do their claims', () => {
    const { object, errors } = set({});
    expect(errors).toEqual([]);
    expect(object.spec).toMatchObject({
      replicas: 1,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    expect(object.spec.volumeClaimTemplates).toEqual([
      {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'data' },
        spec: { ...claim.spec, volumeMode: 'Filesystem' },
        status: { phase: 'Pending' },
      },
    ]);
    expect(object.status).toEqual({ replicas: 0, availableReplicas: 0 });
    expect(set({ updateStrategy: { type: 'OnDelete' } }).object.spec.updateStrategy).toEqual({ type: 'OnDelete' });
  });

  it.each<[string, object, string[]]>([
    [
      'another policy',
      { podManagementPolicy: 'Wild' },
      [`spec.podManagementPolicy: Invalid value: "Wild": must be 'OrderedReady' or 'Parallel'`],
    ],
    [
      'another strategy',
      { updateStrategy: { type: 'Recreate' } },
      [`spec.updateStrategy: Invalid value: {"type":"Recreate"}: must be 'RollingUpdate' or 'OnDelete'`],
    ],
    [
      'a partition when deleting by hand',
      { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } },
      [`spec.updateStrategy.rollingUpdate: Invalid value: {"partition":1}: only allowed for updateStrategy 'RollingUpdate'`],
    ],
    [
      'an update that cannot move',
      { updateStrategy: { rollingUpdate: { maxUnavailable: '0%' } } },
      ['spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "0%": cannot be 0'],
    ],
    [
      'another retention',
      { persistentVolumeClaimRetentionPolicy: { whenScaled: 'Keep' } },
      ['spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "Keep": supported values: "Delete", "Retain"'],
    ],
    ['negative ordinals', { ordinals: { start: -1 } }, ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0']],
    ['an empty selector', { selector: {} }, ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset']],
    [
      'a mount of a claim it does not have',
      { volumeClaimTemplates: [] },
      ['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'],
    ],
  ])('refuse %s', (_, spec, expected) => {
    expect(set(spec).errors).toEqual(expected);
  });

  it('need a service name that can stand in DNS', () => {
    expect(set({ serviceName: 'A.b' }).errors).toEqual([
      expect.stringContaining('spec.serviceName: Invalid value: "A.b": a DNS-1035 label'),
    ]);
    expect(set({ serviceName: undefined }).object.spec.serviceName).toBe('');
  });

  it('change in some fields only', () => {
    const { object: old } = set({});
    expect(set({ replicas: 3, minReadySeconds: 5, revisionHistoryLimit: 2, ordinals: { start: 1 } }, old).errors).toEqual([]);
    for (const spec of [
      { serviceName: 'other' },
      { podManagementPolicy: 'Parallel' },
      { volumeClaimTemplates: [claim, { ...claim, metadata: { name: 'logs' } }] },
    ]) {
      expect(set(spec, old).errors).toEqual([FROZEN]);
    }
  });

  it('are shown and scaled', () => {
    const { object } = set({ replicas: 3 });
    object.status = { replicas: 3, readyReplicas: 2 };
    expect(row(statefulSets, object, 0)).toMatchObject({ Name: 'db', Ready: '2/3', Containers: 'c', Images: 'postgres' });
    expect(statefulSets.scale!.selector(object)).toBe('app=db');
  });
});
