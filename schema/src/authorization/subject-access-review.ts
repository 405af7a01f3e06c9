/**
 * SubjectAccessReview: may that user do that? Never stored.
 */
import { extra } from '../authentication/extra.ts';
import { type Infer, list, message, str, struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { NonResourceAttributes, ResourceAttributes, SubjectAccessReviewStatus } from './resource-attributes.ts';

export const SubjectAccessReviewSpec = struct('io.k8s.api.authorization.v1.SubjectAccessReviewSpec', 'Who, and what is asked.', {
  resourceAttributes: message(1, ResourceAttributes, 'A request for a resource.'),
  nonResourceAttributes: message(2, NonResourceAttributes, 'A request for another path.'),
  user: str(3, 'Name of the user.'),
  groups: list(4, 'string', 'Groups of the user.'),
  extra: extra(5, 'What else is known of the user.'),
  uid: str(6, 'UID of the user.'),
});
export type SubjectAccessReviewSpec = Infer<typeof SubjectAccessReviewSpec>;

/** Fields of the review, which the one for a namespace shares. */
export const subjectReviewFields = {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, SubjectAccessReviewSpec, 'The desired state.', { required: true }),
  status: message(3, SubjectAccessReviewStatus, 'The observed state; written by the cluster.'),
} as const;

export const SubjectAccessReview = struct(
  'io.k8s.api.authorization.v1.SubjectAccessReview',
  'Asks whether a user may do something.',
  subjectReviewFields,
);
export type SubjectAccessReview = ObjectOf<typeof SubjectAccessReview>;

export const subjectAccessReviews = defineResource<SubjectAccessReview>({
  group: 'authorization.k8s.io',
  resource: 'subjectaccessreviews',
  kind: 'SubjectAccessReview',
  namespaced: false,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', SubjectAccessReview),
  generation: false,
  columns: [nameColumn],
});
