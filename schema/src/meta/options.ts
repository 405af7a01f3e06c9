/**
 * Query parameters of the other verbs, as messages.
 */
import { bool, type Infer, int64, list, str, struct } from '../dsl/field.ts';
import { typeMeta } from './type-meta.ts';

export const ListOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.ListOptions', '@meta.ListOptions', {
  ...typeMeta,
  labelSelector: str(1, '@meta.ListOptions.labelSelector'),
  fieldSelector: str(2, '@meta.ListOptions.fieldSelector'),
  watch: bool(3, '@meta.ListOptions.watch'),
  allowWatchBookmarks: bool(9, '@meta.ListOptions.allowWatchBookmarks'),
  resourceVersion: str(4, '@meta.ListOptions.resourceVersion'),
  resourceVersionMatch: str(10, '@meta.ListOptions.resourceVersionMatch'),
  timeoutSeconds: int64(5, '@meta.ListOptions.timeoutSeconds', { pointer: true }),
  limit: int64(7, '@meta.ListOptions.limit'),
  continue: str(8, '@meta.ListOptions.continue'),
  sendInitialEvents: bool(11, '@meta.ListOptions.sendInitialEvents', { pointer: true }),
  shardSelector: str(15, '@meta.ListOptions.shardSelector'),
});
export type ListOptions = Infer<typeof ListOptions>;

export const GetOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.GetOptions', '@meta.GetOptions', {
  ...typeMeta,
  resourceVersion: str(1, '@meta.GetOptions.resourceVersion'),
});
export type GetOptions = Infer<typeof GetOptions>;

export const CreateOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.CreateOptions', '@meta.CreateOptions', {
  ...typeMeta,
  dryRun: list(1, 'string', '@meta.CreateOptions.dryRun'),
  fieldManager: str(3, '@meta.CreateOptions.fieldManager'),
  fieldValidation: str(4, '@meta.CreateOptions.fieldValidation'),
});
export type CreateOptions = Infer<typeof CreateOptions>;

export const UpdateOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.UpdateOptions', '@meta.UpdateOptions', {
  ...typeMeta,
  dryRun: list(1, 'string', '@meta.UpdateOptions.dryRun'),
  fieldManager: str(2, '@meta.UpdateOptions.fieldManager'),
  fieldValidation: str(3, '@meta.UpdateOptions.fieldValidation'),
});
export type UpdateOptions = Infer<typeof UpdateOptions>;

export const PatchOptions = struct('io.k8s.apimachinery.pkg.apis.meta.v1.PatchOptions', '@meta.PatchOptions', {
  ...typeMeta,
  dryRun: list(1, 'string', '@meta.PatchOptions.dryRun'),
  force: bool(2, '@meta.PatchOptions.force', { pointer: true }),
  fieldManager: str(3, '@meta.PatchOptions.fieldManager'),
  fieldValidation: str(4, '@meta.PatchOptions.fieldValidation'),
});
export type PatchOptions = Infer<typeof PatchOptions>;
