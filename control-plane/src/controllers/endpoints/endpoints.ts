/**
 * Endpoints, the older form of EndpointSlices: one object per Service with a selector, of its name. Terminating pods are left out, and at most
 * 1000 addresses are listed.
 */
import { endpoints as definition, type EndpointAddress, type EndpointSubset, type Endpoints } from '#schema/core/endpoints.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { type Controller, nothing, type ObjectRef, type Outcome, type ReconcileContext } from '../../controller-runtime/controller.ts';

import { isReady, isTerminating } from '../pod-state.ts';
import { backendGroups, HEADLESS_LABEL, hasSelector, hostnameOf, isHeadless, servicesOfPod } from '../services/backends.ts';

const ENDPOINTS = 'core/endpoints';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const MANAGER = 'endpoint-controller';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MAX_ADDRESSES = 1000;

const addressOf = (pod: Pod, service: Service): EndpointAddress => {
  const hostname = hostnameOf(pod, service);
  return {
    ip: pod.status!.podIP!,
    ...(hostname ? { hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace!, name: pod.metadata.name!, uid: pod.metadata.uid! },
  };
};

interface Subsets {
  readonly subsets: EndpointSubset[];
  readonly truncated: boolean;
}

const subsetsOf = (service: Service, { snapshot }: ReconcileContext): Subsets => {
  const publishAll = service.spec.publishNotReadyAddresses ?? false;
  let room = MAX_ADDRESSES;
  let truncated = false;
  const take = (pods: readonly Pod[]): EndpointAddress[] => {
    if (pods.length > room) truncated = true;
    const taken = pods.slice(0, room);
    room -= taken.length;
    return taken.map((pod) => addressOf(pod, service)).sort((a, b) => (a.ip < b.ip ? -1 : 1));
  };
  const subsets = backendGroups(service, snapshot).flatMap(({ ports, pods }): EndpointSubset[] => {
    const listed = pods.filter((pod) => publishAll || !isTerminating(pod));
    const addresses = take(listed.filter((pod) => publishAll || isReady(pod)));
    const notReadyAddresses = take(listed.filter((pod) => !publishAll && !isReady(pod)));
    if (addresses.length + notReadyAddresses.length === 0) return [];
    return [
      {
        ...(addresses.length > 0 ? { addresses } : {}),
        ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
        ...(ports.length > 0
          ? { ports: ports.map(({ name, ...port }) => ({ ...(name ? { name } : {}), ...port })) as EndpointSubset['ports'] & object }
          : {}),
      },
    ];
  });
  return { subsets, truncated };
};

const reconcile = (ref: ObjectRef, context: ReconcileContext): Outcome => {
  const { snapshot } = context;
  const service = snapshot.get<Service>('core/services', ref.namespace, ref.name);
  const current = snapshot.get<Endpoints>(ENDPOINTS, ref.namespace, ref.name);
  if (!service) {
    // a Service that goes takes the Endpoints of its name along, those that a person keeps, too
    if (!current || current.metadata.deletionTimestamp) return nothing;
    return { changes: [{ op: 'delete', definition, object: current, request: { preconditions: { uid: current.metadata.uid! } } }] };
  }
  if (!hasSelector(service) || service.metadata.deletionTimestamp) return nothing;
  const { subsets, truncated } = subsetsOf(service, context);
  const labels = { ...service.metadata.labels, [MANAGED_BY]: MANAGER, ...(isHeadless(service) ? { [HEADLESS_LABEL]: '' } : {}) };
  if (!current) {
    const metadata = {
      name: ref.name,
      namespace: ref.namespace,
      labels,
      ...(truncated ? { annotations: { [OVER_CAPACITY]: 'truncated' } } : {}),
    };
    const object: Endpoints = { apiVersion: 'v1', kind: 'Endpoints', metadata, ...(subsets.length > 0 ? { subsets } : {}) };
    return { changes: [{ op: 'create', definition, object, ownerUid: service.metadata.uid! }] };
  }
  const { [OVER_CAPACITY]: marked, ...others } = current.metadata.annotations ?? {};
  const upToDate = equalJson(current.subsets ?? [], subsets) && equalJson(current.metadata.labels, labels) && Boolean(marked) === truncated;
  if (upToDate) return nothing;
  const { subsets: _, ...rest } = current;
  const { annotations: _annotations, ...metadata } = current.metadata;
  const annotations = truncated ? { ...others, [OVER_CAPACITY]: 'truncated' } : others;
  const object: Endpoints = {
    ...rest,
    metadata: { ...metadata, labels, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
  return { changes: [{ op: 'update', definition, object }] };
};

export const endpoints: Controller = {
  name: 'endpoint-controller',
  primary: 'core/services',
  watches: [
    { resource: 'core/pods', keys: servicesOfPod },
    {
      resource: ENDPOINTS,
      keys: ({ metadata: { namespace = '', name = '', labels } }) => (labels?.[MANAGED_BY] === MANAGER ? [{ namespace, name }] : []),
    },
  ],
  reconcile,
};
