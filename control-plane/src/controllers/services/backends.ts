/**
 * The pods behind a Service, and the ports each of them offers for it. Pods with the same ports form one group: a named target port may stand
 * for different numbers in different pods.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { Service } from '#schema/core/service.ts';
import type { KubeObject } from '#schema/resource.ts';
import { matches, selectionOfMap } from '#schema/selectors/label.ts';
import type { ObjectRef } from '../../controller-runtime/controller.ts';
import { canonicalJson } from '../../controller-runtime/naming.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { selected } from '../ownership.ts';
import { isFinished } from '../pod-state.ts';

export const HEADLESS_LABEL = 'service.kubernetes.io/headless';

export interface BackendPort {
  /** '' for the only port of a Service that names none. */
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

export interface BackendGroup {
  readonly ports: readonly BackendPort[];
  /** Sorted by namespace-unique name. Terminating ones are included. */
  readonly pods: readonly Pod[];
}

/** A Service whose endpoints follow from a selector. */
export const hasSelector = (service: Service): boolean =>
  service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;

export const isHeadless = (service: Service): boolean => service.spec.clusterIP === 'None';

/** Container ports a service may name: containers, and init containers that keep running. */
const namedPort = (pod: Pod, name: string, protocol: string): number | undefined => {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => (container as any).restartPolicy === 'Always');
  for (const container of [...(pod.spec.containers ?? []), ...sidecars]) {
    const found = container.ports?.find((port) => port.name === name && (port.protocol || 'TCP') === protocol);
    if (found) return found.containerPort;
  }
  return undefined;
};

const portsOf = (service: Service, pod: Pod): BackendPort[] =>
  (service.spec.ports ?? []).flatMap((servicePort) => {
    const protocol = servicePort.protocol || 'TCP';
    const target = servicePort.targetPort || servicePort.port;
    const port = typeof target === 'number' ? target : namedPort(pod, target, protocol);
    if (port === undefined) return [];
    const { name = '', appProtocol } = servicePort;
    return [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });

/** Groups in order of their ports. A pod none of whose target ports exist has no group, unless the Service has no ports at all. */
export const backendGroups = (service: Service, snapshot: Snapshot): BackendGroup[] => {
  const pods = selected<Pod>(snapshot, 'core/pods', service.metadata.namespace ?? '', selectionOfMap(service.spec.selector))
    .filter((pod) => !isFinished(pod) && pod.status?.podIP)
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
  const groups = new Map<string, { ports: BackendPort[]; pods: Pod[] }>();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    if (ports.length === 0 && (service.spec.ports?.length ?? 0) > 0) continue;
    const key = canonicalJson(ports);
    const group = groups.get(key);
    if (group) group.pods.push(pod);
    else groups.set(key, { ports, pods: [pod] });
  }
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
};

/** The pod's name in DNS, when it asks for one below this Service. */
export const hostnameOf = (pod: Pod, service: Service): string | undefined =>
  pod.spec.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;

/** Watch keys: Services whose selector matches the pod as it is or was. */
export const servicesOfPod = (pod: KubeObject, previous: KubeObject | undefined, snapshot: Snapshot): readonly ObjectRef[] => {
  const namespace = pod.metadata.namespace ?? '';
  return snapshot
    .inNamespace<Service>('core/services', namespace)
    .filter(
      (service) =>
        hasSelector(service) &&
        [pod, previous].some((state) => state && matches(selectionOfMap(service.spec.selector), state.metadata.labels)),
    )
    .map(({ metadata }) => ({ namespace, name: metadata.name ?? '' }));
};
