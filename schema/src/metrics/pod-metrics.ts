/**
 * PodMetrics: what the containers of a pod use at the moment. Served from what agents tell; never stored.
 */
import { duration, type Infer, list, map, message, str, struct, time } from '../dsl/field.ts';
import { nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { toMilli, value } from '../quantity/quantity.ts';
import { defineResource } from '../resource.ts';

const NAME = 'io.k8s.metrics.pkg.apis.metrics.v1beta1';

export const ContainerMetrics = struct(`${NAME}.ContainerMetrics`, 'What a container uses at the moment.', {
  name: str(1, 'Name of the container.', { required: true, default: '' }),
  usage: map(2, 'quantity', 'Resources used, cpu and memory.'),
});
export type ContainerMetrics = Infer<typeof ContainerMetrics>;

export const PodMetrics = struct(`${NAME}.PodMetrics`, 'What the containers of a pod use at the moment.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  timestamp: time(2, 'End of the time it was measured over.'),
  window: duration(3, 'Length of that time.'),
  containers: list(4, ContainerMetrics, 'Its containers.'),
});
export type PodMetrics = ObjectOf<typeof PodMetrics>;

const sum = ({ containers = [] }: PodMetrics, resource: 'cpu' | 'memory', read: (quantity: string) => number): number =>
  containers.reduce((total, { usage }) => total + read(usage?.[resource] ?? '0'), 0);

export const podMetrics = defineResource<PodMetrics>({
  group: 'metrics.k8s.io',
  resource: 'pods',
  singular: 'pod',
  kind: 'PodMetrics',
  namespaced: true,
  storage: 'virtual',
  verbs: ['get', 'list'],
  versions: soleVersion('v1beta1', PodMetrics),
  generation: false,
  columns: [
    nameColumn,
    text('CPU', 'Processor time used.', (metrics: PodMetrics) => `${sum(metrics, 'cpu', toMilli)}m`),
    text('Memory', 'Memory used.', (metrics: PodMetrics) => `${Math.floor(sum(metrics, 'memory', value) / 1024)}Ki`),
    text('Window', 'Time it was measured over.', (metrics: PodMetrics) => metrics.window ?? ''),
  ],
});
