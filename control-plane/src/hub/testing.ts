/** The in-process hub of a cluster in memory and in a file of its own, for tests, and agents that speak to it by polls. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import type { AgentMessage, ServerMessage, ViewMessage } from '#schema/sync/protocol.ts';
import { createInformerCache } from '../controller-runtime/informer-cache.ts';
import { createRegistry } from '../registry/create.ts';
import { composeStores } from '../store/compose.ts';
import { openFileStore } from '../store/file/open.ts';
import { createSealer } from '../store/sealing.ts';
import { createVolatileStore } from '../store/volatile/volatile-store.ts';
import { createInProcessHub } from './in-process.ts';

const clusterUid = 'cluster-1';
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const random = {
  bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  uuid: () => crypto.randomUUID(),
  float: () => Math.random(),
};
const sealingKeys = [{ id: 'k1', key: btoa('x'.repeat(32)) }];
const volatileKeys = resources.filter((definition) => definition.storage === 'volatile').map(storageKey);

export const openHub = async (incarnation?: string) => {
  const dir = await mkdtemp(join(tmpdir(), 'kedge-hub-'));
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const clock = { now: () => nowMs };
  const ids = incarnation === undefined ? [] : [incarnation];
  const uuid = () => ids.shift() ?? random.uuid();
  const durable = await openFileStore({ path: join(dir, 'k.db'), clusterUid, clock, random: { ...random, uuid } });
  const volatile = createVolatileStore({ identity: await durable.identity(), clock, random });
  const isVolatile = (resource: string): boolean => volatileKeys.includes(resource);
  const store = composeStores({ durable, volatile, isVolatile, clock });
  const sealer = createSealer(sealingKeys, clusterUid);
  const cache = createInformerCache({ store, sealer, resources, clock });
  await cache.load();
  const cluster = {
    clusterUid,
    podCIDR: '10.64.0.0/16',
    nodeCIDRMask: 24,
    serviceCIDR: '10.96.0.0/16',
    clusterDomain: 'cluster.local',
    nodePortRange: [30_000, 32_767] as const,
    rootCA: '',
  };
  const keys = { tokenHmacKey: btoa('h'.repeat(32)), saSigningKey: {}, sealingKeys };
  const upgrader = {
    accept: () => {
      throw new Error('no sockets here');
    },
  };
  const hub = createInProcessHub({
    store,
    cache,
    registry: () => registry,
    sealer,
    keys,
    clusterUid,
    version: 'test',
    clock,
    log,
    upgrader,
    poke: () => undefined,
  });
  const registry = createRegistry({ store, hub, keys, cluster, clock, random, log });
  const close = async (): Promise<void> => {
    hub.close();
    await store.close();
    await rm(dir, { recursive: true });
  };
  const pass = (ms: number): void => {
    nowMs += ms;
  };
  return { hub, store, registry, cache, mend: () => hub.mend(), close, pass };
};

/** A hub with the namespace `default`, closed after the test. */
export const setUpHub = async (incarnation?: string) => {
  const one = await openHub(incarnation);
  // of the test and not of this module, which several files of tests share
  onTestFinished(one.close);
  const actor = { user: { name: 'admin', groups: ['system:masters'] }, fieldManager: 'test' };
  const create = async (resource: string, object: Record<string, unknown>) => {
    const definition = resources.find((candidate) => storageKey(candidate) === resource)!;
    const [result] = await one.registry.applyAll([{ op: 'create', definition, object: object as never }], actor);
    if (result?.status !== 'ok') throw new Error(JSON.stringify(result));
    return result.object;
  };
  await create('core/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  await create('core/serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } });
  const bound = (name: string, nodeName: string, extra: object = {}) =>
    create('core/pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default' },
      spec: { nodeName, containers: [{ name: 'c', image: 'busybox', ...extra }] },
    });
  const say = (messages: readonly AgentMessage[], node = 'n1') => one.hub.exchange(node, messages, 0);
  return { ...one, create, bound, say };
};
export const hello = (more: Partial<Extract<AgentMessage, { type: 'hello' }>> = {}): AgentMessage => ({
  type: 'hello',
  protocolMin: 1,
  protocolMax: 1,
  version: 'test',
  clusterUid,
  incarnation: '',
  revision: 0,
  features: [],
  node: 'n1',
  ...more,
});
/** The view among what the hub answered. @throws Error when there is none */
export const viewIn = (frames: readonly ServerMessage[]): ViewMessage => {
  const view = frames.find((frame) => frame.type === 'view');
  if (!view) throw new Error(`no view in ${JSON.stringify(frames)}`);
  return view;
};
