/**
 * RuntimeClass: with which handler of the container runtime pods run.
 * @see https://kubernetes.io/docs/concepts/containers/runtime-class/
 */
import { Toleration } from '../core/placement.ts';
import { validateTolerations } from '../core/placement-validation.ts';
import { type Infer, list, map, message, str, struct } from '../dsl/field.ts';
import { problems } from '../meta/checks.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { immutable } from '../validation/errors.ts';
import { isDNS1123Label } from '../validation/names.ts';
import { validateLabels, validateObjectMeta } from '../validation/object-meta.ts';

export const Overhead = struct('io.k8s.api.node.v1.Overhead', 'What a pod costs beside its containers.', {
  podFixed: map(1, 'quantity', 'Resources each pod costs.'),
});
export type Overhead = Infer<typeof Overhead>;

export const Scheduling = struct('io.k8s.api.node.v1.Scheduling', 'Which nodes have the handler.', {
  nodeSelector: map(1, 'string', 'Labels of those nodes; added to the selector of a pod.', { atomic: true }),
  tolerations: list(2, Toleration, 'Added to the tolerations of a pod.'),
});
export type Scheduling = Infer<typeof Scheduling>;

export const RuntimeClass = struct('io.k8s.api.node.v1.RuntimeClass', 'With which handler of the container runtime pods run.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  handler: str(2, 'Name of the handler as the nodes know it; cannot change.', { required: true, default: '' }),
  overhead: message(3, Overhead, 'What a pod costs beside its containers.'),
  scheduling: message(4, Scheduling, 'Which nodes have the handler.'),
});
export type RuntimeClass = ObjectOf<typeof RuntimeClass>;

export const runtimeClasses = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  resource: 'runtimeclasses',
  kind: 'RuntimeClass',
  namespaced: false,
  updatesNeedVersion: true,
  versions: soleVersion('v1', RuntimeClass),
  generation: false,
  validate: ({ metadata, handler, scheduling }, old) => [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...problems('handler', handler, isDNS1123Label(handler)),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...validateTolerations(scheduling?.tolerations, 'scheduling.tolerations'),
    ...(old && old.handler !== handler ? [immutable('handler', handler)] : []),
  ],
  columns: [nameColumn, text('Handler', 'Name of the handler as the nodes know it.', ({ handler }: RuntimeClass) => handler), ageColumn],
});
