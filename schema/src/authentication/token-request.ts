/**
 * TokenRequest: asks for a token of a service account. Never stored.
 */
import { type Infer, int64, list, message, str, struct, time } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const BoundObjectReference = struct('io.k8s.api.authentication.v1.BoundObjectReference', 'The object a token lives and dies with.', {
  kind: str(1, 'Pod, Secret or Node.'),
  apiVersion: str(2, 'API version of the object.'),
  name: str(3, 'Name of the object.'),
  uid: str(4, 'UID of the object.'),
});
export type BoundObjectReference = Infer<typeof BoundObjectReference>;

export const TokenRequestSpec = struct('io.k8s.api.authentication.v1.TokenRequestSpec', 'The token wanted.', {
  audiences: list(1, 'string', 'Who shall accept the token; the API server itself when empty.'),
  expirationSeconds: int64(4, 'Lifetime asked for, in seconds; 3600 by default. The server may give another.', { pointer: true }),
  boundObjectRef: message(3, BoundObjectReference, 'Object whose deletion ends the token.'),
});
export type TokenRequestSpec = Infer<typeof TokenRequestSpec>;

export const TokenRequestStatus = struct('io.k8s.api.authentication.v1.TokenRequestStatus', 'The token given.', {
  token: str(1, 'The token, as text to send as a bearer.'),
  expirationTimestamp: time(2, 'When the token ends.'),
});
export type TokenRequestStatus = Infer<typeof TokenRequestStatus>;

export const TokenRequest = struct('io.k8s.api.authentication.v1.TokenRequest', 'Asks for a token of a service account.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, TokenRequestSpec, 'The desired state.'),
  status: message(3, TokenRequestStatus, 'The observed state; written by the cluster.'),
});
export type TokenRequest = ObjectOf<typeof TokenRequest>;
