/**
 * What the hub needs of the cluster's state in memory: the cache, and the agents served from it. A module of its own, which the object imports when an agent
 * or a write first needs it: followers, liveness and the volatile kinds do without.
 */
import { resources } from '#schema/resources.ts';
import { VERSION } from '#schema/version.ts';
import { createInformerCache, type InformerCache } from '../../controller-runtime/informer-cache.ts';
import { type Agents, type AgentsOptions, createAgents } from '../../hub/agents.ts';
import type { Hub, NodeRequest } from '../../hub/hub.ts';
import { createRegistry } from '../../registry/create.ts';
import { createSealer } from '../../store/sealing.ts';
import type { Store } from '../../store/store.ts';
import { type NodeDecision, nodeMay } from '../../sync/node-may.ts';
import { clock, platformOf } from './core.ts';
import { type Env, settingsOf } from './env.ts';
import { relayStub } from './relay-stub.ts';

export interface HubCore {
  readonly cache: InformerCache;
  readonly agents: Agents;
  authorizeNode(node: string, request: NodeRequest): Promise<NodeDecision>;
}

export interface HubCoreParts extends Pick<AgentsOptions, 'store' | 'sessions' | 'log' | 'onDeleted'> {
  readonly env: Env;
  readonly store: Store;
  /** The registry needs a hub for this alone. */
  readonly notify: Hub['notify'];
  /** What a node has, with the incarnation it is of. */
  readonly onSent: (node: string, has: { incarnation: string; revision: number; digest: string }) => void;
}

/** Reads the state of the cluster. */
export const makeHubCore = async ({ env, store, sessions, log, notify, onDeleted, onSent }: HubCoreParts): Promise<HubCore> => {
  const { keys } = settingsOf(env);
  const sealer = createSealer(keys.sealingKeys, env.KEDGE_CLUSTER_UID);
  const cache = createInformerCache({ store, sealer, resources, clock });
  await cache.load();
  log.debug('the hub read the state of the cluster', { revision: cache.snapshot.revision });
  const registry = createRegistry(platformOf(env, { component: 'hub', store, hub: { notify } as Hub, relay: relayStub(env) }));
  const agents = createAgents({
    store,
    sessions,
    cache,
    keys,
    registry: () => registry,
    sealer,
    clusterUid: env.KEDGE_CLUSTER_UID,
    version: VERSION,
    clock,
    log,
    ...(onDeleted ? { onDeleted } : {}),
    onSent: (node, { revision, digest }) => onSent(node, { incarnation: cache.incarnation, revision, digest }),
  });
  return {
    cache,
    agents,
    authorizeNode: async (node, request) => {
      const decision = nodeMay(node, request, cache.snapshot);
      if (decision.allowed) return decision;
      await cache.catchUp();
      return nodeMay(node, request, cache.snapshot);
    },
  };
};
