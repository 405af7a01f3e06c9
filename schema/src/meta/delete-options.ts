/**
 * metav1.DeleteOptions: the body (or query) of a delete.
 */
import { bool, type Infer, int64, list, message, str, struct } from '../dsl/field.ts';
import { typeMeta } from './type-meta.ts';

export const Preconditions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions', 'What must hold for the delete to happen.', {
  uid: str(1, 'UID the object must have.', { pointer: true }),
  resourceVersion: str(2, 'Revision the object must have.', { pointer: true }),
});
export type Preconditions = Infer<typeof Preconditions>;

export const DeleteOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', 'How to delete.', {
  ...typeMeta,
  gracePeriodSeconds: int64(1, "Seconds the object has to end; 0 at once. The kind's own when absent.", { pointer: true }),
  preconditions: message(2, Preconditions, 'What must hold for the delete to happen.'),
  orphanDependents: bool(3, 'Old form of propagationPolicy.', { pointer: true }),
  propagationPolicy: str(4, 'Orphan, Background or Foreground.', { pointer: true }),
  dryRun: list(5, 'string', 'All runs every step but the write.'),
  ignoreStoreReadErrorWithClusterBreakingPotential: bool(6, 'Deletes even an object that cannot be read.', {
    pointer: true,
  }),
});
export type DeleteOptions = Infer<typeof DeleteOptions>;
