import { describe, expect, it } from 'vitest';
import { deployments } from '#schema/apps/deployment.ts';
import { replicaSets } from '#schema/apps/replica-set.ts';
import { configMaps } from '#schema/core/config-map.ts';
import { endpoints } from '#schema/core/endpoints.ts';
import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import { replicationControllers } from '#schema/core/replication-controller.ts';
import { secrets } from '#schema/core/secret.ts';
import { services } from '#schema/core/service.ts';
import { endpointSlices } from '#schema/discovery/endpoint-slice.ts';
import { createTestWorld, type TestWorld } from '../controller-runtime/testing.ts';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const web = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template },
});

const rest = async (world: TestWorld): Promise<void> => {
  do await world.settle();
  while ((await world.runPods()) > 0);
};

const running = async (replicas: number): Promise<TestWorld> => {
  const world = createTestWorld();
  await world.settle();
  await world.addNode('n1');
  await world.addNode('n2');
  await world.create(deployments, web(replicas));
  await rest(world);
  expect(await world.list(pods)).toHaveLength(replicas);
  return world;
};

const quiet = (world: TestWorld): void => {
  expect(world.log.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
};

describe('deleting what owns', () => {
  it('in the background takes everything below, one level after the other', async () => {
    const world = await running(2);
    await world.remove(deployments, 'default', 'web', { propagation: 'Background' });
    await rest(world);
    expect(await world.list(replicaSets)).toEqual([]);
    expect(await world.list(pods)).toEqual([]);
    quiet(world);
  });

  it('in the foreground keeps the owner until everything below is gone', async () => {
    const world = await running(2);
    await world.remove(deployments, 'default', 'web', { propagation: 'Foreground' });
    await world.settle();
    expect(await world.get(deployments, 'default', 'web')).toBeDefined();
    expect((await world.list(pods)).every((pod) => pod.metadata.deletionTimestamp)).toBe(true);
    await rest(world);
    expect(await world.get(deployments, 'default', 'web')).toBeUndefined();
    expect(await world.list(replicaSets)).toEqual([]);
    expect(await world.list(pods)).toEqual([]);
    quiet(world);
  });

  it('orphaning leaves what is below, without the owner', async () => {
    const world = await running(2);
    await world.remove(deployments, 'default', 'web', { propagation: 'Orphan' });
    await rest(world);
    expect(await world.get(deployments, 'default', 'web')).toBeUndefined();
    const [set] = await world.list(replicaSets);
    expect(set.metadata.ownerReferences).toBeUndefined();
    expect(await world.list(pods)).toHaveLength(2);
    await world.create(deployments, web(2));
    await rest(world);
    const sets = await world.list(replicaSets);
    expect(sets).toHaveLength(1);
    expect(sets[0].metadata.uid).toBe(set.metadata.uid);
    quiet(world);
  });

  it('never collects what belongs to a kind that is not served', async () => {
    const world = createTestWorld();
    await world.settle();
    const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'w', uid: 'somewhere-else' };
    await world.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kept', namespace: 'default', ownerReferences: [owner] },
    });
    const gone = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'never-was' };
    await world.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'dropped', namespace: 'default', ownerReferences: [gone] },
    });
    await world.settle();
    expect(await world.get(configMaps, 'default', 'kept')).toBeDefined();
    expect(await world.get(configMaps, 'default', 'dropped')).toBeUndefined();
  });
});

describe('replicas', () => {
  it('adopts an orphan that matches and releases a pod that no longer does', async () => {
    const world = await running(1);
    const [pod] = await world.list(pods);
    await world.update(pods, 'default', pod.metadata.name, (object) => {
      object.metadata.labels.app = 'other';
    });
    await rest(world);
    const released = await world.get(pods, 'default', pod.metadata.name);
    expect(released.metadata.ownerReferences).toBeUndefined();
    expect(await world.list(pods)).toHaveLength(2);
    quiet(world);
  });

  it('brings a ReplicationController to its size', async () => {
    const world = createTestWorld();
    await world.settle();
    await world.addNode('n1');
    await world.create(replicationControllers, {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: { name: 'old', namespace: 'default' },
      spec: { replicas: 2, selector: { app: 'web' }, template },
    });
    await rest(world);
    expect((await world.get(replicationControllers, 'default', 'old')).status).toMatchObject({ replicas: 2, readyReplicas: 2 });
    expect(await world.list(pods)).toHaveLength(2);
  });
});

