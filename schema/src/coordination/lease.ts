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

export const LeaseSpec = struct('io.k8s.api.coordination.v1.LeaseSpec', 'Who holds the lease, and for how long.', {
  holderIdentity: str(1, 'Who holds it; empty for nobody.', { pointer: true }),
  leaseDurationSeconds: int32(2, 'Seconds after renewTime from which another may take it.', { pointer: true }),
  acquireTime: microTime(3, 'When the holder took it.'),
  renewTime: microTime(4, 'When the holder last renewed it.'),
  leaseTransitions: int32(5, 'How often it changed hands.', { pointer: true }),
  strategy: str(6, 'How holders are elected where the cluster does it.', { pointer: true }),
  preferredHolder: str(7, 'Who the holder should yield to.', { pointer: true }),
});
export type LeaseSpec = Infer<typeof LeaseSpec>;

export const Lease = struct('io.k8s.api.coordination.v1.Lease', 'Who holds something, and until when.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, LeaseSpec, 'The desired state.', { default: {} }),
});
export type Lease = ObjectOf<typeof Lease>;

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
  createsOnUpdate: true,
  updatesNeedVersion: true,
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
