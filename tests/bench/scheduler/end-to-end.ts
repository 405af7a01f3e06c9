/** Binds through everything that stands between a decision and a durable one: control loop, registry with admission and validation, the file store. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { admin, createTestWorld, seededRandom, testCluster } from '#control-plane/controller-runtime/testing.ts';
import { controllers } from '#control-plane/controllers/controllers.ts';
import { composeStores } from '#control-plane/store/compose.ts';
import { openFileStore } from '#control-plane/store/file/open.ts';
import { createVolatileStore } from '#control-plane/store/volatile/volatile-store.ts';
import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import { node, templates } from './templates.ts';

const NODES = 1000;
const PODS = 5000;
const BATCH = 500;

const clock = { now: () => Date.now() };
const volatileKeys = new Set(resources.filter(({ storage }) => storage === 'volatile').map(storageKey));

/** Pods per second from "made" to "bound on disk", over 1,000 nodes. */
export const endToEnd = async (): Promise<number> => {
  const folder = await mkdtemp(join(tmpdir(), 'kedge-bench-'));
  const random = seededRandom(7);
  const durable = await openFileStore({ path: join(folder, 'kedge.db'), clusterUid: testCluster.clusterUid, clock, random });
  try {
    const identity = { clusterUid: testCluster.clusterUid, incarnation: (await durable.head()).incarnation };
    const volatile = createVolatileStore({ identity, clock, random });
    const world = createTestWorld({
      controllers: controllers.filter(({ name }) => name === 'default-scheduler' || name.startsWith('namespace')),
      wrap: () => composeStores({ durable, volatile, isVolatile: (resource) => volatileKeys.has(resource) }),
    });
    await world.settle();
    const create = async (definition: typeof pods | typeof nodes, objects: readonly KubeObject[]): Promise<void> => {
      for (let i = 0; i < objects.length; i += BATCH) {
        const operations = objects.slice(i, i + BATCH).map((object) => ({ op: 'create' as const, definition, object }));
        const failed = (await world.registry.applyAll(operations, admin)).find(({ status }) => status !== 'ok');
        if (failed) throw new Error(JSON.stringify(failed).slice(0, 500));
      }
    };
    const made = Array.from({ length: PODS }, (_, i) => templates.default(`p-${i}`, 'default'));
    await create(pods, made);
    await world.settle();
    const ready = Array.from({ length: NODES }, (_, i) => node(i));
    await create(nodes, ready);
    const merges = ready.map((object) => ({
      op: 'merge' as const,
      definition: nodes,
      namespace: '',
      name: object.metadata.name!,
      merge: (current: KubeObject) => ({ ...current, spec: { ...current.spec, taints: [] } }),
    }));
    const statuses = merges.map((merge, i) => ({
      ...merge,
      subresource: 'status',
      merge: (current: KubeObject) => ({ ...current, status: ready[i]!.status }),
    }));
    for (const operations of [merges, statuses]) await world.registry.applyAll(operations, admin);
    world.nowMs += 20_000;
    const startMs = performance.now();
    await world.settle();
    const seconds = (performance.now() - startMs) / 1000;
    const left = world.cache.snapshot.unscheduledPods().length;
    if (left > 0) throw new Error(`${left} of ${PODS} pods found no node`);
    return PODS / seconds;
  } finally {
    await durable.close();
    await rm(folder, { recursive: true, force: true });
  }
};
