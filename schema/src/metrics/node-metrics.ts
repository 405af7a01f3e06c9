/**
 * NodeMetrics: what a node uses at the moment. Served from what agents tell; never stored.
 */
import { duration, map, message, struct, time } from '../dsl/field.ts';
import { nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';

export const NodeMetrics = struct('io.k8s.metrics.pkg.apis.metrics.v1beta1.NodeMetrics', 'What a node uses at the moment.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  timestamp: time(2, 'End of the time it was measured over.'),
  window: duration(3, 'Length of that time.'),
  usage: map(4, 'quantity', 'Resources used, cpu and memory.'),
});
export type NodeMetrics = ObjectOf<typeof NodeMetrics>;

export const nodeMetrics = defineResource<NodeMetrics>({
  group: 'metrics.k8s.io',
  resource: 'nodes',
  singular: 'node',
  kind: 'NodeMetrics',
  namespaced: false,
  storage: 'virtual',
  verbs: ['get', 'list'],
  versions: soleVersion('v1beta1', NodeMetrics),
  generation: false,
  columns: [
    nameColumn,
    text('CPU', 'Processor time used.', ({ usage }: NodeMetrics) => usage?.cpu ?? ''),
    text('Memory', 'Memory used.', ({ usage }: NodeMetrics) => usage?.memory ?? ''),
    text('Window', 'Time it was measured over.', (metrics: NodeMetrics) => metrics.window ?? ''),
  ],
});
