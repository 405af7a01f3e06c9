/**
 * EndpointSlices of Services with selectors: at most 100 endpoints a slice, one address family, one set of ports a slice. Changes touch as few
 * slices as they can; a Service without a pod keeps one empty slice.
 * @see https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import type { Endpoint } from '#schema/discovery/endpoint-slice.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type Controller, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';

import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { isReady, isTerminating } from '../pod-state.ts';
import { backendGroups, HEADLESS_LABEL, hasSelector, hostnameOf, isHeadless, servicesOfPod } from '../services/backends.ts';
import { draftSlices, MANAGED_BY, SERVICE_NAME, SLICES, type SlicePorts, slicesOf, toChanges } from './drafts.ts';
import { addHints, noteHints, usesZoneShares } from './hints.ts';
import { capacityOf, ZONE } from './zone-shares.ts';

const MANAGER = 'endpointslice-controller.k8s.io';
const MAX_ENDPOINTS = 100;
const SERVICES = 'core/services';

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

const reconcile = (ref: ObjectRef, { snapshot }: ReconcileContext): Outcome => {
  const service = snapshot.get<Service>(SERVICES, ref.namespace, ref.name);
  // the garbage collector takes what a deleted Service leaves
  if (!service || service.metadata.deletionTimestamp || !hasSelector(service)) return nothing;
  const slices = slicesOf(snapshot, MANAGER, service).filter((slice) => slice.addressType === 'IPv4');
  const groups = backendGroups(service, snapshot).map(({ ports, pods }) => ({
    addressType: 'IPv4' as const,
    ports: ports as SlicePorts,
    endpoints: pods.map((pod) => endpointOf(pod, service, snapshot)),
  }));
  const drafts = draftSlices(groups, slices, MAX_ENDPOINTS);
  const reason = addHints(service, drafts, () => snapshot.all<Node>('core/nodes'));
  const changes = toChanges({ owner: service, labels: labelsOf(service), keepsOne: true }, drafts, snapshot);
  return { changes, events: noteHints(service, drafts, reason, changes) };
};

const shared = new WeakMap<readonly KubeObject[], readonly ObjectRef[]>();

/** Services whose hints follow from all nodes; found once per state of all Services. */
const servicesWithShares = (snapshot: Snapshot): readonly ObjectRef[] => {
  const services = snapshot.all<Service>(SERVICES);
  let refs = shared.get(services);
  if (!refs) {
    refs = services.filter(usesZoneShares).map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }));
    shared.set(services, refs);
  }
  return refs;
};

/** What endpoints say of a node is its zone; what shares follow from is its zone, readiness and CPU. */
const servicesOfNode = (node: Node, previous: Node | undefined, snapshot: Snapshot): readonly ObjectRef[] => {
  const gone = node === previous;
  const moved = previous !== undefined && !gone && previous.metadata.labels?.[ZONE] !== node.metadata.labels?.[ZONE];
  const before = previous && capacityOf(previous);
  const recounted = gone || !equalJson(before, capacityOf(node));
  return [
    ...(moved ? snapshot.onNode(node.metadata.name ?? '').flatMap((pod) => servicesOfPod(pod, undefined, snapshot)) : []),
    ...(recounted ? servicesWithShares(snapshot) : []),
  ];
};

export const endpointSlice: Controller = {
  name: 'endpoint-slice-controller',
  primary: SERVICES,
  watches: [
    { resource: 'core/pods', keys: servicesOfPod },
    { resource: 'core/nodes', keys: (node, previous, snapshot) => servicesOfNode(node as Node, previous as Node | undefined, snapshot) },
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
