/**
 * ServiceAccount: an identity for pods.
 */

import { bool, list, listMap, message, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { LocalObjectReference, ObjectReference } from './reference.ts';

export const ServiceAccount = struct('io.k8s.api.core.v1.ServiceAccount', '@core.ServiceAccount', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.ServiceAccount.metadata'),
  secrets: listMap(2, ObjectReference, ['name'], '@core.ServiceAccount.secrets'),
  imagePullSecrets: list(3, LocalObjectReference, '@core.ServiceAccount.imagePullSecrets'),
  automountServiceAccountToken: bool(4, '@core.ServiceAccount.automountServiceAccountToken', { pointer: true }),
});
export type ServiceAccount = ObjectOf<typeof ServiceAccount>;
