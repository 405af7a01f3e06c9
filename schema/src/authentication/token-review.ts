/**
 * TokenReview: whose token is this? Never stored.
 */
import { bool, type Infer, list, message, str, struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { UserInfo } from './user-info.ts';

export const TokenReviewSpec = struct('io.k8s.api.authentication.v1.TokenReviewSpec', 'The token asked about.', {
  token: str(1, 'The token, as sent as a bearer.'),
  audiences: list(2, 'string', 'Who it should be for; the API server when empty.'),
});
export type TokenReviewSpec = Infer<typeof TokenReviewSpec>;

export const TokenReviewStatus = struct('io.k8s.api.authentication.v1.TokenReviewStatus', 'The answer: whose it is.', {
  authenticated: bool(1, 'True when the token is good.'),
  user: message(2, UserInfo, 'Whose it is.'),
  audiences: list(4, 'string', 'Those of the audiences asked for that it is for.'),
  error: str(3, 'Why it could not be checked.'),
});
export type TokenReviewStatus = Infer<typeof TokenReviewStatus>;

export const TokenReview = struct('io.k8s.api.authentication.v1.TokenReview', 'Asks whose a token is.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, TokenReviewSpec, 'The desired state.', { required: true }),
  status: message(3, TokenReviewStatus, 'The observed state; written by the cluster.'),
});
export type TokenReview = ObjectOf<typeof TokenReview>;

export const tokenReviews = defineResource<TokenReview>({
  group: 'authentication.k8s.io',
  resource: 'tokenreviews',
  kind: 'TokenReview',
  namespaced: false,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', TokenReview),
  generation: false,
  columns: [nameColumn],
});
