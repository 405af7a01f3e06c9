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
  'What is asked; one of the two.',
  {
    resourceAttributes: message(1, ResourceAttributes, 'A request for a resource.'),
    nonResourceAttributes: message(2, NonResourceAttributes, 'A request for another path.'),
  },
);
export type SelfSubjectAccessReviewSpec = Infer<typeof SelfSubjectAccessReviewSpec>;

export const SelfSubjectAccessReview = struct(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  'Asks whether the caller may do something.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, SelfSubjectAccessReviewSpec, 'The desired state.', { required: true }),
    status: message(3, SubjectAccessReviewStatus, 'The observed state; written by the cluster.'),
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
