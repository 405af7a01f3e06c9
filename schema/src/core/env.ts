/**
 * Environment variables and where their values come from.
 */

import { bool, type Infer, inline, message, quantity, str, struct } from '../dsl/field.ts';
import { LocalObjectReference } from './reference.ts';

export const ObjectFieldSelector = struct(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  '@core.ObjectFieldSelector',
  {
    apiVersion: str(1, '@core.ObjectFieldSelector.apiVersion'),
    fieldPath: str(2, '@core.ObjectFieldSelector.fieldPath', { required: true }),
  },
  { atomic: true },
);
export type ObjectFieldSelector = Infer<typeof ObjectFieldSelector>;

export const ResourceFieldSelector = struct(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  '@core.ResourceFieldSelector',
  {
    containerName: str(1, '@core.ResourceFieldSelector.containerName'),
    resource: str(2, '@core.ResourceFieldSelector.resource', { required: true }),
    divisor: quantity(3, '@core.ResourceFieldSelector.divisor'),
  },
  { atomic: true },
);
export type ResourceFieldSelector = Infer<typeof ResourceFieldSelector>;

export const ConfigMapKeySelector = struct(
  'io.k8s.api.core.v1.ConfigMapKeySelector',
  '@core.ConfigMapKeySelector',
  {
    'inline:localObjectReference': inline(1, LocalObjectReference),
    key: str(2, '@core.ConfigMapKeySelector.key', { required: true }),
    optional: bool(3, '@core.ConfigMapKeySelector.optional', { pointer: true }),
  },
  { atomic: true },
);
export type ConfigMapKeySelector = Infer<typeof ConfigMapKeySelector>;

export const SecretKeySelector = struct(
  'io.k8s.api.core.v1.SecretKeySelector',
  '@core.SecretKeySelector',
  {
    'inline:localObjectReference': inline(1, LocalObjectReference),
    key: str(2, '@core.SecretKeySelector.key', { required: true }),
    optional: bool(3, '@core.SecretKeySelector.optional', { pointer: true }),
  },
  { atomic: true },
);
export type SecretKeySelector = Infer<typeof SecretKeySelector>;

export const FileKeySelector = struct(
  'io.k8s.api.core.v1.FileKeySelector',
  '@core.FileKeySelector',
  {
    volumeName: str(1, '@core.FileKeySelector.volumeName', { required: true }),
    path: str(2, '@core.FileKeySelector.path', { required: true }),
    key: str(3, '@core.FileKeySelector.key', { required: true }),
    optional: bool(4, '@core.FileKeySelector.optional', { default: false, pointer: true }),
  },
  { atomic: true },
);
export type FileKeySelector = Infer<typeof FileKeySelector>;

export const EnvVarSource = struct('io.k8s.api.core.v1.EnvVarSource', '@core.EnvVarSource', {
  fieldRef: message(1, ObjectFieldSelector, '@core.EnvVarSource.fieldRef'),
  resourceFieldRef: message(2, ResourceFieldSelector, '@core.EnvVarSource.resourceFieldRef'),
  configMapKeyRef: message(3, ConfigMapKeySelector, '@core.EnvVarSource.configMapKeyRef'),
  secretKeyRef: message(4, SecretKeySelector, '@core.EnvVarSource.secretKeyRef'),
  fileKeyRef: message(5, FileKeySelector, '@core.EnvVarSource.fileKeyRef'),
});
export type EnvVarSource = Infer<typeof EnvVarSource>;

export const EnvVar = struct('io.k8s.api.core.v1.EnvVar', '@core.EnvVar', {
  name: str(1, '@core.EnvVar.name', { required: true }),
  value: str(2, '@core.EnvVar.value'),
  valueFrom: message(3, EnvVarSource, '@core.EnvVar.valueFrom'),
});
export type EnvVar = Infer<typeof EnvVar>;

export const ConfigMapEnvSource = struct('io.k8s.api.core.v1.ConfigMapEnvSource', '@core.ConfigMapEnvSource', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  optional: bool(2, '@core.ConfigMapEnvSource.optional', { pointer: true }),
});
export type ConfigMapEnvSource = Infer<typeof ConfigMapEnvSource>;

export const SecretEnvSource = struct('io.k8s.api.core.v1.SecretEnvSource', '@core.SecretEnvSource', {
  'inline:localObjectReference': inline(1, LocalObjectReference),
  optional: bool(2, '@core.SecretEnvSource.optional', { pointer: true }),
});
export type SecretEnvSource = Infer<typeof SecretEnvSource>;

export const EnvFromSource = struct('io.k8s.api.core.v1.EnvFromSource', '@core.EnvFromSource', {
  prefix: str(1, '@core.EnvFromSource.prefix'),
  configMapRef: message(2, ConfigMapEnvSource, '@core.EnvFromSource.configMapRef'),
  secretRef: message(3, SecretEnvSource, '@core.EnvFromSource.secretRef'),
});
export type EnvFromSource = Infer<typeof EnvFromSource>;
