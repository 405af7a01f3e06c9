/** What a claim must be, and what of it may change. */
import { equalJson } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { compare } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, immutable, invalid, notSupported, required } from '../validation/errors.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { isDNS1123Subdomain } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { validateAccessModes } from './access-modes.ts';
import type { PersistentVolumeClaim } from './persistent-volume-claim.ts';
import type { PersistentVolumeClaimSpec } from './persistent-volume-claim-spec.ts';

const FROZEN = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const volumeModes = ['Block', 'Filesystem'];

export const validatePersistentVolumeClaim = (claim: PersistentVolumeClaim, old?: PersistentVolumeClaim): FieldError[] => [
  ...validateObjectMeta(claim.metadata, { namespaced: true }, old?.metadata),
  ...validatePersistentVolumeClaimSpec(claim.spec, 'spec'),
  ...(old ? validateUpdate(claim, old) : []),
];

/** Also of claims inside other objects. */
export const validatePersistentVolumeClaimSpec = (spec: PersistentVolumeClaimSpec, path: string): FieldError[] => {
  const { accessModes = [], resources, volumeMode } = spec;
  const storage = resources?.requests?.storage;
  const errors: FieldError[] = [];
  if (accessModes.length === 0) errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(spec.selector, `${path}.selector`), ...validateAccessModes(accessModes, `${path}.accessModes`));
  if (storage === undefined) errors.push(required(`${path}.resources[storage]`));
  else if (compare(storage, '0') <= 0) errors.push(invalid(`${path}.resources[storage]`, storage, 'must be greater than zero'));
  for (const field of ['storageClassName', 'volumeAttributesClassName'] as const) {
    const name = spec[field];
    if (name) errors.push(...problems(`${path}.${field}`, name, isDNS1123Subdomain(name)));
  }
  if (volumeMode !== undefined && !volumeModes.includes(volumeMode)) {
    errors.push(notSupported(`${path}.volumeMode`, volumeMode, volumeModes));
  }
  return [...errors, ...validateSources(spec, path)];
};

const validateSources = (spec: PersistentVolumeClaimSpec, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  for (const field of ['dataSource', 'dataSourceRef'] as const) {
    const source = spec[field];
    if (!source) continue;
    if (!source.name) errors.push(required(`${path}.${field}.name`));
    if (!source.kind) errors.push(required(`${path}.${field}.kind`));
    else if (!source.apiGroup && source.kind !== 'PersistentVolumeClaim') {
      errors.push(invalid(`${path}.${field}`, source.kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
    }
  }
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && dataSourceRef && !dataSourceRef.namespace && !equalJson({ ...dataSource }, { ...dataSourceRef })) {
    errors.push(invalid(path, `${path}.dataSource`, 'must match dataSourceRef'));
  }
  return errors;
};

const validateUpdate = (claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] => {
  const errors: FieldError[] = [];
  if (!equalJson(frozenOf(claim, old), frozenOf(old, old))) errors.push(forbidden('spec', FROZEN));
  const size = claim.spec.resources?.requests?.storage ?? '0';
  const before = old.spec.resources?.requests?.storage ?? '0';
  // a failed expansion may be taken back, though never below what is there
  if (compare(size, before) < 0 && compare(size, old.status?.capacity?.storage ?? '0') <= 0) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  if (claim.spec.volumeMode !== old.spec.volumeMode) errors.push(immutable('volumeMode', claim.spec.volumeMode));
  return errors;
};

/** What the update must leave as it is, `old` being the state it starts from. */
const frozenOf = ({ spec }: PersistentVolumeClaim, old: PersistentVolumeClaim): object => {
  const { volumeAttributesClassName: _, volumeName, storageClassName, resources, ...rest } = spec;
  const { storage: size, ...otherRequests } = resources?.requests ?? {};
  return {
    ...rest,
    limits: resources?.limits ?? {},
    requests: otherRequests,
    ...(old.status?.phase === 'Bound' ? {} : { size }),
    // both are filled in once, by a controller
    ...(old.spec.volumeName ? { volumeName } : {}),
    ...(old.spec.storageClassName === undefined ? {} : { storageClassName }),
  };
};
