/**
 * Lease: who holds something, and until when.
 */

import { type Infer, int32, message, microTime, str, struct } from '../dsl/field.ts';
import { nonNegative, positive } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const LeaseSpec = struct('io.k8s.api.coordination.v1.LeaseSpec', '@coordination.LeaseSpec', {
  holderIdentity: str(1, '@coordination.LeaseSpec.holderIdentity', { pointer: true }),
  leaseDurationSeconds: int32(2, '@coordination.LeaseSpec.leaseDurationSeconds', { pointer: true }),
  acquireTime: microTime(3, '@coordination.LeaseSpec.acquireTime'),
  renewTime: microTime(4, '@coordination.LeaseSpec.renewTime'),
  leaseTransitions: int32(5, '@coordination.LeaseSpec.leaseTransitions', { pointer: true }),
  strategy: str(6, '@coordination.LeaseSpec.strategy', { pointer: true }),
  preferredHolder: str(7, '@coordination.LeaseSpec.preferredHolder', { pointer: true }),
});
export type LeaseSpec = Infer<typeof LeaseSpec>;

export const Lease = struct('io.k8s.api.coordination.v1.Lease', '@coordination.Lease', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@coordination.Lease.metadata'),
  spec: message(2, LeaseSpec, '@coordination.Lease.spec', { default: {} }),
});
export type Lease = ObjectOf<typeof Lease>;

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
  storage: 'volatile',
  versions: soleVersion('v1', Lease),
  generation: false,
  validate: ({ metadata, spec }, old) => [
    ...validateObjectMeta(metadata, { namespaced: true }, old?.metadata),
    ...positive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds),
    ...nonNegative('spec.leaseTransitions', spec?.leaseTransitions),
  ],
  columns: [nameColumn, text('Holder', 'Who holds the lease.', (lease: Lease) => lease.spec?.holderIdentity ?? ''), ageColumn],
});
