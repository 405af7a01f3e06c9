/**
 * ServiceAccount: an identity for pods.
 */

import { TokenRequest } from '../authentication/token-request.ts';
import { bool, list, listMap, message, struct } from '../dsl/field.ts';
import { ageColumn, integer, nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { LocalObjectReference, ObjectReference } from './reference.ts';

export const ServiceAccount = struct('io.k8s.api.core.v1.ServiceAccount', 'An identity for pods.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  secrets: listMap(2, ObjectReference, ['name'], 'Secrets that pods of the account may use.'),
  imagePullSecrets: list(3, LocalObjectReference, 'Secrets for pulling images, given to its pods.'),
  automountServiceAccountToken: bool(4, 'False keeps tokens out of its pods.', { pointer: true }),
});
export type ServiceAccount = ObjectOf<typeof ServiceAccount>;

export const serviceAccounts = defineResource<ServiceAccount>({
  group: '',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
  returnsDeleted: true,
  shortNames: ['sa'],
  versions: soleVersion('v1', ServiceAccount),
  generation: false,
  validate: (account, old) => validateObjectMeta(account.metadata, { namespaced: true }, old?.metadata),
  subresources: [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'], schema: TokenRequest },
  ],
  columns: [
    nameColumn,
    integer('Secrets', 'Number of secrets named.', (account: ServiceAccount) => account.secrets?.length ?? 0),
    ageColumn,
  ],
});
