/**
 * SelfSubjectAccessReview: may I do that? Never stored.
 */

import { type Infer, message, struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from './resource-attributes.ts';

export const SelfSubjectAccessReviewSpec = struct(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec',
  '@authorization.SelfSubjectAccessReviewSpec',
  {
    resourceAttributes: message(1, ResourceAttributes, '@authorization.SelfSubjectAccessReviewSpec.resourceAttributes'),
    nonResourceAttributes: message(2, NonResourceAttributes, '@authorization.SelfSubjectAccessReviewSpec.nonResourceAttributes'),
  },
);
export type SelfSubjectAccessReviewSpec = Infer<typeof SelfSubjectAccessReviewSpec>;

export const SelfSubjectAccessReview = struct(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  '@authorization.SelfSubjectAccessReview',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, '@authorization.SelfSubjectAccessReview.metadata'),
    spec: message(2, SelfSubjectAccessReviewSpec, '@authorization.SelfSubjectAccessReview.spec', { required: true }),
    status: message(3, SubjectAccessReviewStatus, '@authorization.SelfSubjectAccessReview.status'),
  },
);
export type SelfSubjectAccessReview = ObjectOf<typeof SelfSubjectAccessReview>;

export const selfSubjectAccessReviews = defineResource<SelfSubjectAccessReview>({
  group: 'authorization.k8s.io',
  resource: 'selfsubjectaccessreviews',
  kind: 'SelfSubjectAccessReview',
  namespaced: false,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', SelfSubjectAccessReview),
  generation: false,
  columns: [nameColumn],
});
