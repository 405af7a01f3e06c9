/**
 * EndpointSlice: a part of the addresses behind a Service.
 */

import { ObjectReference } from '../core/reference.ts';
import { bool, type Infer, int32, list, map, message, set, str, struct } from '../dsl/field.ts';
import { ageColumn, firstFew, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateEndpointSlice } from './endpoint-slice-validation.ts';

export const EndpointConditions = struct('io.k8s.api.discovery.v1.EndpointConditions', '@discovery.EndpointConditions', {
  ready: bool(1, '@discovery.EndpointConditions.ready', { pointer: true }),
  serving: bool(2, '@discovery.EndpointConditions.serving', { pointer: true }),
  terminating: bool(3, '@discovery.EndpointConditions.terminating', { pointer: true }),
});
export type EndpointConditions = Infer<typeof EndpointConditions>;

export const ForZone = struct('io.k8s.api.discovery.v1.ForZone', '@discovery.ForZone', {
  name: str(1, '@discovery.ForZone.name', { required: true }),
});
export type ForZone = Infer<typeof ForZone>;

export const ForNode = struct('io.k8s.api.discovery.v1.ForNode', '@discovery.ForNode', {
  name: str(1, '@discovery.ForNode.name', { required: true }),
});
export type ForNode = Infer<typeof ForNode>;

export const EndpointHints = struct('io.k8s.api.discovery.v1.EndpointHints', '@discovery.EndpointHints', {
  forZones: list(1, ForZone, '@discovery.EndpointHints.forZones'),
  forNodes: list(2, ForNode, '@discovery.EndpointHints.forNodes'),
});
export type EndpointHints = Infer<typeof EndpointHints>;

export const Endpoint = struct('io.k8s.api.discovery.v1.Endpoint', '@discovery.Endpoint', {
  addresses: set(1, 'string', '@discovery.Endpoint.addresses', { required: true }),
  conditions: message(2, EndpointConditions, '@discovery.Endpoint.conditions'),
  hostname: str(3, '@discovery.Endpoint.hostname', { pointer: true }),
  targetRef: message(4, ObjectReference, '@discovery.Endpoint.targetRef'),
  deprecatedTopology: map(5, 'string', '@discovery.Endpoint.deprecatedTopology'),
  nodeName: str(6, '@discovery.Endpoint.nodeName', { pointer: true }),
  zone: str(7, '@discovery.Endpoint.zone', { pointer: true }),
  hints: message(8, EndpointHints, '@discovery.Endpoint.hints'),
});
export type Endpoint = Infer<typeof Endpoint>;

export const EndpointPort = struct(
  'io.k8s.api.discovery.v1.EndpointPort',
  '@discovery.EndpointPort',
  {
    name: str(1, '@discovery.EndpointPort.name', { pointer: true }),
    protocol: str(2, '@discovery.EndpointPort.protocol', { pointer: true, enum: ['SCTP', 'TCP', 'UDP'] }),
    port: int32(3, '@discovery.EndpointPort.port', { pointer: true }),
    appProtocol: str(4, '@discovery.EndpointPort.appProtocol', { pointer: true }),
  },
  { atomic: true },
);
export type EndpointPort = Infer<typeof EndpointPort>;

export const EndpointSlice = struct('io.k8s.api.discovery.v1.EndpointSlice', '@discovery.EndpointSlice', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@discovery.EndpointSlice.metadata'),
  addressType: str(4, '@discovery.EndpointSlice.addressType', { required: true, enum: ['FQDN', 'IPv4', 'IPv6'] }),
  endpoints: list(2, Endpoint, '@discovery.EndpointSlice.endpoints'),
  ports: list(3, EndpointPort, '@discovery.EndpointSlice.ports'),
});
export type EndpointSlice = ObjectOf<typeof EndpointSlice>;

export const endpointSlices = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
  versions: soleVersion('v1', EndpointSlice),
  // any change of content counts, as there is no spec
  generation: true,
  validate: validateEndpointSlice,
  defaults: ({ ports }) => {
    for (const port of ports ?? []) {
      port.name ??= '';
      port.protocol ??= 'TCP';
    }
  },
  columns: [
    nameColumn,
    text('AddressType', 'Kind of the addresses.', (slice: EndpointSlice) => slice.addressType),
    text(
      'Ports',
      'Ports of every endpoint.',
      ({ ports = [] }: EndpointSlice) => firstFew(ports.map((p) => String(p.port ?? '*'))) || '<unset>',
    ),
    text(
      'Endpoints',
      'Addresses of the endpoints.',
      ({ endpoints = [] }: EndpointSlice) => firstFew(endpoints.flatMap((e) => e.addresses)) || '<unset>',
    ),
    ageColumn,
  ],
});
