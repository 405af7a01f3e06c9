/**
 * EndpointSlice mirroring: Endpoints that somebody writes for a Service without a selector are copied into EndpointSlices, which readers of
 * endpoints look at. The copies belong to the Endpoints and are kept equal to them; at most 1000 addresses of a subset are mirrored.
 * @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#endpointslice-mirroring
 */
import type { EndpointAddress, EndpointSubset, Endpoints } from '#schema/core/endpoints.ts';
import type { Service } from '#schema/core/service.ts';
import type { Endpoint, EndpointSlice } from '#schema/discovery/endpoint-slice.ts';
import { type Controller, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';
import { canonicalJson } from '../../controller-runtime/naming.ts';
import {
  deletionOf,
  draftSlices,
  MANAGED_BY,
  SERVICE_NAME,
  SLICES,
  type SliceGroup,
  type SlicePorts,
  toChanges,
} from '../endpoint-slice/drafts.ts';
import { controllerOf } from '../ownership.ts';

const ENDPOINTS = 'core/endpoints';
const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
/** Annotations that say something about the Endpoints alone. */
const NOT_COPIED = ['endpoints.kubernetes.io/last-change-trigger-time', 'kubectl.kubernetes.io/last-applied-configuration'];
const MAX_ENDPOINTS = 1000;

const shouldMirror = ({ metadata }: Endpoints): boolean =>
  !metadata.deletionTimestamp && metadata.labels?.[SKIP] !== 'true' && metadata.annotations?.[LEADER] === undefined;

const endpointOf = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname ? { hostname } : {}),
  ...(targetRef ? { targetRef } : {}),
  ...(nodeName ? { nodeName } : {}),
});

const portsOf = ({ ports = [] }: EndpointSubset): SlicePorts =>
  ports.map(({ name, port, protocol, appProtocol }) => ({
    name: name ?? '',
    port,
    protocol: protocol ?? 'TCP',
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));

/** Subsets with the same ports become one group for each address family; an address that is named twice counts once, ready if either is. */
const groupsOf = ({ subsets = [] }: Endpoints): SliceGroup[] => {
  const groups = new Map<string, { addressType: EndpointSlice['addressType']; ports: SlicePorts; endpoints: Map<string, Endpoint> }>();
  for (const subset of subsets) {
    const ports = portsOf(subset);
    const addresses = [
      ...(subset.addresses ?? []).map((address) => endpointOf(address, true)),
      ...(subset.notReadyAddresses ?? []).map((address) => endpointOf(address, false)),
    ];
    for (const endpoint of addresses.slice(0, MAX_ENDPOINTS)) {
      const address = endpoint.addresses[0]!;
      const addressType = address.includes(':') ? 'IPv6' : 'IPv4';
      const key = canonicalJson([addressType, ports]);
      let group = groups.get(key);
      if (!group) {
        group = { addressType, ports, endpoints: new Map() };
        groups.set(key, group);
      }
      const known = group.endpoints.get(address);
      if (!known?.conditions?.ready) group.endpoints.set(address, endpoint);
    }
  }
  return [...groups.values()].map(({ endpoints, ...group }) => ({ ...group, endpoints: [...endpoints.values()] }));
};

const annotationsOf = ({ metadata: { annotations = {} } }: Endpoints): Record<string, string> =>
  Object.fromEntries(Object.entries(annotations).filter(([key]) => !NOT_COPIED.includes(key)));

const reconcile = (ref: ObjectRef, { snapshot }: ReconcileContext): Outcome => {
  const mirrored = snapshot
    .withLabel<EndpointSlice>(SLICES, ref.namespace, SERVICE_NAME, ref.name)
    .filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER && !metadata.deletionTimestamp)
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const endpoints = snapshot.get<Endpoints>(ENDPOINTS, ref.namespace, ref.name);
  const service = snapshot.get<Service>('core/services', ref.namespace, ref.name);
  const selects = Object.keys(service?.spec.selector ?? {}).length > 0;
  if (!endpoints || !service || selects || service.metadata.deletionTimestamp || !shouldMirror(endpoints)) {
    return mirrored.length > 0 ? { changes: mirrored.map(deletionOf) } : nothing;
  }
  const own = mirrored.filter((slice) => controllerOf(slice)?.uid === endpoints.metadata.uid);
  const foreign = mirrored.filter((slice) => !own.includes(slice)).map(deletionOf);
  const labels = { ...endpoints.metadata.labels, [SERVICE_NAME]: ref.name, [MANAGED_BY]: MANAGER };
  const drafts = draftSlices(groupsOf(endpoints), own, MAX_ENDPOINTS);
  return { changes: [...foreign, ...toChanges({ owner: endpoints, labels, annotations: annotationsOf(endpoints) }, drafts, snapshot)] };
};

export const endpointSliceMirroring: Controller = {
  name: 'endpoint-slice-mirroring-controller',
  primary: ENDPOINTS,
  watches: [
    { resource: 'core/services', keys: ({ metadata: { namespace = '', name = '' } }) => [{ namespace, name }] },
    {
      resource: SLICES,
      keys: ({ metadata: { namespace = '', labels } }) => {
        const name = labels?.[SERVICE_NAME];
        return name && labels?.[MANAGED_BY] === MANAGER ? [{ namespace, name }] : [];
      },
    },
  ],
  reconcile,
};
