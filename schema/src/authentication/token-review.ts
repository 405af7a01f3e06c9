/**
 * TokenReview: whose token is this? Never stored.
 */

import { bool, type Infer, list, message, str, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { extra } from './extra.ts';

export const UserInfo = struct('io.k8s.api.authentication.v1.UserInfo', '@authentication.UserInfo', {
  username: str(1, '@authentication.UserInfo.username'),
  uid: str(2, '@authentication.UserInfo.uid'),
  groups: list(3, 'string', '@authentication.UserInfo.groups'),
  extra: extra(4, '@authentication.UserInfo.extra'),
});
export type UserInfo = Infer<typeof UserInfo>;

export const TokenReviewSpec = struct('io.k8s.api.authentication.v1.TokenReviewSpec', '@authentication.TokenReviewSpec', {
  token: str(1, '@authentication.TokenReviewSpec.token'),
  audiences: list(2, 'string', '@authentication.TokenReviewSpec.audiences'),
});
export type TokenReviewSpec = Infer<typeof TokenReviewSpec>;

export const TokenReviewStatus = struct('io.k8s.api.authentication.v1.TokenReviewStatus', '@authentication.TokenReviewStatus', {
  authenticated: bool(1, '@authentication.TokenReviewStatus.authenticated'),
  user: message(2, UserInfo, '@authentication.TokenReviewStatus.user'),
  audiences: list(4, 'string', '@authentication.TokenReviewStatus.audiences'),
  error: str(3, '@authentication.TokenReviewStatus.error'),
});
export type TokenReviewStatus = Infer<typeof TokenReviewStatus>;

export const TokenReview = struct('io.k8s.api.authentication.v1.TokenReview', '@authentication.TokenReview', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@authentication.TokenReview.metadata'),
  spec: message(2, TokenReviewSpec, '@authentication.TokenReview.spec', { required: true }),
  status: message(3, TokenReviewStatus, '@authentication.TokenReview.status'),
});
export type TokenReview = ObjectOf<typeof TokenReview>;
