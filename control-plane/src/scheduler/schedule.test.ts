import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import { PlainWorld } from '../controller-runtime/plain-world.ts';
import { testCluster } from '../controller-runtime/testing.ts';
import { explain } from './diagnosis.ts';
import { nodeStateOf } from './node-state.ts';
import { plugins } from './plugins.ts';
import { podInfoOf } from './pod-info.ts';
import { schedule, type Verdict } from './schedule.ts';

const emptyWorld = (): PlainWorld => new PlainWorld({ nowMs: Date.UTC(2030, 0, 1), cluster: testCluster });

const addNode = (world: PlainWorld, name: string, spec: object = {}, labels: object = {}, allocatable: object = {}): void => {
  const status = { allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable } };
  world.add({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } }, spec, status });
};

const addPod = (world: PlainWorld, name: string, spec: object = {}, metadata: object = {}): Pod =>
  world.add({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    status: { phase: 'Pending' },
  }) as unknown as Pod;

const run = (world: PlainWorld): Verdict[] =>
  schedule(world.cache.unscheduledPods<Pod>(), world.cache, world.cache.all<Node>('core/nodes'));

const ownedBy = (uid: string) => ({ ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: uid, uid, controller: true }] });

const requests = (cpu: string, memory: string) => ({ containers: [{ name: 'c', image: 'i', resources: { requests: { cpu, memory } } }] });

