/**
 * References from one object to another. All are atomic: server-side apply owns them as a whole.
 */
import { type Infer, str, struct } from '../dsl/field.ts';

export const ObjectReference = struct(
  'io.k8s.api.core.v1.ObjectReference',
  'Any object, or a part of it.',
  {
    kind: str(1, 'Kind of the object.'),
    namespace: str(2, 'Namespace of the object.'),
    name: str(3, 'Name of the object.'),
    uid: str(4, 'UID of the object.'),
    apiVersion: str(5, 'API version of the object.'),
    resourceVersion: str(6, 'A certain revision of it.'),
    fieldPath: str(7, 'A part of it, such as spec.containers{name}.'),
  },
  { atomic: true },
);
export type ObjectReference = Infer<typeof ObjectReference>;

export const LocalObjectReference = struct(
  'io.k8s.api.core.v1.LocalObjectReference',
  'An object of the same namespace.',
  {
    name: str(1, 'Name of the object.', { default: '' }),
  },
  { atomic: true },
);
export type LocalObjectReference = Infer<typeof LocalObjectReference>;

export const SecretReference = struct(
  'io.k8s.api.core.v1.SecretReference',
  'A Secret of some namespace.',
  {
    name: str(1, 'Name of the secret.'),
    namespace: str(2, 'Namespace of the secret.'),
  },
  { atomic: true },
);
export type SecretReference = Infer<typeof SecretReference>;

export const TypedLocalObjectReference = struct(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  'An object of some kind in the same namespace.',
  {
    apiGroup: str(1, 'API group; core when absent.', { pointer: true }),
    kind: str(2, 'Kind of the object.', { required: true }),
    name: str(3, 'Name of the object.', { required: true }),
  },
  { atomic: true },
);
export type TypedLocalObjectReference = Infer<typeof TypedLocalObjectReference>;

export const TypedObjectReference = struct('io.k8s.api.core.v1.TypedObjectReference', 'An object of some kind.', {
  apiGroup: str(1, 'API group; core when absent.', { pointer: true }),
  kind: str(2, 'Kind of the object.', { required: true, default: '' }),
  name: str(3, 'Name of the object.', { required: true, default: '' }),
  namespace: str(4, 'Namespace of the object; the same one when absent.', { pointer: true }),
});
export type TypedObjectReference = Infer<typeof TypedObjectReference>;
