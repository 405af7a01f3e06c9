/**
 * References from one object to another. All are atomic: server-side apply owns them as a whole.
 */
import { type Infer, str, struct } from '../dsl/field.ts';

export const ObjectReference = struct(
  'io.k8s.api.core.v1.ObjectReference',
  '@core.ObjectReference',
  {
    kind: str(1, '@core.ObjectReference.kind'),
    namespace: str(2, '@core.ObjectReference.namespace'),
    name: str(3, '@core.ObjectReference.name'),
    uid: str(4, '@core.ObjectReference.uid'),
    apiVersion: str(5, '@core.ObjectReference.apiVersion'),
    resourceVersion: str(6, '@core.ObjectReference.resourceVersion'),
    fieldPath: str(7, '@core.ObjectReference.fieldPath'),
  },
  { atomic: true },
);
export type ObjectReference = Infer<typeof ObjectReference>;

export const LocalObjectReference = struct(
  'io.k8s.api.core.v1.LocalObjectReference',
  '@core.LocalObjectReference',
  {
    name: str(1, '@core.LocalObjectReference.name', { default: '' }),
  },
  { atomic: true },
);
export type LocalObjectReference = Infer<typeof LocalObjectReference>;

export const TypedLocalObjectReference = struct(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  '@core.TypedLocalObjectReference',
  {
    apiGroup: str(1, '@core.TypedLocalObjectReference.apiGroup', { pointer: true }),
    kind: str(2, '@core.TypedLocalObjectReference.kind', { required: true }),
    name: str(3, '@core.TypedLocalObjectReference.name', { required: true }),
  },
  { atomic: true },
);
export type TypedLocalObjectReference = Infer<typeof TypedLocalObjectReference>;

export const TypedObjectReference = struct('io.k8s.api.core.v1.TypedObjectReference', '@core.TypedObjectReference', {
  apiGroup: str(1, '@core.TypedObjectReference.apiGroup', { pointer: true }),
  kind: str(2, '@core.TypedObjectReference.kind', { required: true, default: '' }),
  name: str(3, '@core.TypedObjectReference.name', { required: true, default: '' }),
  namespace: str(4, '@core.TypedObjectReference.namespace', { pointer: true }),
});
export type TypedObjectReference = Infer<typeof TypedObjectReference>;

export const SecretReference = struct(
  'io.k8s.api.core.v1.SecretReference',
  '@core.SecretReference',
  {
    name: str(1, '@core.SecretReference.name'),
    namespace: str(2, '@core.SecretReference.namespace'),
  },
  { atomic: true },
);
export type SecretReference = Infer<typeof SecretReference>;
