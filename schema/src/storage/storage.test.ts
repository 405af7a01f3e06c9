import { describe, expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { type CSIDriver, csiDrivers } from './csi-driver.ts';
import { type CSINode, csiNodes } from './csi-node.ts';
import { type CSIStorageCapacity, csiStorageCapacities } from './csi-storage-capacity.ts';
import { type StorageClass, storageClasses } from './storage-class.ts';
import { type VolumeAttachment, volumeAttachments } from './volume-attachment.ts';
import { type VolumeAttributesClass, volumeAttributesClasses } from './volume-attributes-class.ts';

const metadata = { name: 'fast' };

describe('storage classes', () => {
  const storageClass = (fields: object, old?: StorageClass) =>
    accept<StorageClass>(storageClasses, { metadata, provisioner: 'kedge.dev/local', ...fields }, old);

  it('get their defaults', () => {
    const { object, errors } = storageClass({});
    expect(errors).toEqual([]);
    expect(object).toMatchObject({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });
  });

  it.each<[string, object, string[]]>([
    ['nobody', { provisioner: undefined }, ['provisioner: Required value']],
    ['another policy', { reclaimPolicy: 'Recycle' }, ['reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"']],
    [
      'another mode',
      { volumeBindingMode: 'Later' },
      ['volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"'],
    ],
    ['a parameter without a name', { parameters: { '': 'x' } }, ['parameters: Invalid value: "": field can not be empty.']],
    [
      'a zone twice',
      { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'a'] }] }] },
      ['allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"'],
    ],
  ])('refuse %s', (_, fields, expected) => {
    expect(storageClass(fields).errors).toEqual(expected);
  });

  it('stay what they are', () => {
    const { object: old } = storageClass({});
    expect(storageClass({ allowVolumeExpansion: true }, old).errors).toEqual([]);
    expect(
      storageClass({ parameters: { a: 'b' }, reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer' }, old).errors,
    ).toEqual([
      'parameters: Forbidden: updates to parameters are forbidden.',
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ]);
  });

  it('say which is the default', () => {
    const { object } = storageClass({});
    expect(row(storageClasses, object, 0)).toMatchObject({ Name: 'fast', Provisioner: 'kedge.dev/local', AllowVolumeExpansion: false });
    object.metadata.annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    expect(row(storageClasses, object, 0).Name).toBe('fast (default)');
  });
});

describe('kinds of storage drivers', () => {
  it('say that nothing acts on them', () => {
    for (const definition of [csiDrivers, csiNodes, csiStorageCapacities, volumeAttachments, volumeAttributesClasses]) {
      expect(definition.inactive).toContain('no storage drivers');
    }
    expect(storageClasses.inactive).toBeUndefined();
  });

  it('attachments name one volume, for ever', () => {
    const attachment = (spec: object, old?: VolumeAttachment) =>
      accept<VolumeAttachment>(volumeAttachments, { metadata, spec: { attacher: 'd.io', nodeName: 'n', ...spec } }, old);
    const { object, errors } = attachment({ source: { persistentVolumeName: 'disk' } });
    expect(errors).toEqual([]);
    expect(object.status).toEqual({ attached: false });
    expect(row(volumeAttachments, object, 0)).toMatchObject({ Attacher: 'd.io', PV: 'disk', Node: 'n', Attached: false });
    expect(attachment({}).errors).toEqual([
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ]);
    expect(attachment({ nodeName: 'm', source: { persistentVolumeName: 'disk' } }, object).errors).toEqual([
      expect.stringMatching(/^spec: Invalid value: .*: field is immutable$/),
    ]);
  });

  it('drivers get their defaults', () => {
    const driver = (spec: object, old?: CSIDriver) => accept<CSIDriver>(csiDrivers, { metadata: { name: 'd.io' }, spec }, old);
    const { object, errors } = driver({});
    expect(errors).toEqual([]);
    expect(object.spec).toEqual({
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    });
    expect(row(csiDrivers, object, 0)).toMatchObject({ AttachRequired: true, TokenRequests: '<unset>', Modes: 'Persistent' });
    expect(driver({ fsGroupPolicy: 'Some', tokenRequests: [{ audience: 'a' }, { audience: 'a', expirationSeconds: 5 }] }).errors).toEqual([
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[1].expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
      'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ]);
    expect(driver({ attachRequired: false }, object).errors).toEqual(['spec.attachedRequired: Invalid value: false: field is immutable']);
  });

  it('nodes name each driver once', () => {
    const node = (...drivers: object[]) => accept<CSINode>(csiNodes, { metadata, spec: { drivers } });
    const driver = { name: 'd.io', nodeID: 'n', topologyKeys: ['zone'] };
    expect(node(driver).errors).toEqual([]);
    expect(row(csiNodes, node(driver).object, 0).Drivers).toBe(1);
    expect(node(driver, { ...driver, nodeID: '', allocatable: { count: -1 } }).errors).toEqual([
      'spec.drivers[1].nodeID: Required value',
      'spec.drivers[1].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
      'spec.drivers[1].name: Duplicate value: "d.io"',
    ]);
  });

  it('capacities and classes of attributes stay what they are', () => {
    const room = (fields: object, old?: CSIStorageCapacity) =>
      accept<CSIStorageCapacity>(
        csiStorageCapacities,
        { metadata: { ...metadata, namespace: 'default' }, storageClassName: 'fast', ...fields },
        old,
      );
    const { object } = room({ capacity: '1Gi' });
    expect(row(csiStorageCapacities, object, 0)).toEqual({ Name: 'fast', StorageClassName: 'fast', Capacity: '1Gi' });
    expect(room({ capacity: '-1' }).errors).toEqual(['capacity: Invalid value: "-1": must be greater than or equal to 0']);
    expect(room({ storageClassName: 'slow' }, object).errors).toEqual(['storageClassName: Invalid value: "slow": field is immutable']);

    const attributes = (fields: object, old?: VolumeAttributesClass) =>
      accept<VolumeAttributesClass>(volumeAttributesClasses, { metadata, driverName: 'd.io', ...fields }, old);
    expect(attributes({}).errors).toEqual(['parameters: Required value: must contain at least one key/value pair']);
    const { object: old } = attributes({ parameters: { iops: '1' } });
    expect(attributes({ parameters: { iops: '2' } }, old).errors).toEqual(['parameters: Forbidden: updates to parameters are forbidden.']);
  });
});
