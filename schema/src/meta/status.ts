/**
 * metav1.Status: what the API server answers instead of an object, above all for errors.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
import { type Infer, int32, list, message, str, struct } from '../dsl/field.ts';
import { ListMeta } from './object-meta.ts';
import { typeMeta } from './type-meta.ts';

export const StatusCause = struct('io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause', '@meta.StatusCause', {
  reason: str(1, '@meta.StatusCause.reason'),
  message: str(2, '@meta.StatusCause.message'),
  field: str(3, '@meta.StatusCause.field'),
});
export type StatusCause = Infer<typeof StatusCause>;

export const StatusDetails = struct('io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails', '@meta.StatusDetails', {
  name: str(1, '@meta.StatusDetails.name'),
  group: str(2, '@meta.StatusDetails.group'),
  kind: str(3, '@meta.StatusDetails.kind'),
  uid: str(6, '@meta.StatusDetails.uid'),
  causes: list(4, StatusCause, '@meta.StatusDetails.causes'),
  retryAfterSeconds: int32(5, '@meta.StatusDetails.retryAfterSeconds'),
});
export type StatusDetails = Infer<typeof StatusDetails>;

export const Status = struct('io.k8s.apimachinery.pkg.apis.meta.v1.Status', '@meta.Status', {
  ...typeMeta,
  metadata: message(1, ListMeta, '@meta.Status.metadata'),
  status: str(2, '@meta.Status.status'),
  message: str(3, '@meta.Status.message'),
  reason: str(4, '@meta.Status.reason'),
  details: message(5, StatusDetails, '@meta.Status.details'),
  code: int32(6, '@meta.Status.code'),
});
export type Status = Infer<typeof Status>;
