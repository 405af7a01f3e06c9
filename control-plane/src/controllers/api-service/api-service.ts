/**
 * Whether APIServices are available: those served here always, those of a Service as the task that asks them says. Asked when the Service, its endpoints or
 * the APIService change, and again after a while.
 * @see https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
import { type APIService, apiServices, localAvailable } from '#schema/apiregistration/api-service.ts';
import { setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import { type Controller, nothing, type ObjectRef } from '../../controller-runtime/controller.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';

const resource = 'apiregistration.k8s.io/apiservices';
const availableMs = 60_000;
const unavailableMs = 10_000;

const servedBy = (snapshot: Snapshot, namespace: string, name: string): ObjectRef[] =>
  (snapshot.all(resource) as readonly APIService[])
    .filter(({ spec: { service } }) => service?.namespace === namespace && service.name === name)
    .map(({ metadata }) => ({ namespace: '', name: metadata.name! }));

const ofService = ({ metadata }: KubeObject, _previous: KubeObject | undefined, snapshot: Snapshot): ObjectRef[] =>
  servedBy(snapshot, metadata.namespace ?? '', metadata.name ?? '');

const ofSlice = ({ metadata }: KubeObject, _previous: KubeObject | undefined, snapshot: Snapshot): ObjectRef[] =>
  servedBy(snapshot, metadata.namespace ?? '', metadata.labels?.['kubernetes.io/service-name'] ?? '');

export const apiService: Controller = {
  name: 'apiservice-availability',
  primary: resource,
  watches: [
    { resource: 'core/services', keys: ofService },
    { resource: 'discovery.k8s.io/endpointslices', keys: ofSlice },
  ],
  reconcile: ({ name }, { snapshot, nowMs }) => {
    const service = snapshot.get(resource, '', name) as APIService | undefined;
    if (!service || service.metadata.deletionTimestamp) return nothing;
    if (!service.spec.service) {
      const conditions = setCondition<any>(service.status?.conditions, { ...localAvailable, lastTransitionTime: toRfc3339(nowMs) }, nowMs);
      if (conditions === service.status?.conditions) return nothing;
      const object = { ...service, status: { ...service.status, conditions } };
      return { changes: [{ op: 'update', definition: apiServices, object, subresource: 'status' }] };
    }
    const available = service.status?.conditions?.some(({ type, status }) => type === 'Available' && status === 'True') ?? false;
    return {
      changes: [],
      tasks: [{ task: 'check-api-service', object: service }],
      requeueAtMs: nowMs + (available ? availableMs : unavailableMs),
    };
  },
};
