/**
 * Environment variables and where their values come from.
 */

import { bool, type Infer, inline, message, quantity, str, struct } from '../dsl/field.ts';
import { LocalObjectReference } from './reference.ts';

export const ObjectFieldSelector = struct(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  'A field of the pod.',
  {
    apiVersion: str(1, 'API version the path is in; v1 by default.'),
    fieldPath: str(2, 'Path of the field, such as metadata.name.', { required: true }),
  },
  { atomic: true },
);
export type ObjectFieldSelector = Infer<typeof ObjectFieldSelector>;

export const ResourceFieldSelector = struct(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  'A resource of a container.',
  {
    containerName: str(1, 'Which container; its own in environment variables.'),
    resource: str(2, 'Such as limits.cpu or requests.memory.', { required: true }),
    // 0 is what every client written in Go sends and shows for none
    divisor: quantity(3, 'Unit the value is divided by; 0 is 1.', { default: '0' }),
  },
  { atomic: true },
);
export type ResourceFieldSelector = Infer<typeof ResourceFieldSelector>;

export const ConfigMapKeySelector = struct(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  'A key of a ConfigMap.',
  {
    'inline:localObjectReference': inline(1, LocalObjectReference),
    key: str(2, 'The key.', { required: true }),
    optional: bool(3, 'True: it may be missing.', { pointer: true }),
  },
  { atomic: true },
);
export type ConfigMapKeySelector = Infer<typeof ConfigMapKeySelector>;

export const SecretKeySelector = struct(
  'io.k8s.api.core.v1.SecretKeySelector',
  'A key of a Secret.',
  {
    'inline:localObjectReference': inline(1, LocalObjectReference),
    key: str(2, 'The key.', { required: true }),
    optional: bool(3, 'True: it may be missing.', { pointer: true }),
  },
  { atomic: true },
);
export type SecretKeySelector = Infer<typeof SecretKeySelector>;

export const FileKeySelector = struct(
  'io.k8s.api.core.v1.FileKeySelector',
  'A variable in a file of a volume.',
  {
    volumeName: str(1, 'Volume that holds the file.', { required: true }),
    path: str(2, 'Path of the file in the volume.', { required: true }),
    key: str(3, 'The variable in the file.', { required: true }),
    optional: bool(4, 'True: it may be missing.', { default: false, pointer: true }),
  },
  { atomic: true },
);
export type FileKeySelector = Infer<typeof FileKeySelector>;

export const EnvVarSource = struct('io.k8s.api.core.v1.EnvVarSource', 'Where a value comes from; exactly one.', {
  fieldRef: message(1, ObjectFieldSelector, 'A field of the pod.'),
  resourceFieldRef: message(2, ResourceFieldSelector, 'A resource of a container.'),
  configMapKeyRef: message(3, ConfigMapKeySelector, 'A key of a ConfigMap.'),
  secretKeyRef: message(4, SecretKeySelector, 'A key of a Secret.'),
  fileKeyRef: message(5, FileKeySelector, 'A variable in a file of a volume.'),
});
export type EnvVarSource = Infer<typeof EnvVarSource>;

export const EnvVar = struct('io.k8s.api.core.v1.EnvVar', 'One environment variable.', {
  name: str(1, 'Name of the variable.', { required: true }),
  value: str(2, 'Its value; $(NAME) is replaced by variables before it.'),
  valueFrom: message(3, EnvVarSource, 'Where its value comes from instead.'),
});
export type EnvVar = Infer<typeof EnvVar>;

export const ConfigMapEnvSource = struct('io.k8s.api.core.v1.ConfigMapEnvSource', 'All keys of a ConfigMap as variables.', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  optional: bool(2, 'True: it may be missing.', { pointer: true }),
});
export type ConfigMapEnvSource = Infer<typeof ConfigMapEnvSource>;

export const SecretEnvSource = struct('io.k8s.api.core.v1.SecretEnvSource', 'All keys of a Secret as variables.', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  optional: bool(2, 'True: it may be missing.', { pointer: true }),
});
export type SecretEnvSource = Infer<typeof SecretEnvSource>;

export const EnvFromSource = struct('io.k8s.api.core.v1.EnvFromSource', 'A source of many variables; exactly one.', {
  prefix: str(1, 'Put before every name.'),
  configMapRef: message(2, ConfigMapEnvSource, 'A ConfigMap.'),
  secretRef: message(3, SecretEnvSource, 'A Secret.'),
});
export type EnvFromSource = Infer<typeof EnvFromSource>;
