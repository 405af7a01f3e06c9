/**
 * CSIDriver: what a storage driver can do and wants to know.
 */
import { bool, type Infer, int64, list, message, set, str, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { type Column, defineResource, type FieldError } from '../resource.ts';
import { duplicate, immutable, invalid, notSupported } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { NO_DRIVERS, validateDriverName } from './csi-driver-name.ts';

export const TokenRequest = struct('io.k8s.api.storage.v1.TokenRequest', "A token of the pod's service account for the driver.", {
  audience: str(1, 'Who shall accept it; the API server when empty.', { required: true, default: '' }),
  expirationSeconds: int64(2, 'Lifetime in seconds.', { pointer: true }),
});
export type TokenRequest = Infer<typeof TokenRequest>;

export const CSIDriverSpec = struct('io.k8s.api.storage.v1.CSIDriverSpec', 'What a driver can do and wants to know.', {
  attachRequired: bool(1, 'Whether volumes are attached to a node before they are mounted; true by default.', { pointer: true }),
  podInfoOnMount: bool(2, 'Whether it is told about the pod when it mounts; false by default.', { pointer: true }),
  volumeLifecycleModes: set(3, 'string', 'Persistent (default), Ephemeral or both.'),
  storageCapacity: bool(4, 'Whether it says how much room there is, for the scheduler; false by default.', { pointer: true }),
  fsGroupPolicy: str(5, 'Whether ownership of files is changed: ReadWriteOnceWithFSType (default), File or None.', { pointer: true }),
  tokenRequests: list(6, TokenRequest, "Tokens of the pod's service account it wants."),
  requiresRepublish: bool(7, 'Whether it is asked to mount again from time to time; false by default.', { pointer: true }),
  seLinuxMount: bool(8, 'Whether it can mount with an SELinux context; false by default.', { pointer: true }),
  nodeAllocatableUpdatePeriodSeconds: int64(9, 'How often it says anew how many volumes a node can have.', { pointer: true }),
  serviceAccountTokenInSecrets: bool(10, 'Whether tokens come among the secrets.', { pointer: true }),
  preventPodSchedulingIfMissing: bool(11, 'Whether pods stay away from nodes without it.', { pointer: true }),
});
export type CSIDriverSpec = Infer<typeof CSIDriverSpec>;

export const CSIDriver = struct('io.k8s.api.storage.v1.CSIDriver', 'A storage driver.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name (the driver's), labels and the rest of the object's metadata."),
  spec: message(2, CSIDriverSpec, 'The desired state.', { required: true, default: {} }),
});
export type CSIDriver = ObjectOf<typeof CSIDriver, 'spec'>;

const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const lifecycleModes = ['Ephemeral', 'Persistent'];
const MIN_TOKEN_SECONDS = 600;

const validateTokenRequests = (requests: readonly TokenRequest[], path: string): FieldError[] =>
  requests.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const errors: FieldError[] = [];
    if (requests.findIndex((other) => other.audience === audience) !== i) errors.push(duplicate(`${path}[${i}].audience`, audience));
    const at = `${path}[${i}].expirationSeconds`;
    if (seconds !== undefined && seconds < MIN_TOKEN_SECONDS) {
      errors.push(invalid(at, seconds, 'may not specify a duration less than 10 minutes'));
    }
    if (seconds !== undefined && seconds > 2 ** 32)
      errors.push(invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'));
    return errors;
  });

const validate = ({ metadata, spec }: CSIDriver, old?: CSIDriver): FieldError[] => {
  const { fsGroupPolicy, volumeLifecycleModes: modes = [] } = spec;
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...validateDriverName(metadata.name ?? '', 'name'),
    ...validateTokenRequests(spec.tokenRequests ?? [], 'spec.tokenRequests'),
  ];
  if (fsGroupPolicy !== undefined && !fsGroupPolicies.includes(fsGroupPolicy)) {
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, fsGroupPolicies));
  }
  for (const mode of modes)
    if (!lifecycleModes.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, lifecycleModes));
  if (!old) return errors;
  if (spec.attachRequired !== old.spec.attachRequired) errors.push(immutable('spec.attachedRequired', spec.attachRequired));
  if (!equalJson([...modes].sort(), [...(old.spec.volumeLifecycleModes ?? [])].sort())) {
    errors.push(immutable('spec.volumeLifecycleModes', modes));
  }
  return errors;
};

const flag = (name: string, description: string, read: (spec: CSIDriverSpec) => boolean): Column => ({
  ...text(name, description, (driver: CSIDriver) => read(driver.spec)),
  type: 'boolean',
});

export const csiDrivers = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  resource: 'csidrivers',
  kind: 'CSIDriver',
  namespaced: false,
  returnsDeleted: true,
  updatesNeedVersion: true,
  versions: soleVersion('v1', CSIDriver),
  inactive: NO_DRIVERS,
  defaults: ({ spec }) => {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent'];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  validate,
  columns: [
    nameColumn,
    flag('AttachRequired', 'Whether volumes are attached before they are mounted.', (spec) => spec.attachRequired ?? true),
    flag('PodInfoOnMount', 'Whether it is told about the pod.', (spec) => spec.podInfoOnMount ?? false),
    flag('StorageCapacity', 'Whether it says how much room there is.', (spec) => spec.storageCapacity ?? false),
    text('TokenRequests', 'Audiences of the tokens it wants.', ({ spec }: CSIDriver) =>
      spec.tokenRequests?.length ? spec.tokenRequests.map(({ audience }) => audience).join(',') : '<unset>',
    ),
    flag('RequiresRepublish', 'Whether it is asked to mount again.', (spec) => spec.requiresRepublish ?? false),
    text('Modes', 'What volumes it has.', ({ spec }: CSIDriver) => spec.volumeLifecycleModes?.join(',') || '<none>'),
    ageColumn,
  ],
});
