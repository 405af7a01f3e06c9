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
  '@core.EndpointAddress',
  {
    ip: str(1, '@core.EndpointAddress.ip', { required: true }),
    hostname: str(3, '@core.EndpointAddress.hostname'),
    nodeName: str(4, '@core.EndpointAddress.nodeName', { pointer: true }),
    targetRef: message(2, ObjectReference, '@core.EndpointAddress.targetRef'),
  },
  { atomic: true },
);
export type EndpointAddress = Infer<typeof EndpointAddress>;

export const EndpointPort = struct(
  'io.k8s.api.core.v1.EndpointPort',
  '@core.EndpointPort',
  {
    name: str(1, '@core.EndpointPort.name'),
    port: int32(2, '@core.EndpointPort.port', { required: true, default: 0 }),
    protocol: str(3, '@core.EndpointPort.protocol', { enum: ['SCTP', 'TCP', 'UDP'] }),
    appProtocol: str(4, '@core.EndpointPort.appProtocol', { pointer: true }),
  },
  { atomic: true },
);
export type EndpointPort = Infer<typeof EndpointPort>;

export const EndpointSubset = struct('io.k8s.api.core.v1.EndpointSubset', '@core.EndpointSubset', {
  addresses: list(1, EndpointAddress, '@core.EndpointSubset.addresses'),
  notReadyAddresses: list(2, EndpointAddress, '@core.EndpointSubset.notReadyAddresses'),
  ports: list(3, EndpointPort, '@core.EndpointSubset.ports'),
});
export type EndpointSubset = Infer<typeof EndpointSubset>;

export const Endpoints = struct('io.k8s.api.core.v1.Endpoints', '@core.Endpoints', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@core.Endpoints.metadata'),
  subsets: list(2, EndpointSubset, '@core.Endpoints.subsets'),
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
  shortNames: ['ep'],
  versions: soleVersion('v1', Endpoints),
  generation: false,
  validate: validateEndpoints,
  defaults: ({ subsets }) => {
    for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ??= 'TCP';
  },
  columns: [nameColumn, text('Endpoints', 'Addresses with their ports.', endpointsCell), ageColumn],
});
