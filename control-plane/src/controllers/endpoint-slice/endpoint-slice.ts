/**
 * EndpointSlices of Services with selectors: at most 100 endpoints a slice, one address family, one set of ports a slice. Changes touch as few
 * slices as they can; a Service without a pod keeps one empty slice.
 * @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import { type Endpoint, type EndpointSlice, endpointSlices } from '#schema/discovery/endpoint-slice.ts';
import {
  type Change,
  type Controller,
  nothing,
  type ObjectRef,
  type Outcome,
  type ReconcileContext,
} from '../../controller-runtime/controller.ts';
import { canonicalJson, generatedName, sameJson } from '../../controller-runtime/naming.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { controllerOf, controllerReference } from '../ownership.ts';
import { isReady, isTerminating } from '../pod-state.ts';
import {
  type BackendPort,
  backendGroups,
  HEADLESS_LABEL,
  hasSelector,
  hostnameOf,
  isHeadless,
  servicesOfPod,
} from '../services/backends.ts';

const SLICES = 'discovery.k8s.io/endpointslices';
const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const ZONE = 'topology.kubernetes.io/zone';
const MAX_ENDPOINTS = 100;

const endpointOf = (pod: Pod, service: Service, snapshot: Snapshot): Endpoint => {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const hostname = hostnameOf(pod, service);
  const { nodeName } = pod.spec;
  const zone = nodeName ? snapshot.get<Node>('core/nodes', '', nodeName)?.metadata.labels?.[ZONE] : undefined;
  return {
    addresses: [pod.status!.podIP!],
    conditions: { ready: Boolean(service.spec.publishNotReadyAddresses) || (serving && !terminating), serving, terminating },
    ...(hostname ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name!, uid: pod.metadata.uid! },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
};

const labelsOf = (service: Service): Record<string, string> => ({
  ...service.metadata.labels,
  [SERVICE_NAME]: service.metadata.name!,
  [MANAGED_BY]: MANAGER,
  ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}),
});

/** What a slice should hold; `slice` is absent for one that must be made. */
interface Draft {
  readonly slice: EndpointSlice | undefined;
  readonly ports: readonly BackendPort[];
  readonly endpoints: Endpoint[];
  changed: boolean;
}

const uidOf = (endpoint: Endpoint): string => endpoint.targetRef?.uid ?? endpoint.addresses.join();

/** Spreads the endpoints of one set of ports over the slices it has, and new ones where they are full. */
const draftGroup = (ports: readonly BackendPort[], wanted: readonly Endpoint[], slices: readonly EndpointSlice[]): Draft[] => {
  const open = new Map(wanted.map((endpoint) => [uidOf(endpoint), endpoint]));
  const drafts = slices.map((slice): Draft => {
    const endpoints: Endpoint[] = [];
    let changed = false;
    for (const endpoint of slice.endpoints ?? []) {
      const next = open.get(uidOf(endpoint));
      open.delete(uidOf(endpoint));
      if (next) endpoints.push(next);
      if (!next || !sameJson(next, endpoint)) changed = true;
    }
    return { slice, ports, endpoints, changed };
  });
  // slices that are written anyway take new endpoints first
  const withRoom = [...drafts].sort((a, b) => Number(b.changed) - Number(a.changed));
  for (const endpoint of open.values()) {
    let draft = withRoom.find(({ endpoints }) => endpoints.length < MAX_ENDPOINTS);
    if (!draft) {
      draft = { slice: undefined, ports, endpoints: [], changed: true };
      drafts.push(draft);
      withRoom.unshift(draft);
    }
    draft.endpoints.push(endpoint);
    draft.changed = true;
  }
  return drafts;
};

const newSlice = (service: Service, { ports, endpoints }: Draft, name: string): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name,
    generateName: `${service.metadata.name}-`,
    namespace: service.metadata.namespace!,
    labels: labelsOf(service),
    ownerReferences: [controllerReference(service)],
  },
  addressType: 'IPv4',
  endpoints,
  ports: ports as EndpointSlice['ports'] & object,
});

const nameFor = (service: Service, snapshot: Snapshot, slot: number): string => {
  const { uid, resourceVersion, name, namespace = '' } = service.metadata;
  for (let attempt = 0; ; attempt++) {
    const candidate = generatedName(`${name}-`, `${uid}/${resourceVersion}/${slot}/${attempt}`);
    if (!snapshot.get(SLICES, namespace, candidate)) return candidate;
  }
};

const toChanges = (service: Service, drafts: readonly Draft[], snapshot: Snapshot): Change[] => {
  const definition = endpointSlices;
  const filled = drafts.filter(({ endpoints }) => endpoints.length > 0);
  // one stays, empty, so that readers see a Service that has a selector but no pod
  const kept = filled.length > 0 ? filled : drafts.slice(0, 1);
  const changes: Change[] = [];
  for (const { slice } of drafts.filter((draft) => !kept.includes(draft))) {
    if (!slice || slice.metadata.deletionTimestamp) continue;
    changes.push({ op: 'delete', definition, object: slice, request: { preconditions: { uid: slice.metadata.uid! } } });
  }
  const labels = labelsOf(service);
  kept.forEach((draft, slot) => {
    const { slice, endpoints } = draft;
    if (!slice) {
      const object = newSlice(service, draft, nameFor(service, snapshot, slot));
      changes.push({ op: 'create', definition, object, ownerUid: service.metadata.uid! });
    } else if (draft.changed || !sameJson(labels, slice.metadata.labels)) {
      changes.push({ op: 'update', definition, object: { ...slice, metadata: { ...slice.metadata, labels }, endpoints } });
    }
  });
  return changes;
};

const portsKey = (ports: EndpointSlice['ports'] | readonly BackendPort[]): string => canonicalJson(ports ?? []);

const reconcile = (ref: ObjectRef, { snapshot }: ReconcileContext): Outcome => {
  const service = snapshot.get<Service>('core/services', ref.namespace, ref.name);
  // the garbage collector takes what a deleted Service leaves
  if (!service || service.metadata.deletionTimestamp || !hasSelector(service)) return nothing;
  const slices = snapshot
    .withLabel<EndpointSlice>(SLICES, ref.namespace, SERVICE_NAME, ref.name)
    .filter((slice) => slice.metadata.labels?.[MANAGED_BY] === MANAGER && controllerOf(slice)?.uid === service.metadata.uid)
    .filter((slice) => slice.addressType === 'IPv4' && !slice.metadata.deletionTimestamp)
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const groups = backendGroups(service, snapshot);
  const drafts = groups.flatMap(({ ports, pods }) =>
    draftGroup(
      ports,
      pods.map((pod) => endpointOf(pod, service, snapshot)),
      slices.filter((slice) => portsKey(slice.ports) === portsKey(ports)),
    ),
  );
  const used = new Set(drafts.map(({ slice }) => slice));
  const stale = slices
    .filter((slice) => !used.has(slice))
    .map((slice): Draft => ({ slice, ports: [], endpoints: [], changed: (slice.endpoints?.length ?? 0) > 0 }));
  const all = [...drafts, ...stale];
  if (all.length === 0) all.push({ slice: undefined, ports: [], endpoints: [], changed: true });
  return { changes: toChanges(service, all, snapshot) };
};

export const endpointSlice: Controller = {
  name: 'endpoint-slice-controller',
  primary: 'core/services',
  watches: [
    { resource: 'core/pods', keys: servicesOfPod },
    {
      resource: SLICES,
      keys: ({ metadata: { namespace = '', labels } }) => {
        const name = labels?.[SERVICE_NAME];
        return name ? [{ namespace, name }] : [];
      },
    },
  ],
  reconcile,
};
