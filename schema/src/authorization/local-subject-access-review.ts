/**
 * LocalSubjectAccessReview: may that user do that in this namespace? Never stored.
 */
import { struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { defineResource } from '../resource.ts';
import { subjectReviewFields } from './subject-access-review.ts';

export const LocalSubjectAccessReview = struct(
  'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  'Asks whether a user may do something in one namespace.',
  subjectReviewFields,
);
export type LocalSubjectAccessReview = ObjectOf<typeof LocalSubjectAccessReview>;

export const localSubjectAccessReviews = defineResource<LocalSubjectAccessReview>({
  group: 'authorization.k8s.io',
  resource: 'localsubjectaccessreviews',
  kind: 'LocalSubjectAccessReview',
  namespaced: true,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', LocalSubjectAccessReview),
  generation: false,
  columns: [nameColumn],
});
