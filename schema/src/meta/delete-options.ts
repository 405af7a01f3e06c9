/**
 * metav1.DeleteOptions: the body (or query) of a delete.
 */
import { bool, type Infer, int64, list, message, str, struct } from '../dsl/field.ts';
import { typeMeta } from './type-meta.ts';

export const Preconditions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions', '@meta.Preconditions', {
  uid: str(1, '@meta.Preconditions.uid', { pointer: true }),
  resourceVersion: str(2, '@meta.Preconditions.resourceVersion', { pointer: true }),
});
export type Preconditions = Infer<typeof Preconditions>;

export const DeleteOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', '@meta.DeleteOptions', {
  ...typeMeta,
  gracePeriodSeconds: int64(1, '@meta.DeleteOptions.gracePeriodSeconds', { pointer: true }),
  preconditions: message(2, Preconditions, '@meta.DeleteOptions.preconditions'),
  orphanDependents: bool(3, '@meta.DeleteOptions.orphanDependents', { pointer: true }),
  propagationPolicy: str(4, '@meta.DeleteOptions.propagationPolicy', { pointer: true }),
  dryRun: list(5, 'string', '@meta.DeleteOptions.dryRun'),
  ignoreStoreReadErrorWithClusterBreakingPotential: bool(6, '@meta.DeleteOptions.ignoreStoreReadErrorWithClusterBreakingPotential', {
    pointer: true,
  }),
});
export type DeleteOptions = Infer<typeof DeleteOptions>;
