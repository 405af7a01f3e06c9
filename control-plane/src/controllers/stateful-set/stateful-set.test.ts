/** StatefulSets and DaemonSets over the real registry and loop. */
import { describe, expect, it } from 'vitest';
import { daemonSets } from '#schema/apps/daemon-set.ts';
import { statefulSets } from '#schema/apps/stateful-set.ts';
import { persistentVolumes } from '#schema/core/persistent-volume.ts';
import { persistentVolumeClaims } from '#schema/core/persistent-volume-claim.ts';
import { pods } from '#schema/core/pod.ts';
import { createTestWorld, rest, type TestWorld } from '../../controller-runtime/testing.ts';

const template = (image: string) => ({ metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image }] } });
const set = (spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'default' },
  spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: template('i:1'), ...spec },
});

const started = async (object: object): Promise<TestWorld> => {
  const world = createTestWorld();
  await world.settle();
  await world.addNode('n1');
  await world.addNode('n2');
  await world.create(statefulSets, object);
  return world;
};

const names = async (world: TestWorld): Promise<string[]> => (await world.list(pods)).map(({ metadata }) => metadata.name);

describe('a StatefulSet', () => {
  it('starts one after the other, and each only when the one before is ready', async () => {
    const world = await started(set());
    const seen: string[][] = [];
    do {
      await world.settle();
      seen.push(await names(world));
    } while ((await world.runPods()) > 0);
    expect(seen).toEqual([['db-0'], ['db-0', 'db-1'], ['db-0', 'db-1', 'db-2'], ['db-0', 'db-1', 'db-2']]);
    expect((await world.get(statefulSets, 'default', 'db')).status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      currentReplicas: 3,
    });
  });

  it('rolls from the highest down, never with two away, and says when it is done', async () => {
    const world = await started(set());
    await rest(world);
    await world.update(statefulSets, 'default', 'db', (object) => {
      object.spec.template.spec.containers[0].image = 'i:2';
    });
    const order: string[] = [];
    do {
      await world.settle();
      const present = (await world.list(pods)).filter(({ metadata }) => !metadata.deletionTimestamp);
      expect(present.length).toBeGreaterThanOrEqual(2);
      for (const { metadata, spec } of present) {
        if (spec.containers[0].image === 'i:2' && !order.includes(metadata.name)) order.push(metadata.name);
      }
    } while ((await world.runPods()) > 0);
    expect(order).toEqual(['db-2', 'db-1', 'db-0']);
    const { status } = await world.get(statefulSets, 'default', 'db');
    expect(status.currentRevision).toBe(status.updateRevision);
    expect(status).toMatchObject({ updatedReplicas: 3, currentReplicas: 3 });
  });

  it('gives each pod its claim, on a volume of its node, and keeps it when scaled down', async () => {
    const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
    const world = await started(set({ replicas: 2, volumeClaimTemplates: [claim] }));
    await rest(world);
    expect(await names(world)).toEqual(['db-0', 'db-1']);
    expect((await world.list(persistentVolumeClaims)).map(({ metadata, status }) => [metadata.name, status.phase])).toEqual([
      ['data-db-0', 'Bound'],
      ['data-db-1', 'Bound'],
    ]);
    expect(await world.list(persistentVolumes)).toHaveLength(2);
    await world.update(statefulSets, 'default', 'db', (object) => {
      object.spec.replicas = 1;
    });
    await rest(world);
    expect(await names(world)).toEqual(['db-0']);
    expect(await world.list(persistentVolumeClaims)).toHaveLength(2);
  });
});

describe('a DaemonSet', () => {
  const daemon = {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'log', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'db' } }, template: template('i:1') },
  };

  it('has a pod on every node, on a new one too, and rolls one node at a time', async () => {
    const world = createTestWorld();
    await world.settle();
    await world.addNode('n1');
    await world.addNode('n2');
    await world.create(daemonSets, daemon);
    await rest(world);
    await world.addNode('n3');
    await rest(world);
    expect((await world.list(pods)).map(({ spec }) => spec.nodeName).sort()).toEqual(['n1', 'n2', 'n3']);
    await world.update(daemonSets, 'default', 'log', (object) => {
      object.spec.template.spec.containers[0].image = 'i:2';
    });
    do {
      await world.settle();
      const ready = (await world.list(pods)).filter(({ metadata }) => !metadata.deletionTimestamp);
      expect(ready.length).toBeGreaterThanOrEqual(2);
    } while ((await world.runPods()) > 0);
    expect((await world.list(pods)).map(({ spec }) => spec.containers[0].image)).toEqual(['i:2', 'i:2', 'i:2']);
    expect((await world.get(daemonSets, 'default', 'log')).status).toMatchObject({
      desiredNumberScheduled: 3,
      numberAvailable: 3,
      updatedNumberScheduled: 3,
    });
  });
});
