import { describe, expect, test } from 'vitest';
import fc from '#fast-check';
import type { Node } from '#schema/core/node.ts';
import { parseTime, toRfc3339 } from '#schema/meta/time.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { nodeLifecycle } from './node-lifecycle.ts';
import { evictionRate, zoneStateOf } from './zones.ts';

const startMs = Date.UTC(2030, 0, 1);

const newWorld = (zones: readonly number[]): PlainWorld => {
  const world = new PlainWorld({ nowMs: startMs, cluster: testCluster, liveness: { nodes: [], observingSinceMs: 0 } });
  zones.forEach((size, zone) => {
    for (let i = 0; i < size; i++) {
      world.add({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name: `z${zone}-${i}`,
          labels: { 'topology.kubernetes.io/zone': `z${zone}` },
          creationTimestamp: '2029-01-01T00:00:00Z',
        },
        status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2029-01-01T00:00:00Z' }] },
      });
    }
  });
  return world;
};

const nodesOf = (world: PlainWorld): readonly Node[] => world.cache.all<Node>('core/nodes');

/** Everybody else speaks, and says it is ready. */
const hush = (world: PlainWorld, silent: readonly string[]): void => {
  for (const node of nodesOf(world)) {
    if (silent.includes(node.metadata.name!) || node.status?.conditions?.[0]?.status === 'True') continue;
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: toRfc3339(world.nowMs) }];
    world.add({ ...node, status: { conditions } });
  }
  const heardMs = (name: string): number => (silent.includes(name) ? startMs - 60_000 : world.nowMs);
  world.liveness = {
    nodes: nodesOf(world).map(({ metadata }) => ({ node: metadata.name!, lastHeardMs: heardMs(metadata.name!), connected: true })),
    observingSinceMs: 0,
  };
};

/** Looks at all nodes until nothing moves. */
const settle = (world: PlainWorld): void => {
  for (let moved = true; moved; ) {
    const changes = nodesOf(world).flatMap(({ metadata }) => world.decide(nodeLifecycle, { namespace: '', name: metadata.name! }).changes);
    moved = changes.length > 0;
    world.apply(changes);
  }
};

const emptied = (world: PlainWorld): string[] =>
  nodesOf(world)
    .flatMap(({ metadata, spec }) =>
      (spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute').map(({ timeAdded }) => ({ metadata, timeAdded })),
    )
    .map(({ metadata, timeAdded }) => `${(parseTime(timeAdded!) - startMs) / 1000} ${metadata.name}`)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));

/** Who is emptied, and from which second on, after some time of silence. */
const run = (world: PlainWorld, silent: readonly string[], fromSeconds: number, toSeconds: number): string[] => {
  for (let seconds = fromSeconds; seconds <= toSeconds; seconds += 5) {
    world.nowMs = startMs + seconds * 1000;
    hush(world, silent);
    settle(world);
  }
  return emptied(world);
};

describe('nodes that fail', () => {
  test('are emptied one each ten seconds, each zone by itself', () => {
    const world = newWorld([6, 6]);
    const silent = ['z0-0', 'z0-1', 'z0-2', 'z1-3'];
    expect(run(world, silent, 0, 0)).toEqual(['0 z0-0', '0 z1-3']);
    expect(run(world, silent, 5, 40)).toEqual(['0 z0-0', '0 z1-3', '10 z0-1', '20 z0-2']);
  });

  test('wait until they are few when most of a small zone fails', () => {
    const world = newWorld([5, 20]);
    expect(run(world, ['z0-0', 'z0-1', 'z0-2'], 0, 60)).toEqual([]);
    expect(run(world, ['z0-1', 'z0-2'], 65, 120)).toEqual(['65 z0-1', '75 z0-2']);
  });

  test('are emptied slowly when most of a large zone fails', () => {
    const world = newWorld([60, 60]);
    const silent = Array.from({ length: 34 }, (_, i) => `z0-${i}`);
    expect(run(world, silent, 0, 0)).toEqual(['0 z0-0']);
    expect(run(world, silent, 90, 105)).toEqual(['0 z0-0', '100 z0-1']);
  });

  test('of a zone that is gone altogether are emptied at the normal pace', () => {
    const world = newWorld([3, 9]);
    expect(run(world, ['z0-0', 'z0-1', 'z0-2'], 0, 20)).toEqual(['0 z0-0', '10 z0-1', '20 z0-2']);
  });

  test('keep their pods when more than half of all nodes fail', () => {
    const world = newWorld([4, 4]);
    expect(run(world, ['z0-0', 'z0-1', 'z0-2', 'z0-3', 'z1-0'], 0, 60)).toEqual([]);
  });

  test('never two of a zone at once, whoever fails and returns when, and all of a few in the end', () => {
    const names = Array.from({ length: 12 }, (_, i) => `z0-${i}`);
    fc.assert(
      fc.property(fc.array(fc.subarray(names), { minLength: 1, maxLength: 8 }), (waves) => {
        const world = newWorld([12]);
        let known: readonly string[] = [];
        waves.forEach((silent, i) => {
          const now = run(world, silent, i * 5, i * 5);
          expect(now.filter((node) => !known.includes(node)).length).toBeLessThanOrEqual(1);
          known = now;
        });
        const last = waves.at(-1)!.slice(0, 3);
        expect(run(world, last, 60, 120)).toHaveLength(last.length);
      }),
      { numRuns: 15 },
    );
  });
});

test.each([
  [10, 0, 'Normal', 0.1],
  [10, 5, 'Normal', 0.1],
  [3, 2, 'Normal', 0.1],
  [10, 6, 'PartialDisruption', 0],
  [51, 30, 'PartialDisruption', 0.01],
  [3, 3, 'FullDisruption', 0.1],
  [1, 1, 'FullDisruption', 0.1],
])('%i nodes, %i of them not ready: %s', (size, unready, state, rate) => {
  expect(zoneStateOf(size, unready)).toBe(state);
  expect(evictionRate(zoneStateOf(size, unready), size)).toBe(rate);
});
