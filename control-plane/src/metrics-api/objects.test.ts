import { expect, it } from 'vitest';
import type { KubeObject } from '#schema/resource.ts';
import type { NodeSample } from './measurements.ts';
import { measurementsOf } from './measurements.ts';
import { nodeMetricsOf, podMetricsOf } from './objects.ts';

const usage = { cpuNanoseconds: 5e9, cpuNanoCores: 250_000_000.4, memoryBytes: 10_000 };
const of: NodeSample = {
  node: 'n1',
  sample: {
    type: 'metrics',
    time: '2030-01-01T00:00:15.250Z',
    windowMs: 15_003,
    node: usage,
    pods: [
      { namespace: 'default', name: 'web', uid: 'u1', containers: [{ name: 'app', ...usage }] },
      { namespace: 'default', name: 'again', uid: 'old', containers: [] },
      { namespace: 'default', name: 'gone', uid: 'u3', containers: [] },
    ],
  },
};

it('becomes what a metrics server serves', () => {
  expect(nodeMetricsOf(of, { zone: 'a' })).toEqual({
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'NodeMetrics',
    metadata: { name: 'n1', creationTimestamp: '2030-01-01T00:00:15Z', labels: { zone: 'a' } },
    timestamp: '2030-01-01T00:00:15Z',
    window: '15.003s',
    usage: { cpu: '250000000n', memory: '9Ki' },
  });
  expect(podMetricsOf(of, of.sample.pods[0]!, undefined)).toMatchObject({
    metadata: { name: 'web', namespace: 'default' },
    containers: [{ name: 'app', usage: { cpu: '250000000n', memory: '9Ki' } }],
  });
  const two = { ...of.sample.pods[0]!, containers: ['second', 'first'].map((name) => ({ name, ...usage })) };
  expect(podMetricsOf(of, two, undefined).containers!.map(({ name }) => name)).toEqual(['first', 'second']);
});

it('leaves out pods that are gone, or others of the same name, and nodes that are gone', () => {
  const objects: Record<string, KubeObject> = {
    'core/nodes//n1': { metadata: { name: 'n1', labels: { zone: 'a' } } },
    'core/pods/default/web': { metadata: { name: 'web', uid: 'u1', labels: { app: 'web' } } },
    'core/pods/default/again': { metadata: { name: 'again', uid: 'new' } },
  };
  const get = (resource: string, namespace: string, name: string) => objects[`${resource}/${namespace}/${name}`] as never;
  const { samples, labels } = measurementsOf([of, { ...of, node: 'n2' }], { get });
  expect(samples.map(({ node, sample }) => [node, sample.pods.map(({ name }) => name)])).toEqual([['n1', ['web']]]);
  expect(labels).toEqual({ 'core/nodes//n1': { zone: 'a' }, 'core/pods/default/web': { app: 'web' } });
});
