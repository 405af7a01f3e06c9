/**
 * When a node was last heard is no stored state: a healthy idle node writes nothing. On get and list it is filled into the node's Lease and
 * the heartbeat times of its Node; watches show stored transitions only.
 */
import { toMicroTime, toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import type { Liveness } from '../hub/hub.ts';
import type { Call } from './call.ts';

type Fill = (object: KubeObject, heardMs: number) => void;

const fills: Readonly<Record<string, Fill>> = {
  'core/nodes': (node, heardMs) => {
    const time = toRfc3339(heardMs);
    for (const condition of node.status?.conditions ?? []) {
      if (condition.status !== 'Unknown' && (condition.lastHeartbeatTime ?? '') < time) condition.lastHeartbeatTime = time;
    }
  },
  'coordination.k8s.io/leases': (lease, heardMs) => {
    if (lease.metadata.namespace !== 'kube-node-lease') return;
    const time = toMicroTime(heardMs);
    if ((lease.spec?.renewTime ?? '') < time) lease.spec = { ...lease.spec, renewTime: time };
  },
};

const leaseNamespace = 'kube-node-lease';

/** undefined for resources without liveness, and when nothing is known. */
export const livenessFor = async (call: Call): Promise<Liveness | undefined> => {
  const { definition, namespace } = call.target;
  if (!fills[storageKey(definition)] || (definition.namespaced && namespace !== leaseNamespace)) return undefined;
  try {
    const liveness = await call.server.platform.hub.liveness();
    return liveness.nodes.length > 0 ? liveness : undefined;
  } catch {
    // Reading objects must not depend on it.
    return undefined;
  }
};

export const fillLiveness = (call: Call, object: KubeObject, liveness: Liveness): void => {
  const heard = liveness.nodes.find((n) => n.node === object.metadata.name);
  if (heard && heard.lastHeardMs > 0) fills[storageKey(call.target.definition)]?.(object, heard.lastHeardMs);
};
