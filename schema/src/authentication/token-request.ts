/**
 * TokenRequest: asks for a token of a service account. Never stored.
 */
import { type Infer, int64, list, message, str, struct, time } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const BoundObjectReference = struct('io.k8s.api.authentication.v1.BoundObjectReference', '@authentication.BoundObjectReference', {
  kind: str(1, '@authentication.BoundObjectReference.kind'),
  apiVersion: str(2, '@authentication.BoundObjectReference.apiVersion'),
  name: str(3, '@authentication.BoundObjectReference.name'),
  uid: str(4, '@authentication.BoundObjectReference.uid'),
});
export type BoundObjectReference = Infer<typeof BoundObjectReference>;

export const TokenRequestSpec = struct('io.k8s.api.authentication.v1.TokenRequestSpec', '@authentication.TokenRequestSpec', {
  audiences: list(1, 'string', '@authentication.TokenRequestSpec.audiences'),
  expirationSeconds: int64(4, '@authentication.TokenRequestSpec.expirationSeconds', { pointer: true }),
  boundObjectRef: message(3, BoundObjectReference, '@authentication.TokenRequestSpec.boundObjectRef'),
});
export type TokenRequestSpec = Infer<typeof TokenRequestSpec>;

export const TokenRequestStatus = struct('io.k8s.api.authentication.v1.TokenRequestStatus', '@authentication.TokenRequestStatus', {
  token: str(1, '@authentication.TokenRequestStatus.token'),
  expirationTimestamp: time(2, '@authentication.TokenRequestStatus.expirationTimestamp'),
});
export type TokenRequestStatus = Infer<typeof TokenRequestStatus>;

export const TokenRequest = struct('io.k8s.api.authentication.v1.TokenRequest', '@authentication.TokenRequest', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@authentication.TokenRequest.metadata'),
  spec: message(2, TokenRequestSpec, '@authentication.TokenRequest.spec'),
  status: message(3, TokenRequestStatus, '@authentication.TokenRequest.status'),
});
export type TokenRequest = ObjectOf<typeof TokenRequest>;
