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

export const SelfSubjectReviewStatus = struct(
  'io.k8s.api.authentication.v1.SelfSubjectReviewStatus',
  '@authentication.SelfSubjectReviewStatus',
  {
    userInfo: message(1, UserInfo, '@authentication.SelfSubjectReviewStatus.userInfo'),
  },
);
export type SelfSubjectReviewStatus = Infer<typeof SelfSubjectReviewStatus>;

export const SelfSubjectReview = struct('io.k8s.api.authentication.v1.SelfSubjectReview', '@authentication.SelfSubjectReview', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@authentication.SelfSubjectReview.metadata'),
  status: message(2, SelfSubjectReviewStatus, '@authentication.SelfSubjectReview.status'),
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