describe('a Service', () => {
  it('has the ready pods behind its selector in slices and Endpoints', async () => {
    const world = await running(3);
    await world.create(services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
    });
    await rest(world);
    const slices = (await world.list(endpointSlices)).filter((slice) => slice.metadata.name !== 'kubernetes');
    expect(slices).toHaveLength(1);
    expect(slices[0].endpoints).toHaveLength(3);
    expect(slices[0].endpoints[0].conditions).toEqual({ ready: true, serving: true, terminating: false });
    expect(slices[0].ports).toEqual([{ name: '', port: 8080, protocol: 'TCP' }]);
    const [first] = (await world.get(endpoints, 'default', 'web')).subsets;
    expect(first.addresses).toHaveLength(3);
    await world.remove(services, 'default', 'web');
    await world.settle();
    expect((await world.list(endpointSlices)).map((slice) => slice.metadata.name)).toEqual(['kubernetes']);
    expect(await world.list(endpoints)).toEqual([]);
    quiet(world);
  });

  it('exists for the API and for DNS from the start', async () => {
    const world = createTestWorld();
    await world.settle();
    expect((await world.get(services, 'default', 'kubernetes')).spec.clusterIP).toBe('10.43.0.1');
    expect((await world.get(services, 'kube-system', 'kube-dns')).spec.clusterIP).toBe('10.43.0.10');
  });
});

describe('a node that falls silent', () => {
  it('becomes Unknown, its pods not Ready, and they move after their toleration; it comes back clean', async () => {
    const world = await running(4);
    const on = async (name: string) =>
      (await world.list(pods)).filter((pod) => pod.spec.nodeName === name && !pod.metadata.deletionTimestamp);
    const before = (await on('n1')).length;
    expect(before).toBe(2);
    const hear = (name: string): void => {
      world.liveness = world.liveness.map((entry) => (entry.node === name ? { ...entry, lastHeardMs: world.nowMs } : entry));
    };
    const advance = async (seconds: number): Promise<void> => {
      world.nowMs += seconds * 1000;
      hear('n2');
      await world.settle();
    };
    await advance(41);
    const lost = await world.get(nodes, '', 'n1');
    expect(lost.status.conditions.find((c: any) => c.type === 'Ready')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown' });
    expect(lost.spec.taints.map((t: any) => `${t.key}:${t.effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    for (const pod of await on('n1')) expect(pod.status.conditions.find((c: any) => c.type === 'Ready').status).toBe('False');
    await advance(290);
    expect(await on('n1')).toHaveLength(before);
    await advance(20);
    expect(await on('n1')).toEqual([]);
    expect(await on('n2')).toHaveLength(4);
    hear('n1');
    await world.update(
      nodes,
      '',
      'n1',
      (node) => {
        for (const condition of node.status.conditions) condition.status = condition.type === 'Ready' ? 'True' : 'False';
      },
      'status',
    );
    await world.settle();
    expect((await world.get(nodes, '', 'n1')).spec.taints).toBeUndefined();
    quiet(world);
  });

  it('evicts nothing when most nodes fall silent at once', async () => {
    const world = await running(3);
    await world.addNode('n3');
    await world.settle();
    world.nowMs += 3_600_000;
    await world.settle();
    expect((await world.list(pods)).filter((pod) => pod.metadata.deletionTimestamp)).toEqual([]);
    for (const node of await world.list(nodes)) {
      expect(node.status.conditions.find((c: any) => c.type === 'Ready').status).toBe('Unknown');
      expect(node.spec.taints.map((t: any) => t.effect)).toEqual(['NoSchedule']);
    }
  });
});

describe('pods nobody will finish', () => {
  it('go with their node once its agent is silent', async () => {
    const world = await running(2);
    const [pod] = await world.list(pods);
    await world.remove(nodes, '', pod.spec.nodeName);
    await world.settle();
    expect(await world.get(pods, 'default', pod.metadata.name)).toBeDefined();
    world.nowMs += 41_000;
    await world.settle();
    expect(await world.get(pods, 'default', pod.metadata.name)).toBeUndefined();
  });
});

describe('sealed objects', () => {
  it('keep their data when an owner is taken from them', async () => {
    const world = createTestWorld();
    await world.settle();
    const { uid } = (
      await world.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owner', namespace: 'default' } })
    ).metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    await world.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default', ownerReferences },
      data: { key: btoa('value') },
    });
    await world.settle();
    await world.remove(configMaps, 'default', 'owner', { propagation: 'Orphan' });
    await world.settle();
    expect(await world.get(configMaps, 'default', 'owner')).toBeUndefined();
    const secret = await world.open(secrets, 'default', 's');
    expect(secret.data).toEqual({ key: btoa('value') });
    expect(secret.metadata.ownerReferences).toBeUndefined();
  });
});
