/**
 * ControllerRevision: an unchanging snapshot of what a stateful set or daemon set looked like, to roll back to.
 */

import { int64, message, rawExtension, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { nonNegative } from '../meta/checks.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { immutable, required } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const ControllerRevision = struct('io.k8s.api.apps.v1.ControllerRevision', 'An unchanging snapshot of the state of an object.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  data: rawExtension(2, 'The state, as its owner wrote it.'),
  revision: int64(3, 'Rises with every state the owner had.', { required: true, default: 0 }),
});
export type ControllerRevision = ObjectOf<typeof ControllerRevision>;

/** `statefulset.apps/web`: the controller that owns it. */
const controllerOf = ({ metadata }: ControllerRevision): string => {
  const owner = (metadata.ownerReferences ?? []).find((reference) => reference.controller);
  if (!owner) return '<none>';
  const group = (owner.apiVersion ?? '').split('/').slice(0, -1).join('/');
  return `${(owner.kind ?? '').toLowerCase()}${group ? `.${group}` : ''}/${owner.name ?? ''}`;
};

const validate = ({ metadata, data, revision }: ControllerRevision, old?: ControllerRevision): FieldError[] => [
  ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
  ...(data === undefined ? [required('data', 'data is mandatory')] : []),
  ...nonNegative('revision', revision),
  ...(old && !equalJson(data, old.data) ? [immutable('data', data)] : []),
];

export const controllerRevisions = defineResource<ControllerRevision>({
  group: 'apps',
  resource: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
  versions: soleVersion('v1', ControllerRevision),
  generation: false,
  validate,
  columns: [
    nameColumn,
    text('Controller', 'The object it is a revision of.', controllerOf),
    integer('Revision', 'Number of the revision.', (revision: ControllerRevision) => revision.revision ?? 0),
    ageColumn,
  ],
});
