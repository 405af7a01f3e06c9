/** What making room costs is counted in nodes looked at, not in time: it grows with what changed, not with the cluster. */
import { expect, it } from 'vitest';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { profiles } from '../profiles.ts';
import { Session } from '../session.ts';

const pod = (name: string, cpu: string, more: object) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }], ...more },
  status: { phase: 'Pending' },
});

/** Nodes whose pods are looked at while so many pods of high priority find victims, and those end, after a first one has. */
const nodesLookedAt = (nodes: number, arriving: number): number => {
  const world = new PlainWorld({ nowMs: 1_893_456_000_000, cluster: testCluster });
  for (let i = 0; i < nodes; i++) {
    world.add({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: `n${i}` },
      status: { allocatable: { cpu: '4', memory: '8Gi', pods: '10' } },
    });
    for (let k = 0; k < 4; k++)
      world.add(pod(`low-${i}-${k}`, '900m', { nodeName: `n${i}`, priority: 0, terminationGracePeriodSeconds: 0 }));
  }
  const session = new Session(world.cache, profiles);
  const settle = (): void => {
    for (let quiet = false; !quiet; ) {
      const { changes } = session.pass(world.nowMs);
      world.apply(changes);
      quiet = changes.length === 0;
    }
  };
  world.add(pod('first', '3', { priority: 10 }));
  settle();
  let looked = 0;
  const { podsOn } = session.state;
  session.state.podsOn = (node) => {
    looked++;
    return podsOn.call(session.state, node);
  };
  for (let i = 0; i < arriving; i++) world.add(pod(`high-${i}`, '3', { priority: 10 }));
  settle();
  expect(world.cache.all('core/pods').filter(({ metadata, spec }) => metadata.name!.startsWith('high') && spec.nodeName)).toHaveLength(
    arriving,
  );
  return looked;
};

it('the cost of preemption does not grow with the number of nodes', () => {
  expect(nodesLookedAt(80, 5)).toBe(nodesLookedAt(20, 5));
});

it('looks at a few nodes for each pod that needs room', () => {
  expect(nodesLookedAt(40, 10)).toBeLessThan(10 * 8);
});
