import { describe, expect, it } from 'vitest';
import fc from '#fast-check';
import type { EndpointSlice } from '#schema/discovery/endpoint-slice.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { endpointSlice } from './endpoint-slice.ts';

const zones = ['a', 'b', 'c'];
const ref = { namespace: 'default', name: 'web' };

const node = (name: string, zone: string, cpu: number) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'topology.kubernetes.io/zone': zone } },
  status: { allocatable: { cpu: String(cpu) }, conditions: [{ type: 'Ready', status: 'True' }] },
});

const pod = (i: number, nodeName: string, ready: boolean) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: `p${i}`, labels: { app: 'web' } },
  spec: { nodeName, containers: [{ name: 'c', image: 'i' }] },
  status: { phase: 'Running', podIP: `10.42.0.${i}`, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

const newWorld = (cpus: readonly number[], annotations: Record<string, string>): PlainWorld => {
  const world = new PlainWorld({ nowMs: Date.UTC(2030, 0, 1), cluster: testCluster });
  world.add({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', annotations },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  });
  cpus.forEach((cpu, i) => {
    world.add(node(`n${i}`, zones[i]!, cpu));
  });
  return world;
};

const slicesOf = (world: PlainWorld) => world.cache.inNamespace<EndpointSlice>('discovery.k8s.io/endpointslices', 'default');
const endpointsOf = (world: PlainWorld) => slicesOf(world).flatMap((slice) => slice.endpoints ?? []);

describe('shares of zones', () => {
  const auto = { 'service.kubernetes.io/topology-mode': 'Auto' };

  it('give each zone enough, or nobody a hint, and come to rest whatever pods come and go', () => {
    const cpus = fc.array(fc.integer({ min: 1, max: 16 }), { minLength: 1, maxLength: 3 });
    const pods = fc.array(fc.record({ at: fc.nat({ max: 2 }), ready: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(cpus, pods, pods, (cpu, first, later) => {
        const world = newWorld(cpu, auto);
        for (const wave of [first, later]) {
          wave.forEach(({ at, ready }, i) => {
            world.add(pod(i + 1, `n${at % cpu.length}`, ready));
          });
          world.apply(world.decide(endpointSlice, ref).changes);
          expect(world.decide(endpointSlice, ref).changes).toEqual([]);
          const endpoints = endpointsOf(world);
          const ready = endpoints.filter(({ conditions }) => conditions?.ready);
          const hinted = endpoints.filter(({ hints }) => hints);
          if (hinted.length === 0) continue;
          expect(hinted).toEqual(ready);
          const total = cpu.reduce((sum, n) => sum + n, 0);
          cpu.forEach((n, i) => {
            const served = hinted.filter(({ hints }) => hints?.forZones?.[0]?.name === zones[i]).length;
            // whole endpoints change hands only when half of one would
            expect(served).toBeGreaterThanOrEqual(Math.floor((n * ready.length) / total / 1.2));
          });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('end with the annotation, and follow a node that changes', () => {
    const world = newWorld([4, 4], auto);
    for (const i of [1, 2, 3, 4]) world.add(pod(i, `n${i % 2}`, true));
    world.apply(world.decide(endpointSlice, ref).changes);
    expect(endpointsOf(world).every(({ hints }) => hints)).toBe(true);
    const watch = endpointSlice.watches.find(({ resource }) => resource === 'core/nodes')!;
    const before = world.cache.get('core/nodes', '', 'n0')!;
    expect(watch.keys({ ...before, metadata: { ...before.metadata, annotations: { x: 'y' } } }, before, world.cache)).toEqual([]);
    expect(watch.keys(node('n0', 'a', 8) as never, before, world.cache)).toEqual([ref]);
    expect(watch.keys(before, before, world.cache)).toEqual([ref]);
    const service = world.cache.get('core/services', 'default', 'web')!;
    world.add({ ...service, metadata: { ...service.metadata, annotations: {} } });
    world.apply(world.decide(endpointSlice, ref).changes);
    expect(endpointsOf(world)).toHaveLength(4);
    expect(endpointsOf(world).some(({ hints }) => hints)).toBe(false);
  });
});
