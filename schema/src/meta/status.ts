/**
 * metav1.Status: what the API server answers instead of an object, above all for errors.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
 */
import { type Infer, int32, list, message, str, struct } from '../dsl/field.ts';
import { ListMeta } from './object-meta.ts';
import { typeMeta } from './type-meta.ts';

export const StatusCause = struct('io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause', 'One of several causes of a failure.', {
  reason: str(1, 'Type of the cause, for programs.'),
  message: str(2, 'Text for people.'),
  field: str(3, 'Field it is about, such as spec.containers[0].name.'),
});
export type StatusCause = Infer<typeof StatusCause>;

export const StatusDetails = struct('io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails', 'What the status is about.', {
  name: str(1, 'Name of the object.'),
  group: str(2, 'API group of the object.'),
  kind: str(3, 'Kind or resource of the object.'),
  uid: str(6, 'UID of the object.'),
  causes: list(4, StatusCause, 'Causes of the failure.'),
  retryAfterSeconds: int32(5, 'Seconds to wait before a retry.'),
});
export type StatusDetails = Infer<typeof StatusDetails>;

export const Status = struct('io.k8s.apimachinery.pkg.apis.meta.v1.Status', 'Outcome of a request that does not give an object.', {
  ...typeMeta,
  metadata: message(1, ListMeta, 'Metadata of a list.'),
  status: str(2, 'Success or Failure.'),
  message: str(3, 'Text for people.'),
  reason: str(4, 'Why it failed, for programs.'),
  details: message(5, StatusDetails, 'What it is about.'),
  code: int32(6, 'HTTP status code.'),
});
export type Status = Infer<typeof Status>;
