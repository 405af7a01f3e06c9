/** Jobs over the real registry and loop: their counts are exact whatever dies when. */

import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import { jobs } from '#schema/batch/job.ts';
import { pods } from '#schema/core/pod.ts';
import { createTestWorld, finishedPod, mortalStore, rest, type TestWorld } from '../../controller-runtime/testing.ts';

const job = (spec: object) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name: 'sum', namespace: 'default' },
  spec: { ...spec, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
});

const withJob = async (world: TestWorld, spec: object): Promise<void> => {
  await world.settle();
  await world.addNode('n1');
  await world.create(jobs, job(spec));
};

const status = async (world: TestWorld) => (await world.get(jobs, 'default', 'sum')).status;

describe('a loop that dies in the middle of a Job', () => {
  it('at any write: the next one finishes with the exact count and not a pod more', async () => {
    await fc.assert(
      fc.asyncProperty(
        // the loop writes 19 times for such a Job, 17 for an indexed one: a later death is none
        fc.integer({ min: 0, max: 18 }),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 2, max: 1e6 }),
        async (at, committed, indexed, seed) => {
          const store = mortalStore(at, committed);
          const first = createTestWorld({ wrap: store.wrap });
          await first.settle();
          await first.addNode('n1');
          store.arm();
          await first.create(jobs, job({ completions: 5, parallelism: 2, ...(indexed ? { completionMode: 'Indexed' } : {}) }));
          await rest(first).catch(() => undefined);
          const second = createTestWorld({ seed, wrap: store.shared });
          second.nowMs = first.nowMs + 1000;
          second.liveness = first.liveness.map((entry) => ({ ...entry, lastHeardMs: second.nowMs }));
          await rest(second);
          const done = await status(second);
          expect(done.succeeded).toBe(5);
          expect(done.conditions.map(({ type }: any) => type)).toEqual(['SuccessCriteriaMet', 'Complete']);
          expect(done.uncountedTerminatedPods).toEqual({});
          if (indexed) expect(done.completedIndexes).toBe('0-4');
          const made = await second.list(pods);
          expect(made).toHaveLength(5);
          expect(made.flatMap(({ metadata }) => metadata.finalizers ?? [])).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('a Job whose pods fail', () => {
  const failOne = async (world: TestWorld): Promise<number> => {
    const open = (await world.list(pods)).filter((pod) => pod.spec.nodeName && !['Failed', 'Succeeded'].includes(pod.status.phase));
    for (const { metadata } of open) {
      await world.update(pods, 'default', metadata.name, (pod) => finishedPod(pod, 'Failed', world.nowMs), 'status');
    }
    return open.length;
  };

  it('backs off 10 s, 20 s, ... and gives up after backoffLimit', async () => {
    const world = createTestWorld();
    await withJob(world, { backoffLimit: 2 });
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      await world.settle();
      expect(await failOne(world)).toBe(1);
      await world.settle();
      if (i === 2) break;
      waits.push((world.loop.nextDueMs! - world.nowMs) / 1000);
      world.nowMs = world.loop.nextDueMs!;
    }
    expect(waits).toEqual([10, 20]);
    const { failed, conditions } = await status(world);
    expect(failed).toBe(3);
    expect(conditions.at(-1)).toMatchObject({ type: 'Failed', reason: 'BackoffLimitExceeded' });
    expect(await world.list(pods)).toHaveLength(3);
  });

  it('an index that fails too often fails alone; the others are done', async () => {
    const world = createTestWorld();
    await withJob(world, { completions: 2, parallelism: 2, completionMode: 'Indexed', backoffLimitPerIndex: 0 });
    await world.settle();
    const [bad] = (await world.list(pods)).filter(
      ({ metadata }) => metadata.annotations['batch.kubernetes.io/job-completion-index'] === '0',
    );
    await world.update(pods, 'default', bad.metadata.name, (pod) => finishedPod(pod, 'Failed', world.nowMs), 'status');
    await rest(world);
    const done = await status(world);
    expect(done).toMatchObject({ completedIndexes: '1', failedIndexes: '0', succeeded: 1, failed: 1 });
    expect(done.conditions.at(-1)).toMatchObject({ type: 'Failed', reason: 'FailedIndexes' });
  });
});

describe('a Job that is', () => {
  it('suspended and resumed starts over with its pods, and counts none of those that were let go', async () => {
    const world = createTestWorld();
    await withJob(world, { completions: 2, parallelism: 2 });
    await world.settle();
    await world.update(jobs, 'default', 'sum', (object) => {
      object.spec.suspend = true;
    });
    await rest(world);
    expect(await status(world)).toMatchObject({ conditions: [{ type: 'Suspended', status: 'True' }] });
    expect(await world.list(pods)).toEqual([]);
    await world.update(jobs, 'default', 'sum', (object) => {
      object.spec.suspend = false;
    });
    await rest(world);
    expect(await status(world)).toMatchObject({ succeeded: 2 });
    expect((await status(world)).failed).toBeUndefined();
  });

  it('deleted in the background takes its pods with it, tracked or not', async () => {
    const world = createTestWorld();
    await withJob(world, { completions: 2, parallelism: 2 });
    await world.settle();
    await world.remove(jobs, 'default', 'sum', { propagation: 'Background' });
    await rest(world);
    expect(await world.get(jobs, 'default', 'sum')).toBeUndefined();
    expect(await world.list(pods)).toEqual([]);
  });

  it('finished is deleted after its time to live', async () => {
    const world = createTestWorld();
    await withJob(world, { ttlSecondsAfterFinished: 60 });
    await rest(world);
    expect((await status(world)).conditions.at(-1).type).toBe('Complete');
    world.nowMs += 60_000;
    await rest(world);
    expect(await world.get(jobs, 'default', 'sum')).toBeUndefined();
    expect(await world.list(pods)).toEqual([]);
  });
});
