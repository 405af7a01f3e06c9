/**
 * A control plane in memory for tests: the real registry, cache and loop over volatile stores, with a clock that stands still until told.
 * Nodes are objects only; `pods` plays the agent's part where a test asks for it.
 */
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import { serviceUnavailable } from '../apiserver/errors.ts';
import { controllers as allControllers } from '../controllers/controllers.ts';
import type { Hub, NodeLiveness } from '../hub/hub.ts';
import type { Logger, Random } from '../platform/platform.ts';
import { type ApiRegistry, createRegistry } from '../registry/create.ts';
import type { Actor, Operation, OperationResult } from '../registry/registry.ts';
import type { Relay } from '../relay/relay.ts';
import { composeStores } from '../store/compose.ts';
import { createSealer } from '../store/sealing.ts';
import { type Store, StoreError } from '../store/store.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { createTasks } from '../tasks/create-tasks.ts';
import type { ClusterSettings, Controller } from './controller.ts';
import { createInformerCache, type InformerCache } from './informer-cache.ts';
import { createLoop, type Loop, type LoopTimer, type Told } from './loop.ts';
import type { MetricsCall } from './metric-queries.ts';
import type { RunMark } from './quarantine.ts';

export const testCluster: ClusterSettings = {
  clusterUid: 'test',
  podCIDR: '10.42.0.0/16',
  nodeCIDRMask: 24,
  serviceCIDR: '10.43.0.0/16',
  clusterDomain: 'cluster.local',
  nodePortRange: [30000, 32767],
  rootCA: 'CA',
};

export const admin: Actor = { user: { name: 'admin', groups: ['system:masters'] }, fieldManager: 'test' };

/** Brings a world to rest: until neither the loop nor the pods move. */
export const rest = async (world: TestWorld): Promise<void> => {
  do await world.settle();
  while ((await world.runPods()) > 0);
};

/** A store that dies for the loop's writes after `at` of them, once it is armed; the write it dies in is committed or not. */
export interface MortalStore {
  readonly wrap: (store: Store) => Store;
  /** The store below, for the next process. */
  shared(): Store;
  arm(): void;
}

export const mortalStore = (at: number, committed: boolean): MortalStore => {
  let below: Store | undefined;
  let writes = 0;
  let armed = false;
  let dead = false;
  return {
    wrap: (store) => {
      below = store;
      return {
        ...store,
        write: async (batch, options) => {
          if (!armed || options?.epoch === undefined) return store.write(batch, options);
          if (dead) throw new StoreError('unavailable', 'dead');
          if (writes++ < at) return store.write(batch, options);
          dead = true;
          if (committed) await store.write(batch, options);
          throw new StoreError('unavailable', 'dead');
        },
      };
    },
    shared: () => below!,
    arm: () => {
      armed = true;
    },
  };
};

/** Same numbers each run. */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 0x1_0000_0000;
  };
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(next() * 256));
  const hex = (length: number): string => [...bytes(length)].map((b) => b.toString(16).padStart(2, '0')).join('');
  return {
    bytes,
    float: next,
    uuid: () => `${hex(4)}-${hex(2)}-4${hex(2).slice(1)}-a${hex(2).slice(1)}-${hex(6)}`,
  };
};

export interface LoggedLine {
  readonly level: keyof Logger;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
}

export interface TestWorld {
  readonly store: Store;
  readonly registry: ApiRegistry;
  readonly cache: InformerCache;
  readonly loop: Loop;
  readonly log: readonly LoggedLine[];
  nowMs: number;
  liveness: NodeLiveness[];
  /** @throws Error when the registry refuses it */
  create(definition: ResourceDefinition, object: object): Promise<KubeObject>;
  /** Through the main endpoint, or a subresource. @throws Error */
  update(
    definition: ResourceDefinition,
    namespace: string,
    name: string,
    change: (object: any) => void,
    subresource?: string,
  ): Promise<KubeObject>;
  remove(definition: ResourceDefinition, namespace: string, name: string, request?: object): Promise<OperationResult>;
  get(definition: ResourceDefinition, namespace: string, name: string): Promise<any>;
  /** A sealed object, readable. */
  open(definition: ResourceDefinition, namespace: string, name: string): Promise<any>;
  list(definition: ResourceDefinition, namespace?: string): Promise<any[]>;
  /** A registered, ready node with 4 cpus, 8 GiB and room for 110 pods. */
  addNode(name: string, change?: (node: any) => void): Promise<KubeObject>;
  /** What agents would report: bound pods run and are ready, deleted ones are gone, those that may end succeed. Returns how many moved. */
  runPods(): Promise<number>;
  settle(): Promise<void>;
}

