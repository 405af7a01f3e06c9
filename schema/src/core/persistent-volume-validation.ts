/** What a persistent volume must be, and what of it may change. */
import { equalJson } from '../dsl/own.ts';
import { planOf } from '../dsl/plan.ts';
import { problems } from '../meta/checks.ts';
import { compare } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, immutable, invalid, notSupported, required } from '../validation/errors.ts';
import { isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { validateAccessModes } from './access-modes.ts';
import type { PersistentVolume, PersistentVolumeSpec } from './persistent-volume.ts';
import { PersistentVolumeSource } from './persistent-volume-sources.ts';
import { validateNodeSelector } from './placement-validation.ts';

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
const volumeModes = ['Block', 'Filesystem'];

export const validatePersistentVolume = (volume: PersistentVolume, old?: PersistentVolume): FieldError[] => [
  ...validateObjectMeta(volume.metadata, { namespaced: false }, old?.metadata),
  ...validatePersistentVolumeSpec(volume.spec, 'spec'),
  ...(old ? validateUpdate(volume.spec, old.spec) : []),
];

const sourcesOf = (spec: PersistentVolumeSpec): Record<string, unknown> => {
  const all = spec as Record<string, unknown>;
  const names = [...planOf(PersistentVolumeSource).byName.keys()];
  return Object.fromEntries(names.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]));
};

/** Also of volumes inside an attachment. */
export const validatePersistentVolumeSpec = (spec: PersistentVolumeSpec, path: string): FieldError[] => {
  const { accessModes = [], persistentVolumeReclaimPolicy: policy, volumeMode, hostPath } = spec;
  const errors: FieldError[] = [];
  if (accessModes.length === 0) errors.push(required(`${path}.accessModes`));
  errors.push(...validateAccessModes(accessModes, `${path}.accessModes`), ...validateCapacity(spec, path));
  if (policy && !reclaimPolicies.includes(policy)) {
    errors.push(notSupported(`${path}.persistentVolumeReclaimPolicy`, policy, reclaimPolicies));
  }
  errors.push(...validateNodeAffinity(spec, path), ...validateSource(spec, path));
  if (hostPath && policy === 'Recycle' && /^\/[/.]*$/.test(hostPath.path)) {
    errors.push(forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'"));
  }
  for (const field of ['storageClassName', 'volumeAttributesClassName'] as const) {
    const name = spec[field];
    if (name) errors.push(...problems(`${path}.${field}`, name, isDNS1123Subdomain(name)));
  }
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, volumeModes));
  }
  return errors;
};

const validateCapacity = ({ capacity = {} }: PersistentVolumeSpec, path: string): FieldError[] => {
  const names = Object.keys(capacity);
  const errors: FieldError[] = [];
  if (names.length === 0) errors.push(required(`${path}.capacity`));
  if (names.length !== 1 || names[0] !== 'storage') errors.push(notSupported(`${path}.capacity`, capacity, ['storage']));
  for (const [name, quantity] of Object.entries(capacity)) {
    if (compare(quantity, '0') <= 0) errors.push(invalid(`${path}.capacity[${name}]`, quantity, 'must be greater than zero'));
  }
  return errors;
};

const validateNodeAffinity = ({ nodeAffinity }: PersistentVolumeSpec, path: string): FieldError[] => {
  if (!nodeAffinity) return [];
  const at = `${path}.nodeAffinity.required`;
  return nodeAffinity.required ? validateNodeSelector(nodeAffinity.required, at) : [required(at, 'must specify required node constraints')];
};

const noBacksteps = (path: string, value: string): FieldError[] =>
  value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];

const validateSource = (spec: PersistentVolumeSpec, path: string): FieldError[] => {
  const [first, ...more] = Object.keys(sourcesOf(spec));
  if (!first) return [required(path, 'must specify a volume type')];
  const errors = more.map((name) => forbidden(`${path}.${name}`, 'may not specify more than 1 volume type'));
  const { hostPath, local, csi, nfs } = spec;
  if (hostPath) errors.push(...noBacksteps(`${path}.hostPath.path`, hostPath.path));
  if (nfs && !nfs.path.startsWith('/')) errors.push(invalid(`${path}.nfs.path`, nfs.path, 'must be an absolute path'));
  if (local) {
    errors.push(...noBacksteps(`${path}.local.path`, local.path));
    if (!spec.nodeAffinity) errors.push(required('metadata.annotations', 'Local volume requires node affinity'));
  }
  if (csi) {
    if (!csi.driver) errors.push(required(`${path}.csi.driver`));
    if (!csi.volumeHandle) errors.push(required(`${path}.csi.volumeHandle`));
  }
  return errors;
};

const validateUpdate = (spec: PersistentVolumeSpec, old: PersistentVolumeSpec): FieldError[] => {
  const errors: FieldError[] = [];
  if (!equalJson(settled(spec, old), settled(old, old))) {
    errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  if (spec.volumeMode !== old.volumeMode) errors.push(immutable('volumeMode', spec.volumeMode));
  if (old.nodeAffinity && !equalJson(spec.nodeAffinity, old.nodeAffinity))
    errors.push(immutable('nodeAffinity', spec.nodeAffinity ?? null));
  return errors;
};

/** Sources without the secrets for expanding a volume, which may still be added where there were none. */
const settled = (spec: PersistentVolumeSpec, old: PersistentVolumeSpec): object => {
  const sources = sourcesOf(spec);
  if (!spec.csi || !old.csi) return sources;
  const csi: Record<string, unknown> = { ...spec.csi };
  for (const field of ['controllerExpandSecretRef', 'nodeExpandSecretRef'] as const) if (!old.csi[field]) delete csi[field];
  return { ...sources, csi };
};
