/** Pods that are promised a node count there for pods of the same or lower priority, whatever it is that decides; a promise that is void is room again. */
import { describe, expect, it } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { TestCluster } from './testing/cluster.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const x = { labels: { app: 'x' } };
const selector = { labelSelector: { matchLabels: { app: 'x' } } };
const away = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...selector, topologyKey: HOST }] } };
const ports = [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }];

/** One node whose cpu is full: of a pod of priority 0, then `promised` to a pod of priority 10 that waits for it to end. */
const withPromise = (spec: object, metadata: object = {}): TestCluster => {
  const cluster = new TestCluster();
  cluster.node('n', {}, { [ZONE]: 'a' });
  cluster.pod('victim', '3', { nodeName: 'n', priority: 0, terminationGracePeriodSeconds: 600 });
  cluster.pod('promised', '3', { priority: 10, ...spec }, metadata);
  for (let i = 0; i < 2; i++) cluster.pass();
  expect(cluster.cache.get<Pod>('core/pods', 'default', 'promised')!.status?.nominatedNodeName).toBe('n');
  return cluster;
};

const cases: readonly (readonly [string, { spec?: object; metadata?: object }, { spec: object; metadata?: object }])[] = [
  ['host ports', { spec: { containers: [{ ...ports[0], resources: { requests: { cpu: '3' } } }] } }, { spec: { containers: ports } }],
  ['its own anti-affinity', { metadata: x }, { spec: { affinity: away } }],
  ['the anti-affinity of the promised pod', { spec: { affinity: away } }, { spec: {}, metadata: x }],
  [
    'hard spreading',
    { metadata: x },
    {
      spec: {
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', minDomains: 2, ...selector }],
      },
      metadata: x,
    },
  ],
];

describe('a pod that is promised a node', () => {
  it.each(cases)('keeps it from others by %s, for as long as the promise stands', (_what, { spec = {}, metadata = {} }, other) => {
    for (const [priority, fits] of [
      [10, false],
      [5, false],
      [20, true],
    ] as const) {
      const cluster = withPromise(spec, metadata);
      cluster.pod('other', '0', { priority, preemptionPolicy: 'Never', ...other.spec }, other.metadata ?? {});
      cluster.pass();
      expect([priority, cluster.nodeOf('other')]).toEqual([priority, fits ? 'n' : undefined]);
      if (fits) continue;
      cluster.cache.remove('core/pods', 'default', 'promised');
      cluster.nowMs += 20_000;
      cluster.pass();
      expect(cluster.nodeOf('other'), 'after the promised pod is gone').toBe('n');
    }
  });

  it('keeps nobody from it whom it does not concern', () => {
    const cluster = withPromise({ affinity: away }, x);
    cluster.pod('other', '0', {
      priority: 5,
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app: 'y' } }, topologyKey: HOST }],
        },
      },
    });
    cluster.pass();
    expect(cluster.nodeOf('other')).toBe('n');
  });

  it('gives its promise up when, with its victims gone, something else keeps it away', () => {
    const cluster = withPromise(
      { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...selector, topologyKey: HOST }] } } },
      x,
    );
    cluster.node('other', { cpu: '1' });
    cluster.pod('same', '1', { priority: 20, nodeSelector: { [HOST]: 'other' } }, x);
    cluster.pass();
    cluster.cache.remove('core/pods', 'default', 'victim');
    cluster.pass();
    expect(cluster.message('promised')).toContain("1 node(s) didn't match pod affinity rules");
    expect(cluster.cache.get<Pod>('core/pods', 'default', 'promised')!.status?.nominatedNodeName).toBeUndefined();
  });

  it('leaves its room to others when it goes elsewhere', () => {
    const cluster = withPromise({});
    cluster.node('n', { 'example.com/gpu': '1' }, { [ZONE]: 'a' });
    // nothing of the new node helps it
    const requests = { cpu: '2', 'example.com/gpu': '1' };
    cluster.pod('waits', '2', { priority: 5, containers: [{ name: 'c', image: 'i', resources: { requests } }] });
    cluster.pass();
    expect(cluster.nodeOf('waits')).toBeUndefined();
    cluster.node('roomy', { pods: '1' });
    cluster.cache.remove('core/pods', 'default', 'victim');
    cluster.pod('urgent', '2', { priority: 20, preemptionPolicy: 'Never', nodeSelector: { [HOST]: 'n' } });
    for (let i = 0; i < 3; i++) {
      cluster.nowMs += 20_000;
      cluster.pass();
    }
    expect(['urgent', 'promised', 'waits'].map((name) => cluster.nodeOf(name))).toEqual(['n', 'roomy', 'n']);
  });

  it('is told of no promise any more in the pass in which a pod of higher priority takes it', () => {
    const cluster = withPromise({});
    cluster.pod('above', '3', { priority: 20 });
    const { changes } = cluster.decide(cluster.scheduler, { namespace: '', name: 'batch' });
    const told = changes.filter(({ object }) => object.metadata.name === 'promised').map(({ object }) => object.status.nominatedNodeName);
    expect(told.length).toBeGreaterThan(0);
    expect(new Set(told)).toEqual(new Set([undefined]));
  });

  it('takes the node itself once its victims are gone, though its like keep away from each other', () => {
    const cluster = withPromise({ affinity: away }, x);
    cluster.cache.remove('core/pods', 'default', 'victim');
    cluster.pass();
    expect(cluster.nodeOf('promised')).toBe('n');
  });
});
