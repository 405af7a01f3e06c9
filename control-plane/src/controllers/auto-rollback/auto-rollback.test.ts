/** Automatic rollback over the real registry and loop. */
import { describe, expect, it } from 'vitest';
import { deployments } from '#schema/apps/deployment.ts';
import { statefulSets } from '#schema/apps/stateful-set.ts';
import { events } from '#schema/core/event.ts';
import { pods } from '#schema/core/pod.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { createTestWorld, rest, type TestWorld } from '../../controller-runtime/testing.ts';

const template = (image: string) => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } });
const workload = (kind: string, annotations: Record<string, string>) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name: 'web', namespace: 'default', annotations },
  spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template('good:1') },
});

const imageOf = (pod: any): string => pod.spec.containers[0].image;

/** Agents on which images named bad never run. Returns how many pods moved. */
const runGoodPods = async (world: TestWorld): Promise<number> => {
  let moved = 0;
  for (const pod of await world.list(pods)) {
    const { name, deletionTimestamp } = pod.metadata;
    if (!pod.spec.nodeName) continue;
    if (deletionTimestamp) {
      await world.remove(pods, 'default', name, { gracePeriodSeconds: 0 });
      moved++;
      continue;
    }
    if (pod.status.phase !== 'Pending' || pod.status.containerStatuses) continue;
    const bad = imageOf(pod).startsWith('bad');
    const state = bad
      ? { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } }
      : { running: { startedAt: toRfc3339(world.nowMs) } };
    await world.update(
      pods,
      'default',
      name,
      (object) => {
        object.status = {
          ...object.status,
          phase: bad ? 'Pending' : 'Running',
          containerStatuses: [{ name: 'c', image: imageOf(pod), imageID: '', ready: !bad, restartCount: 0, state }],
          conditions: [
            ...(object.status.conditions ?? []),
            { type: 'Ready', status: bad ? 'False' : 'True', lastTransitionTime: toRfc3339(world.nowMs) },
          ],
        };
      },
      'status',
    );
    moved++;
  }
  return moved;
};

const settle = async (world: TestWorld, check: () => Promise<void> = async () => undefined): Promise<void> => {
  do {
    await world.settle();
    await check();
  } while ((await runGoodPods(world)) > 0);
};

const started = async (definition: any, kind: string, annotations: Record<string, string>): Promise<TestWorld> => {
  const world = createTestWorld();
  await world.settle();
  await world.addNode('n1');
  await world.create(definition, workload(kind, annotations));
  await settle(world);
  return world;
};

const setImage = (world: TestWorld, definition: any, image: string) =>
  world.update(definition, 'default', 'web', (object) => {
    object.spec.template.spec.containers[0].image = image;
  });

describe.each([
  ['Deployment', deployments],
  ['StatefulSet', statefulSets],
])('a %s that asks for it', (kind, definition) => {
  it('returns from an image that cannot be pulled, says why, and never loses a healthy pod more than its own rules allow', async () => {
    const world = await started(definition, kind, { 'kedge.dev/auto-rollback': 'true' });
    await setImage(world, definition, 'bad:2');
    await settle(world, async () => {
      const healthy = (await world.list(pods)).filter(
        (pod) => imageOf(pod) === 'good:1' && !pod.metadata.deletionTimestamp && pod.status.phase === 'Running',
      );
      expect(healthy.length).toBeGreaterThanOrEqual(2);
    });
    const object = await world.get(definition, 'default', 'web');
    expect(object.spec.template.spec.containers[0].image).toBe('good:1');
    expect(object.metadata.annotations['kedge.dev/rollback-reason']).toMatch(
      /^1 of 1 new pods fail: pod web-\S+: container c: ImagePullBackOff: Back-off pulling image$/,
    );
    expect(object.status.conditions.find(({ type }: any) => type === 'RolledBack')).toMatchObject({
      status: 'True',
      reason: 'AutomaticRollback',
    });
    expect((await world.list(pods)).map(imageOf)).toEqual(['good:1', 'good:1', 'good:1']);
    expect((await world.list(events)).filter(({ reason }) => reason === 'AutomaticRollback')).toHaveLength(1);
  });

  it('obeys the person who tries again, and forgets the failure once a new revision is complete', async () => {
    const world = await started(definition, kind, { 'kedge.dev/auto-rollback': 'true' });
    await setImage(world, definition, 'bad:2');
    await settle(world);
    await setImage(world, definition, 'good:3');
    await settle(world);
    const { metadata, spec, status } = await world.get(definition, 'default', 'web');
    expect(spec.template.spec.containers[0].image).toBe('good:3');
    expect(Object.keys(metadata.annotations)).not.toContain('kedge.dev/rolled-back-from');
    expect((status.conditions ?? []).map(({ type }: any) => type)).not.toContain('RolledBack');
  });
});

describe('a Deployment', () => {
  it('that does not ask stays with its bad image', async () => {
    const world = await started(deployments, 'Deployment', {});
    await setImage(world, deployments, 'bad:2');
    await settle(world);
    expect((await world.get(deployments, 'default', 'web')).spec.template.spec.containers[0].image).toBe('bad:2');
  });

  it('whose first revision never worked has nothing to return to', async () => {
    const world = createTestWorld();
    await world.settle();
    await world.addNode('n1');
    await world.create(deployments, {
      ...workload('Deployment', { 'kedge.dev/auto-rollback': 'true' }),
      spec: { ...workload('Deployment', {}).spec, template: template('bad:1') },
    });
    await settle(world);
    await rest(world);
    expect((await world.get(deployments, 'default', 'web')).metadata.annotations['kedge.dev/rolled-back-from']).toBeUndefined();
  });

  it('whose new pods run but do not become ready returns after the set time', async () => {
    const world = await started(deployments, 'Deployment', {
      'kedge.dev/auto-rollback': '50%',
      'kedge.dev/auto-rollback-unready-seconds': '30',
    });
    await setImage(world, deployments, 'slow:2');
    await world.settle();
    for (const pod of await world.list(pods)) {
      if (imageOf(pod) !== 'slow:2') continue;
      const time = toRfc3339(world.nowMs);
      await world.update(
        pods,
        'default',
        pod.metadata.name,
        (object) => {
          object.status = {
            ...object.status,
            phase: 'Running',
            startTime: time,
            conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: time }],
          };
        },
        'status',
      );
    }
    await world.settle();
    expect((await world.get(deployments, 'default', 'web')).spec.template.spec.containers[0].image).toBe('slow:2');
    world.nowMs += 30_000;
    await settle(world);
    const { metadata, spec } = await world.get(deployments, 'default', 'web');
    expect(spec.template.spec.containers[0].image).toBe('good:1');
    expect(metadata.annotations['kedge.dev/rollback-reason']).toContain('not ready for 30s');
  });
});
