/** Failover over the real registry and loop: what a StatefulSet's pods become when their node falls silent. */
import { beforeEach, expect, it } from 'vitest';
import { statefulSets } from '#schema/apps/stateful-set.ts';
import { events } from '#schema/core/event.ts';
import { nodes } from '#schema/core/node.ts';
import { pods } from '#schema/core/pod.ts';
import { createTestWorld, type TestWorld } from '../../controller-runtime/testing.ts';

let world: TestWorld;

const set = (name: string, annotations: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name, namespace: 'default' },
  spec: {
    serviceName: name,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name }, annotations },
      spec: { terminationGracePeriodSeconds: 10, containers: [{ name: 'c', image: 'i' }] },
    },
  },
});
const asked = { 'kedge.dev/failover': 'true' };

/** The agents of these nodes promise and run what is theirs. */
const agents = async (...alive: string[]): Promise<void> => {
  world.liveness = world.liveness.map((one) => (alive.includes(one.node) ? { ...one, lastHeardMs: world.nowMs } : one));
  await world.settle();
  for (const pod of await world.list(pods)) {
    if (!alive.includes(pod.spec.nodeName) || pod.status.phase !== 'Pending') continue;
    await world.update(
      pods,
      'default',
      pod.metadata.name,
      (object) => {
        for (const condition of object.status.conditions) if (condition.type === 'kedge.dev/Failover') condition.status = 'True';
        object.status.phase = 'Running';
      },
      'status',
    );
  }
  await world.settle();
};
const later = async (seconds: number): Promise<void> => {
  world.nowMs += seconds * 1000;
  await agents('n2', 'n3');
};
const get = (name: string) => world.get(pods, 'default', name);

beforeEach(async () => {
  world = createTestWorld();
  await world.settle();
  for (const name of ['n1', 'n2', 'n3'])
    await world.addNode(name, (node) => (node.metadata.annotations = { 'kedge.dev/self-fencing': 'true' }));
  const only = (name: string, unschedulable: boolean) =>
    world.update(nodes, '', name, (node) => {
      node.spec = { ...node.spec, unschedulable };
    });
  await only('n2', true);
  await only('n3', true);
  await world.create(statefulSets, set('db', asked));
  await world.create(statefulSets, set('plain', {}));
  await agents('n1', 'n2', 'n3');
  await only('n2', false);
  await only('n3', false);
  await world.settle();
  expect((await get('db-0')).spec.nodeName).toBe('n1');
  expect((await get('plain-0')).spec.nodeName).toBe('n1');
});

it('replaces the pod that asked for it, no sooner than its node must have stopped it', async () => {
  const { uid } = (await get('db-0')).metadata;
  await later(45);
  expect((await get('db-0')).status.conditions.find(({ type }: any) => type === 'kedge.dev/FailoverPending').reason).toBe('NodeLost');
  await later(36);
  expect((await get('db-0')).metadata.uid).toBe(uid);
  await later(1);
  const next = await get('db-0');
  expect(next.metadata.uid).not.toBe(uid);
  expect(['n2', 'n3']).toContain(next.spec.nodeName);
  expect((await get('plain-0')).spec.nodeName).toBe('n1');
  const said = (await world.list(events)).map(({ reason }) => reason);
  expect(said.filter((reason) => reason === 'FailoverPending')).toHaveLength(1);
  expect(said.filter((reason) => reason === 'Failover')).toHaveLength(1);
});

it('lets none that asked be Terminating for ever, and leaves the others to their node', async () => {
  await later(10);
  await world.remove(pods, 'default', 'db-0');
  await world.remove(pods, 'default', 'plain-0');
  await later(75);
  expect((await get('db-0')).metadata.deletionTimestamp).toBeUndefined();
  expect((await get('db-0')).spec.nodeName).not.toBe('n1');
  await later(3600);
  expect((await get('plain-0')).metadata.deletionTimestamp).toBeDefined();
});

it('waits when the control plane may not have listened', async () => {
  const { uid } = (await get('db-0')).metadata;
  await later(45);
  world.liveness = world.liveness.map((one) => (one.node === 'n1' ? { ...one, lastHeardMs: world.nowMs } : one));
  await world.settle();
  expect((await get('db-0')).status.conditions.find(({ type }: any) => type === 'kedge.dev/FailoverPending').reason).toBe('NodeHeard');
  await later(60);
  expect((await get('db-0')).metadata.uid).toBe(uid);
});
