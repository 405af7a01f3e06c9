import { expect, it } from 'vitest';
import { accept, row } from '../conformance/accept.ts';
import { leases } from './lease.ts';

const metadata = { name: 'leader', namespace: 'kube-system' };

it('a lease names its holder', () => {
  const { object, errors } = accept(leases, { metadata, spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } });
  expect(errors).toEqual([]);
  expect(row(leases, object as object, 0)).toEqual({ Name: 'leader', Holder: 'a', Age: '<unknown>' });
});

it('a lease has sane numbers', () => {
  expect(accept(leases, { metadata, spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }).errors).toEqual([
    'spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0',
    'spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0',
  ]);
});
