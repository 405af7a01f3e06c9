/**
 * metav1.ObjectMeta and what it holds.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
import { bool, fieldsV1, type Infer, int64, list, listMap, map, set, str, struct, time } from '../dsl/field.ts';

export const OwnerReference = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  'The object that owns this one; when all owners are gone it is collected.',
  {
    apiVersion: str(5, 'API version of the owner.', { required: true }),
    kind: str(1, 'Kind of the owner.', { required: true }),
    name: str(3, 'Name of the owner.', { required: true }),
    uid: str(4, 'UID of the owner.', { required: true }),
    controller: bool(6, 'True for the one owner that manages this object.', { pointer: true }),
    blockOwnerDeletion: bool(7, 'True: foreground deletion of the owner waits for this object.', { pointer: true }),
  },
  { atomic: true },
);
export type OwnerReference = Infer<typeof OwnerReference>;

export const ManagedFieldsEntry = struct(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry',
  'The fields one manager last set, and how.',
  {
    manager: str(1, 'Who set the fields.'),
    operation: str(2, 'Apply or Update.'),
    apiVersion: str(3, 'API version the fields are named in.'),
    time: time(4, 'When the manager last changed a field it owns.'),
    fieldsType: str(6, 'Always FieldsV1.'),
    fieldsV1: fieldsV1(7, 'The set of fields.'),
    subresource: str(8, 'Subresource the manager wrote through.'),
  },
);
export type ManagedFieldsEntry = Infer<typeof ManagedFieldsEntry>;

export const ObjectMeta = struct('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', 'Metadata that every stored object has.', {
  name: str(1, 'Name, unique within the namespace and resource.'),
  generateName: str(2, 'Prefix for a name the server makes unique.'),
  namespace: str(3, 'Namespace; empty for cluster-scoped objects.'),
  selfLink: str(4, 'Not set.'),
  uid: str(5, 'Unique in time and space, set by the server.'),
  resourceVersion: str(6, 'Revision of this object, for optimistic concurrency and watches.'),
  generation: int64(7, 'Rises with every change of the desired state.'),
  creationTimestamp: time(8, 'When the object was created.'),
  deletionTimestamp: time(9, 'When the object will be deleted; set by a graceful delete.'),
  deletionGracePeriodSeconds: int64(10, 'Seconds the object may take to end.', { pointer: true }),
  labels: map(11, 'string', 'Key and value pairs that selectors match.'),
  annotations: map(12, 'string', 'Key and value pairs for tools; not selectable.'),
  ownerReferences: listMap(13, OwnerReference, ['uid'], 'Objects this one depends on.'),
  finalizers: set(14, 'string', 'Must be empty before the object is removed.', { merge: true }),
  managedFields: list(17, ManagedFieldsEntry, 'Which manager owns which field.'),
});
export type ObjectMeta = Infer<typeof ObjectMeta>;

export const ListMeta = struct('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', 'Metadata of a list.', {
  selfLink: str(1, 'Not set.'),
  resourceVersion: str(2, 'Revision of the list; a watch may start from it.'),
  continue: str(3, 'Token for the next page.'),
  remainingItemCount: int64(4, 'How many items follow; absent when unknown.', { pointer: true }),
});
export type ListMeta = Infer<typeof ListMeta>;
