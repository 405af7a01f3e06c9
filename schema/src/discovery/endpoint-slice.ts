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

export const EndpointConditions = struct(
  'io.k8s.api.discovery.v1.EndpointConditions',
  'State of an endpoint; absent means yes, but for terminating.',
  {
    ready: bool(1, 'May get new connections; false while it ends.', { pointer: true }),
    serving: bool(2, 'Answers, even while it ends.', { pointer: true }),
    terminating: bool(3, 'Is ending.', { pointer: true }),
  },
);
export type EndpointConditions = Infer<typeof EndpointConditions>;

export const ForZone = struct('io.k8s.api.discovery.v1.ForZone', 'A zone that should use the endpoint.', {
  name: str(1, 'Name of the zone.', { required: true }),
});
export type ForZone = Infer<typeof ForZone>;

export const ForNode = struct('io.k8s.api.discovery.v1.ForNode', 'A node that should use the endpoint.', {
  name: str(1, 'Name of the node.', { required: true }),
});
export type ForNode = Infer<typeof ForNode>;

export const EndpointHints = struct('io.k8s.api.discovery.v1.EndpointHints', 'Who should use the endpoint.', {
  forZones: list(1, ForZone, 'Zones.'),
  forNodes: list(2, ForNode, 'Nodes.'),
});
export type EndpointHints = Infer<typeof EndpointHints>;

export const Endpoint = struct('io.k8s.api.discovery.v1.Endpoint', 'One endpoint, usually a pod.', {
  addresses: set(1, 'string', 'Its addresses; consumers use the first.', { required: true, default: [] }),
  conditions: message(2, EndpointConditions, 'Its state.'),
  hostname: str(3, 'Host name of this endpoint.', { pointer: true }),
  targetRef: message(4, ObjectReference, 'Object that gave the address.'),
  deprecatedTopology: map(5, 'string', 'Topology as in old versions.'),
  nodeName: str(6, 'Node it is on.', { pointer: true }),
  zone: str(7, 'Zone it is in.', { pointer: true }),
  hints: message(8, EndpointHints, 'Who should use it.'),
});
export type Endpoint = Infer<typeof Endpoint>;

export const EndpointPort = struct(
  'io.k8s.api.discovery.v1.EndpointPort',
  'A port of every endpoint in the slice.',
  {
    name: str(1, "Name of the service's port; unique in the slice.", { pointer: true }),
    protocol: str(2, 'TCP, UDP or SCTP.', { pointer: true, enum: ['SCTP', 'TCP', 'UDP'] }),
    port: int32(3, 'Port number; absent for all ports.', { pointer: true }),
    appProtocol: str(4, 'Protocol spoken on top, such as kubernetes.io/h2c.', { pointer: true }),
  },
  { atomic: true },
);
export type EndpointPort = Infer<typeof EndpointPort>;

export const EndpointSlice = struct('io.k8s.api.discovery.v1.EndpointSlice', 'A part of the addresses behind a service.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  addressType: str(4, 'IPv4, IPv6 or FQDN; cannot change.', { required: true, enum: ['FQDN', 'IPv4', 'IPv6'] }),
  endpoints: list(2, Endpoint, 'The endpoints.'),
  ports: list(3, EndpointPort, 'Ports of every endpoint.'),
});
export type EndpointSlice = ObjectOf<typeof EndpointSlice>;

export const endpointSlices = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
  versions: soleVersion('v1', EndpointSlice),
  generation: false,
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
