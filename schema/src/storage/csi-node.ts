/**
 * CSINode: the storage drivers on a node.
 */
import { type Infer, int32, list, listMap, message, str, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { nonNegative, problems } from '../meta/checks.ts';
import { ageColumn, integer, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { duplicate, immutable, invalid, required } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { NO_DRIVERS, validateDriverName } from './csi-driver-name.ts';

export const VolumeNodeResources = struct('io.k8s.api.storage.v1.VolumeNodeResources', 'What a driver can do on a node.', {
  count: int32(1, 'Most volumes at the same time; absent for no limit.', { pointer: true }),
});
export type VolumeNodeResources = Infer<typeof VolumeNodeResources>;

export const CSINodeDriver = struct('io.k8s.api.storage.v1.CSINodeDriver', 'A driver on a node.', {
  name: str(1, 'Name of the driver.', { required: true, default: '' }),
  nodeID: str(2, "The driver's name for the node.", { required: true, default: '' }),
  topologyKeys: list(3, 'string', 'Labels of the node that say where it is.', { required: true, default: [] }),
  allocatable: message(4, VolumeNodeResources, 'What it can do on the node.'),
});
export type CSINodeDriver = Infer<typeof CSINodeDriver>;

export const CSINodeSpec = struct('io.k8s.api.storage.v1.CSINodeSpec', 'The drivers on a node.', {
  drivers: listMap(1, CSINodeDriver, ['name'], 'The drivers.', { required: true, default: [] }),
});
export type CSINodeSpec = Infer<typeof CSINodeSpec>;

export const CSINode = struct('io.k8s.api.storage.v1.CSINode', 'The storage drivers on a node.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name (the node's), labels and the rest of the object's metadata."),
  spec: message(2, CSINodeSpec, 'The desired state.', { required: true, default: {} }),
});
export type CSINode = ObjectOf<typeof CSINode, 'spec'>;

const MAX_NODE_ID = 192;

const validateDriver = (driver: CSINodeDriver, path: string): FieldError[] => {
  const { name, nodeID, topologyKeys, allocatable } = driver;
  const errors = validateDriverName(name, `${path}.name`);
  if (nodeID === '') errors.push(required(`${path}.nodeID`));
  if (nodeID.length > MAX_NODE_ID) errors.push(invalid(`${path}.nodeID`, nodeID, `must be ${MAX_NODE_ID} characters or less`));
  for (const [i, key] of topologyKeys.entries()) {
    if (key === '') errors.push(required(`${path}.topologyKeys`));
    else errors.push(...problems(`${path}.topologyKeys`, key, isQualifiedName(key)));
    if (topologyKeys.indexOf(key) !== i) errors.push(duplicate(`${path}.topologyKeys`, key));
  }
  return [...errors, ...nonNegative(`${path}.allocatable.count`, allocatable?.count)];
};

const validate = ({ metadata, spec }: CSINode, old?: CSINode): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: false }, old?.metadata);
  const names = spec.drivers.map(({ name }) => name);
  for (const [i, driver] of spec.drivers.entries()) {
    const path = `spec.drivers[${i}]`;
    errors.push(...validateDriver(driver, path));
    if (names.indexOf(driver.name) !== i) errors.push(duplicate(`${path}.name`, driver.name));
    const before = old?.spec.drivers.find(({ name }) => name === driver.name);
    if (before && !equalJson({ ...driver, allocatable: undefined }, { ...before, allocatable: undefined })) {
      errors.push(immutable(path, driver));
    }
  }
  return errors;
};

export const csiNodes = defineResource<CSINode>({
  group: 'storage.k8s.io',
  resource: 'csinodes',
  kind: 'CSINode',
  namespaced: false,
  returnsDeleted: true,
  updatesNeedVersion: true,
  versions: soleVersion('v1', CSINode),
  generation: false,
  inactive: NO_DRIVERS,
  validate,
  columns: [nameColumn, integer('Drivers', 'Drivers on the node.', (node: CSINode) => node.spec.drivers?.length ?? 0), ageColumn],
});