const anyNode = fc.record({
  cpu: fc.integer({ min: 0, max: 4000 }),
  memory: fc.integer({ min: 0, max: 4096 }),
  pods: fc.integer({ min: 0, max: 6 }),
  disk: fc.option(fc.constantFrom('ssd', 'hdd')),
  taint: fc.option(fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule')),
  unschedulable: fc.boolean(),
});

const anyPod = fc.record({
  cpu: fc.nat({ max: 2000 }),
  memory: fc.nat({ max: 2048 }),
  disk: fc.option(fc.constantFrom('ssd', 'hdd')),
  tolerates: fc.boolean(),
  hostPort: fc.option(fc.constantFrom(80, 81)),
  on: fc.option(fc.nat({ max: 4 }), { freq: 4 }),
  group: fc.option(fc.constantFrom('a', 'b')),
});

describe('scheduling', () => {
  it('never over-commits, respects every filter, and refuses only what fits nowhere', () => {
    fc.assert(
      fc.property(fc.array(anyNode, { maxLength: 5 }), fc.array(anyPod, { maxLength: 25, size: 'max' }), (nodes, pods) => {
        const world = emptyWorld();
        nodes.forEach(({ cpu, memory, pods: count, disk, taint, unschedulable }, i) => {
          const taints = taint ? { taints: [{ key: 'own', effect: taint }] } : {};
          addNode(world, `n${i}`, { ...taints, ...(unschedulable ? { unschedulable } : {}) }, disk ? { disk } : {}, {
            cpu: `${cpu}m`,
            memory: `${memory}Mi`,
            pods: String(count),
          });
        });
        pods.forEach(({ cpu, memory, disk, tolerates, hostPort, on, group }, i) => {
          const ports = hostPort ? [{ containerPort: hostPort, hostPort, protocol: 'TCP' }] : [];
          const containers = [{ name: 'c', image: 'i', ports, resources: { requests: { cpu: `${cpu}m`, memory: `${memory}Mi` } } }];
          const spec = {
            containers,
            ...(disk ? { nodeSelector: { disk } } : {}),
            ...(tolerates ? { tolerations: [{ key: 'own', operator: 'Exists' }] } : {}),
          };
          const pod = addPod(world, `p${i}`, spec, group ? ownedBy(group) : {});
          if (on === null || on >= nodes.length) return;
          // bound before, where it fits
          const node = world.cache.get<Node>('core/nodes', '', `n${on}`)!;
          const state = nodeStateOf(node, world.cache);
          const pass = { snapshot: world.cache, nodes: [state], peers: () => new Map<string, number>() };
          const fits = plugins.every(({ plugin }) => (plugin.filter?.(podInfoOf(pod), state, pass) ?? []).length === 0);
          if (fits) world.add({ ...pod, spec: { ...pod.spec, nodeName: `n${on}` } });
        });
        const waiting = [...world.cache.unscheduledPods<Pod>()];
        const verdicts = run(world);
        expect(verdicts.map(({ pod }) => pod)).toEqual(waiting);
        for (const { pod, node } of verdicts) if (node) world.add({ ...pod, spec: { ...pod.spec, nodeName: node } });

        const all = world.cache.all<Node>('core/nodes');
        const pass = { snapshot: world.cache, nodes: [], peers: () => new Map<string, number>() };
        for (const node of all) {
          const { requested, allocatable, pods: count, hostPorts } = nodeStateOf(node, world.cache);
          for (const resource of ['cpu', 'memory']) expect(requested[resource] ?? 0).toBeLessThanOrEqual(allocatable[resource]!);
          expect(count).toBeLessThanOrEqual(allocatable.pods!);
          expect(new Set(hostPorts.map(({ port }) => port)).size).toBe(hostPorts.length);
        }
        for (const verdict of verdicts) {
          const { pod, node } = verdict;
          if (node !== undefined) {
            const { labels } = world.cache.get<Node>('core/nodes', '', node)!.metadata;
            const target = world.cache.get<Node>('core/nodes', '', node)!;
            for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) expect(labels?.[key]).toBe(value);
            expect(target.spec?.unschedulable ?? false).toBe(false);
            const hard = (target.spec?.taints ?? []).filter(({ effect }) => effect !== 'PreferNoSchedule');
            if (!pod.spec.tolerations?.length) expect(hard).toEqual([]);
            continue;
          }
          expect(verdict.message).toMatch(all.length === 0 ? /^no nodes available/ : new RegExp(`^0/${all.length} nodes are available: `));
          for (const other of all) {
            const state = nodeStateOf(other, world.cache);
            const refused = plugins.some(({ plugin }) => (plugin.filter?.(podInfoOf(pod), state, pass) ?? []).length > 0);
            expect(refused, `${pod.metadata.name} fits ${other.metadata.name}`).toBe(true);
          }
        }
      }),
      { numRuns: 200 },
    );
  });

  it('spreads the replicas of one owner evenly over equal nodes', () => {
    const world = emptyWorld();
    for (const name of ['n1', 'n2', 'n3']) addNode(world, name);
    for (let i = 0; i < 9; i++) addPod(world, `p${i}`, {}, ownedBy('rs'));
    const counts = new Map<string, number>();
    for (const { node } of run(world)) counts.set(node!, (counts.get(node!) ?? 0) + 1);
    expect([...counts.values()]).toEqual([3, 3, 3]);
  });

  it('spreads over zones before nodes', () => {
    const world = emptyWorld();
    const zone = (name: string) => ({ 'topology.kubernetes.io/zone': name });
    addNode(world, 'a1', {}, zone('a'));
    addNode(world, 'a2', {}, zone('a'));
    addNode(world, 'b1', {}, zone('b'));
    for (let i = 0; i < 2; i++) addPod(world, `p${i}`, {}, ownedBy('rs'));
    const zones = run(world).map(({ node }) => node![0]);
    expect(zones.sort()).toEqual(['a', 'b']);
  });

  it('prefers what node affinity prefers, and avoids soft taints', () => {
    const world = emptyWorld();
    addNode(world, 'plain');
    addNode(world, 'fast', {}, { disk: 'ssd' });
    addNode(world, 'soft', { taints: [{ key: 'x', effect: 'PreferNoSchedule' }] }, { disk: 'ssd' });
    const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
    const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference }] } };
    addPod(world, 'p', { affinity });
    expect(run(world)[0]!.node).toBe('fast');
  });

  it('counts init containers, sidecars and overhead as Kubernetes does', () => {
    const world = emptyWorld();
    const container = (cpu: string, extra: object = {}) => ({ name: cpu, image: 'i', resources: { requests: { cpu } }, ...extra });
    const pod = addPod(world, 'p', {
      containers: [container('100m'), container('200m')],
      initContainers: [container('50m', { restartPolicy: 'Always' }), container('700m')],
      overhead: { cpu: '10m' },
    });
    // the second init container runs beside the sidecar: 750 is more than 350
    expect(podInfoOf(pod).requests.cpu).toBe(760);
  });

  it('says of a cluster without room what is true of it', () => {
    expect(explain([])).toBe('no nodes available to schedule pods');
    const fit = { reasons: ['Insufficient cpu'], final: false, hasVictims: false };
    const taint = { reasons: ['node(s) had untolerated taint {a: b}'], final: true, hasVictims: false };
    expect(explain([fit, taint, fit])).toBe(
      '0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 Insufficient cpu. preemption: 0/3 nodes are available: ' +
        '1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.',
    );
    expect(explain([{ ...fit, hasVictims: true }])).toBe('0/1 nodes are available: 1 Insufficient cpu.');
  });

  it('is the same decision each time', () => {
    const world = emptyWorld();
    for (const name of ['n1', 'n2', 'n3']) addNode(world, name);
    for (let i = 0; i < 10; i++) addPod(world, `p${i}`, requests('100m', '64Mi'));
    expect(run(world).map(({ node }) => node)).toEqual(run(world).map(({ node }) => node));
  });
});