export interface TestWorldOptions {
  readonly controllers?: readonly Controller[];
  readonly nowMs?: number;
  /** Of uids and the like; another one for a second process over the same store. Default 1. */
  readonly seed?: number;
  /** Answers for metrics APIs of the cluster; nodes then measure nothing. */
  readonly metricsCall?: MetricsCall;
  /** Private ES256 JWK, where tokens of accounts are signed. */
  readonly signingKey?: Readonly<Record<string, unknown>>;
  /** Keeps what is being decided. */
  readonly mark?: RunMark;
  /** Whom the loop tells of commits before it calls them processed. */
  readonly told?: Told;
  /** Told when the loop wants to be woken. Default: only ticks and pokes do. */
  readonly timer?: LoopTimer;
  readonly joinPasses?: (run: () => void) => void;
  /** Wraps the store, to lose replies or writes. */
  readonly wrap?: (store: Store) => Store;
}

const ok = (result: OperationResult | undefined): KubeObject => {
  if (result?.status === 'ok') return result.object;
  if (result?.status === 'unchanged' && result.object) return result.object;
  throw new Error(`${result?.status}: ${result && 'message' in result ? result.message : ''}`);
};

export const createTestWorld = (options: TestWorldOptions = {}): TestWorld => {
  const lines: LoggedLine[] = [];
  const write =
    (level: keyof Logger) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      lines.push({ level, message, fields });
    };
  const log: Logger = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const startMs = options.nowMs ?? Date.UTC(2030, 0, 1);
  const clock = { now: () => world.nowMs };
  const random = seededRandom(options.seed ?? 1);
  const identity = { clusterUid: testCluster.clusterUid, incarnation: 'one' };
  const fixed = { now: () => startMs };
  const volatileKeys = new Set(resources.filter((r) => r.storage === 'volatile').map(storageKey));
  const composed = composeStores({
    durable: createVolatileStore({ identity, clock: fixed, random, isExpendable: () => false }),
    volatile: createVolatileStore({ identity, clock: fixed, random }),
    isVolatile: (resource) => volatileKeys.has(resource),
  });
  const store = options.wrap?.(composed) ?? composed;
  const keys = { tokenHmacKey: '', saSigningKey: options.signingKey ?? {}, sealingKeys: [{ id: 'k1', key: btoa('0'.repeat(32)) }] };
  const sealer = createSealer(keys.sealingKeys, testCluster.clusterUid);
  const cache = createInformerCache({ store, sealer, resources, clock });
  const hub = {
    notify: async (changes) => {
      cache.fold(changes);
      world.loop.poke();
    },
    liveness: async () => ({ nodes: world.liveness, observingSinceMs: startMs }),
    ...(options.metricsCall ? { metrics: async () => ({ samples: [], labels: {} }) } : {}),
    authorizeNode: async () => ({ allowed: false, reason: '' }),
  } as Partial<Hub> as Hub;
  const background = (work: Promise<unknown>): void => void work.catch(() => undefined);
  // no node runs: nothing in the cluster can be asked
  const relay = { dial: async () => Promise.reject(serviceUnavailable('no agent')) } as unknown as Relay;
  const platform = { store, hub, relay, keys, cluster: testCluster, clock, random, log, background };
  const registry = createRegistry(platform);
  const tasks = createTasks(platform, registry);
  const loop = createLoop({
    platform,
    cache,
    registry,
    controllers: options.controllers ?? allControllers,
    tasks,
    metricsCall: options.metricsCall,
    mark: options.mark,
    ...(options.told ? { told: options.told } : {}),
    ...(options.timer ? { timer: options.timer } : {}),
    ...(options.joinPasses ? { joinPasses: options.joinPasses } : {}),
  });

  const apply = async (operation: Operation): Promise<OperationResult> => (await registry.applyAll([operation], admin))[0]!;

  const world: TestWorld = {
    store,
    registry,
    cache,
    loop,
    log: lines,
    nowMs: startMs,
    liveness: [],
    create: async (definition, object) => ok(await apply({ op: 'create', definition, object: object as KubeObject })),
    update: async (definition, namespace, name, change, subresource) =>
      ok(
        await apply({
          op: 'merge',
          definition,
          namespace,
          name,
          ...(subresource ? { subresource } : {}),
          merge: (current) => {
            const next = structuredClone(current);
            change(next);
            return next;
          },
        }),
      ),
    remove: async (definition, namespace, name, request = {}) => {
      const object = { metadata: { name, ...(namespace ? { namespace } : {}) } } as KubeObject;
      return apply({ op: 'delete', definition, object, request });
    },
    get: async (definition, namespace, name) => {
      const stored = await store.get({ resource: storageKey(definition), namespace, name });
      if (!stored) return undefined;
      const object = JSON.parse(stored.body) as KubeObject;
      object.metadata.resourceVersion = String(stored.revision);
      return object;
    },
    open: async (definition, namespace, name) => {
      const { body } = await registry.get(definition, namespace, name);
      return JSON.parse(body);
    },
    list: async (definition, namespace) => {
      const page = await store.list({ resource: storageKey(definition), ...(namespace === undefined ? {} : { namespace }) });
      return page.items.map((item) => JSON.parse(item.body));
    },
    addNode: async (name, change) => {
      const time = toRfc3339(world.nowMs);
      const node = {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: { 'kubernetes.io/hostname': name } },
        status: {
          capacity: { cpu: '4', memory: '8Gi', pods: '110' },
          allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
          conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastTransitionTime: time, lastHeartbeatTime: time }],
        },
      };
      change?.(node);
      world.liveness = [...world.liveness, { node: name, lastHeardMs: world.nowMs, connected: true }];
      const definition = definitionOf('core/nodes');
      await world.create(definition, node);
      return world.update(definition, '', name, (object) => Object.assign(object, { status: node.status }), 'status');
    },
    runPods: async () => {
      const pods = definitionOf('core/pods');
      let moved = 0;
      for (const pod of await world.list(pods)) {
        const { name, namespace, deletionTimestamp } = pod.metadata;
        if (!pod.spec.nodeName) continue;
        if (deletionTimestamp) {
          await world.remove(pods, namespace, name, { gracePeriodSeconds: 0 });
          moved++;
        } else if (pod.status.phase === 'Pending') {
          await world.update(pods, namespace, name, (object) => runningPod(object, world.nowMs), 'status');
          moved++;
        } else if (pod.status.phase === 'Running' && pod.spec.restartPolicy !== 'Always') {
          await world.update(pods, namespace, name, (object) => finishedPod(object, 'Succeeded', world.nowMs), 'status');
          moved++;
        }
      }
      return moved;
    },
    settle: () => loop.settle(),
  };
  return world;
};

