/**
 * ServiceCIDR: a range that addresses of services come from.
 */
import { type Infer, list, listMap, message, struct } from '../dsl/field.ts';
import { equalJson } from '../dsl/own.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { Condition } from '../meta/condition.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource, type FieldError } from '../resource.ts';
import { immutable, invalid, required } from '../validation/errors.ts';
import { parseCIDR, validateCIDR } from '../validation/ip.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';

export const ServiceCIDRSpec = struct('io.k8s.api.networking.v1.ServiceCIDRSpec', 'The ranges.', {
  cidrs: list(1, 'string', 'One range, or one of each address family; cannot change.'),
});
export type ServiceCIDRSpec = Infer<typeof ServiceCIDRSpec>;

export const ServiceCIDRStatus = struct('io.k8s.api.networking.v1.ServiceCIDRStatus', 'What was observed of it.', {
  conditions: listMap(1, Condition, ['type'], 'Latest observations, one for each type.'),
});

export const ServiceCIDR = struct('io.k8s.api.networking.v1.ServiceCIDR', 'A range that addresses of services come from.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ServiceCIDRSpec, 'The desired state.', { default: {} }),
  status: message(3, ServiceCIDRStatus, 'The observed state; written by the cluster.'),
});
export type ServiceCIDR = ObjectOf<typeof ServiceCIDR, 'spec'>;

const validateRanges = ({ cidrs = [] }: ServiceCIDRSpec): FieldError[] => {
  const at = 'spec.cidrs';
  if (cidrs.length === 0) return [required(at, 'at least one CIDR required')];
  if (cidrs.length > 2) return [invalid(at, cidrs, 'may only hold up to 2 values')];
  const errors = cidrs.flatMap((cidr, i) => validateCIDR(`${at}[${i}]`, cidr));
  const families = cidrs.map((cidr) => parseCIDR(cidr)?.address.length);
  if (errors.length === 0 && cidrs.length === 2 && families[0] === families[1]) {
    errors.push(invalid(at, cidrs, 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64'));
  }
  return errors;
};

export const serviceCIDRs = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  resource: 'servicecidrs',
  kind: 'ServiceCIDR',
  namespaced: false,
  versions: soleVersion('v1', ServiceCIDR),
  inactive: 'the service range is set when the cluster is made: the object is stored and nothing acts on it',
  hasStatus: true,
  validate: ({ metadata, spec }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...validateRanges(spec),
    ...(old && !equalJson(spec.cidrs, old.spec.cidrs) ? [immutable('spec.cidrs', spec.cidrs)] : []),
  ],
  prepareCreate: (range) => {
    range.status = {};
  },
  prepareUpdate: keepStatus,
  columns: [nameColumn, text('CIDRs', 'The ranges.', ({ spec }: ServiceCIDR) => (spec.cidrs ?? []).join(',')), ageColumn],
});
