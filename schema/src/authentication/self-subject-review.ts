/**
 * SelfSubjectReview: who am I? Never stored.
 */

import { type Infer, message, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { UserInfo } from './token-review.ts';

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
