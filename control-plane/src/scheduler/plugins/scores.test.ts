/** What each plugin prefers, where all else is equal. */
import { describe, expect, it } from 'vitest';
import { NodeTable } from '../state/node-table.ts';
import type { PodShape } from '../state/pod-class.ts';
import { TestCluster } from '../testing/cluster.ts';
import { leastAllocated, mostAllocated, requestedToCapacityRatio } from './scoring-strategy.ts';

const HOST = 'kubernetes.io/hostname';

const placed = (build: (cluster: TestCluster) => void): string | undefined => {
  const cluster = new TestCluster();
  build(cluster);
  cluster.pass();
  return cluster.nodeOf('p');
};

const preferring = (kind: 'podAffinity' | 'podAntiAffinity', app: string) => ({
  affinity: {
    [kind]: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 100, podAffinityTerm: { labelSelector: { matchLabels: { app } }, topologyKey: HOST } },
      ],
    },
  },
});

describe('a pod goes', () => {
  it('where node affinity prefers it, and away from soft taints', () => {
    const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] } };
    const node = placed((cluster) => {
      for (let i = 0; i < 8; i++) cluster.node(`plain${i}`);
      cluster.node('fast', {}, { disk: 'ssd' });
      cluster.node('soft', {}, { disk: 'ssd' }, { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] });
      cluster.pod('p', '100m', { affinity });
    });
    expect(node).toBe('fast');
  });

  it('near to pods it prefers, away from those it does not, and near to pods that want it', () => {
    const near = placed((cluster) => {
      for (const name of ['n1', 'n2', 'n3', 'n4']) cluster.node(name);
      cluster.pod('friend', '100m', { nodeName: 'n3' }, { labels: { app: 'friend' } });
      cluster.pod('p', '100m', preferring('podAffinity', 'friend'));
    });
    expect(near).toBe('n3');
    const away = placed((cluster) => {
      for (const name of ['n1', 'n2']) cluster.node(name);
      cluster.pod('loud', '0', { nodeName: 'n1' }, { labels: { app: 'loud' } });
      cluster.pod('p', '100m', preferring('podAntiAffinity', 'loud'));
    });
    expect(away).toBe('n2');
    const wanted = placed((cluster) => {
      for (const name of ['n1', 'n2', 'n3', 'n4']) cluster.node(name);
      cluster.pod('fan', '100m', { nodeName: 'n2', ...preferring('podAffinity', 'star') });
      cluster.pod('p', '100m', {}, { labels: { app: 'star' } });
    });
    expect(wanted).toBe('n2');
  });

  it('where its image is', () => {
    const images = [{ names: ['example.com/big:1'], sizeBytes: 900 * 1024 * 1024 }];
    const node = placed((cluster) => {
      for (const name of ['n1', 'n2', 'n3']) cluster.node(name, {}, {}, {}, name === 'n2' ? { images } : {});
      cluster.pod('p', '0', { containers: [{ name: 'c', image: 'example.com/big:1' }] });
    });
    expect(node).toBe('n2');
  });

  it('where cpu and memory stay in balance', () => {
    const node = placed((cluster) => {
      cluster.node('lopsided', { cpu: '4', memory: '4Gi' });
      cluster.node('even', { cpu: '4', memory: '4Gi' });
      const held = (cpu: string, memory: string) => ({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu, memory } } }] });
      cluster.pod('a', '0', { nodeName: 'lopsided', ...held('3', '1Gi') });
      cluster.pod('b', '0', { nodeName: 'even', ...held('2', '2Gi') });
      cluster.pod('p', '0', held('500m', '512Mi'));
    });
    expect(node).toBe('even');
  });
});

describe('scoring strategies', () => {
  const table = new NodeTable();
  const at = (cpu: string): number =>
    table.put({ metadata: { name: cpu }, status: { allocatable: { cpu: '10', memory: '100', pods: '10' } } } as never);
  const empty = at('empty');
  const half = at('half');
  table.use(half, { columns: [], amounts: [], assumedCpu: 5000, assumedMemory: 50 }, 1);
  const shape = { assumedCpu: 1000, assumedMemory: 10 } as PodShape;

  it.each([
    ['least allocated', leastAllocated, 90, 40],
    ['most allocated', mostAllocated, 10, 60],
    [
      'by a curve',
      requestedToCapacityRatio([
        { utilization: 0, score: 0 },
        { utilization: 20, score: 10 },
        { utilization: 100, score: 2 },
      ]),
      50,
      60,
    ],
  ] as const)('%s', (_name, strategy, ofEmpty, ofHalf) => {
    const score = strategy(shape, table);
    expect([score(empty), score(half)]).toEqual([ofEmpty, ofHalf]);
  });
});