const definitionOf = (key: string): ResourceDefinition => resources.find((definition) => storageKey(definition) === key)!;

/** What an agent reports of a pod whose containers have ended. */
export const finishedPod = (pod: any, phase: 'Succeeded' | 'Failed', nowMs: number): void => {
  const finishedAt = toRfc3339(nowMs);
  const containerStatuses = pod.spec.containers.map(({ name, image }: any) => ({
    ...{ name, image, imageID: '', ready: false, restartCount: 0 },
    state: { terminated: { exitCode: phase === 'Failed' ? 1 : 0, finishedAt } },
  }));
  const conditions = (pod.status.conditions ?? []).map((c: any) => (c.type === 'Ready' ? { ...c, status: 'False' } : c));
  pod.status = { ...pod.status, phase, conditions, containerStatuses };
};

const runningPod = (pod: any, nowMs: number): void => {
  const time = toRfc3339(nowMs);
  const others = (pod.status?.conditions ?? []).filter((condition: any) => condition.type !== 'Ready');
  pod.status = {
    ...pod.status,
    phase: 'Running',
    podIP: '10.42.0.9',
    podIPs: [{ ip: '10.42.0.9' }],
    conditions: [...others, { type: 'Ready', status: 'True', lastTransitionTime: time }],
  };
};
