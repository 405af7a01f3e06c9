import { describe, expect, it } from 'vitest';
import { deployments } from '#schema/apps/deployment.ts';
import { replicaSets } from '#schema/apps/replica-set.ts';
import { configMaps } from '#schema/core/config-map.ts';
import { events } from '#schema/core/event.ts';
import { namespaces } from '#schema/core/namespace.ts';
import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import { serviceAccounts } from '#schema/core/service-account.ts';
import { createTestWorld, type TestWorld } from './testing.ts';

const web = (replicas: number, image = 'nginx:1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } },
  },
});

/** Lets agents and the loop take turns until neither moves. */
const rest = async (world: TestWorld): Promise<void> => {
  do await world.settle();
  while ((await world.runPods()) > 0);
};

const names = (objects: any[]): string[] => objects.map((object) => object.metadata.name).sort();

describe('the control loop over a real registry', () => {
  it('makes the system namespaces with their default objects', async () => {
    const world = createTestWorld();
    await world.settle();
    expect(names(await world.list(namespaces))).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    expect(names(await world.list(serviceAccounts))).toEqual(['default', 'default', 'default', 'default']);
    expect((await world.get(configMaps, 'kube-public', 'kube-root-ca.crt')).data).toEqual({ 'ca.crt': 'CA' });
    expect(world.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  it('brings a Deployment up, rolls it over and scales it', async () => {
    const world = createTestWorld();
    await world.settle();
    await world.addNode('n1');
    await world.addNode('n2');
    await world.create(deployments, web(3));
    await rest(world);

    const first = await world.get(deployments, 'default', 'web');
    expect(first.status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, observedGeneration: 1 });
    expect(first.metadata.annotations['deployment.kubernetes.io/revision']).toBe('1');
    expect(first.status.conditions.map((c: any) => [c.type, c.status, c.reason])).toEqual([
      ['Available', 'True', 'MinimumReplicasAvailable'],
      ['Progressing', 'True', 'NewReplicaSetAvailable'],
    ]);
    const placed = (await world.list(pods)).map((pod) => pod.spec.nodeName);
    expect(placed.filter((name) => name === 'n1').length).toBeGreaterThan(0);
    expect(placed.filter((name) => name === 'n2').length).toBeGreaterThan(0);

    await world.update(deployments, 'default', 'web', (object) => {
      object.spec.template.spec.containers[0].image = 'nginx:2';
    });
    await rest(world);
    const sets = await world.list(replicaSets);
    expect(sets.map((set) => set.spec.replicas).sort()).toEqual([0, 3]);
    const second = await world.get(deployments, 'default', 'web');
    expect(second.metadata.annotations['deployment.kubernetes.io/revision']).toBe('2');
    expect(second.status).toMatchObject({ replicas: 3, updatedReplicas: 3, availableReplicas: 3, observedGeneration: 2 });
    for (const pod of await world.list(pods)) expect(pod.spec.containers[0].image).toBe('nginx:2');

    await world.update(deployments, 'default', 'web', (object) => {
      object.spec.replicas = 1;
    });
    await rest(world);
    expect(await world.list(pods)).toHaveLength(1);
    const messages = (await world.list(events)).map((event) => `${event.reason}: ${event.message}`);
    expect(messages.some((text) => /^ScalingReplicaSet: Scaled up replica set web-\w+ from 0 to 3$/.test(text))).toBe(true);
    expect(messages.some((text) => /^Scheduled: Successfully assigned default\/web-\w+-\w{5} to n[12]$/.test(text))).toBe(true);
    expect(messages.some((text) => /^SuccessfulDelete: Deleted pod: web-/.test(text))).toBe(true);
    expect(world.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
  });

  it('calls processed only what everybody was told of, so that cron finds what nobody was', async () => {
    const tellings: number[] = [];
    let reachable = false;
    const told = {
      through: 0,
      tell: async (revision: number) => {
        if (!reachable) throw new Error('the hub is away');
        tellings.push(revision);
      },
    };
    const world = createTestWorld({ told });
    const state = async () => {
      await world.loop.tick();
      return world.store.loopState();
    };
    expect(await state()).toMatchObject({ processed: 0 });
    world.nowMs += 60_000;
    reachable = true;
    const first = await state();
    expect([first.processed, tellings]).toEqual([first.head.revision, [first.head.revision]]);

    // the hub says itself what it was told of
    await world.create(configMaps, { metadata: { name: 'heard', namespace: 'default' } });
    told.through = (await world.store.head()).revision;
    reachable = false;
    const second = await state();
    expect([second.processed, tellings.length]).toEqual([second.head.revision, 1]);

    await world.create(configMaps, { metadata: { name: 'unheard', namespace: 'default' } });
    const third = await state();
    expect([third.processed, third.head.revision]).toEqual([second.processed, second.processed + 1]);
    reachable = true;
    world.nowMs += 60_000;
    const last = await state();
    expect([last.processed, tellings.at(-1)]).toEqual([third.head.revision, third.head.revision]);
  });

  it('looks once at what is changed until a pass may begin', async () => {
    const waiting: (() => void)[] = [];
    const world = createTestWorld({ joinPasses: (run) => void waiting.push(run) });
    await world.settle();
    // what the loop itself has changed
    for (const run of waiting.splice(0)) run();
    await world.settle();
    waiting.length = 0;
    for (const name of ['a', 'b']) await world.create(deployments, { ...web(1), metadata: { name, namespace: 'default' } });
    expect([waiting.length, (await world.list(replicaSets)).length]).toEqual([1, 0]);
    waiting.splice(0)[0]!();
    await world.settle();
    expect(await world.list(replicaSets)).toHaveLength(2);
    waiting.length = 0;
    await world.create(configMaps, { metadata: { name: 'later', namespace: 'default' } });
    expect(waiting).toHaveLength(1);
  });

  it('gives each node its own range of pod addresses', async () => {
    const world = createTestWorld();
    await Promise.all(['a', 'b', 'c'].map((name) => world.addNode(name)));
    await world.settle();
    const found = (await world.list(nodes)).map((node) => node.spec.podCIDR);
    expect(found.sort()).toEqual(['10.42.0.0/24', '10.42.1.0/24', '10.42.2.0/24']);
  });

  it('empties a namespace before it lets it go', async () => {
    const world = createTestWorld();
    await world.settle();
    await world.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await world.settle();
    await world.addNode('n1');
    await world.create(deployments, { ...web(2), metadata: { name: 'web', namespace: 'shop' } });
    await rest(world);
    expect(await world.list(pods, 'shop')).toHaveLength(2);
    await world.remove(namespaces, '', 'shop');
    await world.settle();
    const going = await world.get(namespaces, '', 'shop');
    expect(going.status.phase).toBe('Terminating');
    expect(going.status.conditions.find((c: any) => c.type === 'NamespaceContentRemaining')).toMatchObject({ status: 'True' });
    await rest(world);
    expect(await world.get(namespaces, '', 'shop')).toBeUndefined();
    expect(await world.list(pods, 'shop')).toEqual([]);
    expect(await world.list(events, 'shop')).toEqual([]);
  });

  it('says why a pod fits nowhere, and places it when a node comes', async () => {
    const world = createTestWorld();
    await world.settle();
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', namespace: 'default' },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    };
    await world.create(pods, pod);
    await world.settle();
    const waiting = await world.get(pods, 'default', 'p');
    expect(waiting.status.conditions).toMatchObject([
      { type: 'PodScheduled', reason: 'Unschedulable', message: 'no nodes available to schedule pods' },
    ]);
    await world.addNode('n1');
    // tried while the node is still tainted, and again after a back-off
    for (let tries = 0; tries < 3; tries++) {
      await world.settle();
      world.nowMs += 5_000;
    }
    const bound = await world.get(pods, 'default', 'p');
    expect(bound.spec.nodeName).toBe('n1');
    expect(bound.status.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }]);
  });

  it('says on the ReplicaSet why its pods are refused', async () => {
    const world = createTestWorld();
    await world.settle();
    await world.create(replicaSets, {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'bad', namespace: 'default' },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'bad' } },
        template: {
          metadata: { labels: { app: 'bad' } },
          spec: { serviceAccountName: 'missing', containers: [{ name: 'c', image: 'i' }] },
        },
      },
    });
    await world.settle();
    const set = await world.get(replicaSets, 'default', 'bad');
    expect(set.status.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }]);
    expect(world.loop.nextDueMs).toBeDefined();
  });
});
