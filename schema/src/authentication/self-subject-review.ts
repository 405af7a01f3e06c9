/**
 * SelfSubjectReview: who am I? Never stored.
 */

import { type Infer, message, struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { UserInfo } from './user-info.ts';

export const SelfSubjectReviewStatus = struct('io.k8s.api.authentication.v1.SelfSubjectReviewStatus', 'The answer: who is asking.', {
  userInfo: message(1, UserInfo, 'The user the server took the request to be from.'),
});
export type SelfSubjectReviewStatus = Infer<typeof SelfSubjectReviewStatus>;

export const SelfSubjectReview = struct('io.k8s.api.authentication.v1.SelfSubjectReview', 'Asks the server who the caller is.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  status: message(2, SelfSubjectReviewStatus, 'The observed state; written by the cluster.'),
});
export type SelfSubjectReview = ObjectOf<typeof SelfSubjectReview>;

export const selfSubjectReviews = defineResource<SelfSubjectReview>({
  group: 'authentication.k8s.io',
  resource: 'selfsubjectreviews',
  kind: 'SelfSubjectReview',
  namespaced: false,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', SelfSubjectReview),
  generation: false,
  columns: [nameColumn],
});
