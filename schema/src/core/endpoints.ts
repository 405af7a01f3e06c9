/**
 * Endpoints: the older list of addresses behind a Service, kept for clients that read it.
 */

import { type Infer, int32, list, message, str, struct } from '../dsl/field.ts';
import { ageColumn, firstFew, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateEndpoints } from './endpoints-validation.ts';
import { ObjectReference } from './reference.ts';

export const EndpointAddress = struct(
  'io.k8s.api.core.v1.EndpointAddress',
  'One address behind a service.',
  {
    ip: str(1, 'IP address.', { required: true, default: '' }),
    hostname: str(3, 'Host name of this endpoint.'),
    nodeName: str(4, 'Node it is on.', { pointer: true }),
    targetRef: message(2, ObjectReference, 'Object that gave the address.'),
  },
  { atomic: true },
);
export type EndpointAddress = Infer<typeof EndpointAddress>;

export const EndpointPort = struct(
  'io.k8s.api.core.v1.EndpointPort',
  'A port of every address in the subset.',
  {
    name: str(1, "Name of the service's port."),
    port: int32(2, 'Port number.', { required: true, default: 0 }),
    protocol: str(3, 'TCP, UDP or SCTP.', { enum: ['SCTP', 'TCP', 'UDP'] }),
    appProtocol: str(4, 'Protocol spoken on top, such as kubernetes.io/h2c.', { pointer: true }),
  },
  { atomic: true },
);
export type EndpointPort = Infer<typeof EndpointPort>;

export const EndpointSubset = struct('io.k8s.api.core.v1.EndpointSubset', 'Addresses and ports; every address has every port.', {
  addresses: list(1, EndpointAddress, 'Addresses that are ready.'),
  notReadyAddresses: list(2, EndpointAddress, 'Addresses that are not ready now.'),
  ports: list(3, EndpointPort, 'The ports.'),
});
export type EndpointSubset = Infer<typeof EndpointSubset>;

export const Endpoints = struct('io.k8s.api.core.v1.Endpoints', 'Addresses behind the service of the same name.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  subsets: list(2, EndpointSubset, 'Groups of addresses with the same ports.'),
});
export type Endpoints = ObjectOf<typeof Endpoints>;

const joinHostPort = (ip: string, port: number): string => `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;

const endpointsCell = ({ subsets = [] }: Endpoints): string =>
  firstFew(
    subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports.length === 0
        ? addresses.map((address) => address.ip)
        : ports.flatMap((port) => addresses.map((address) => joinHostPort(address.ip, port.port))),
    ),
  ) || '<none>';

export const endpoints = defineResource<Endpoints>({
  group: '',
  resource: 'endpoints',
  singular: 'endpoints',
  kind: 'Endpoints',
  namespaced: true,
  createsOnUpdate: true,
  shortNames: ['ep'],
  versions: soleVersion('v1', Endpoints, {
    deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  }),
  generation: false,
  validate: validateEndpoints,
  defaults: ({ subsets }) => {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ??= 'TCP';
  },
  columns: [nameColumn, text('Endpoints', 'Addresses with their ports.', endpointsCell), ageColumn],
});
