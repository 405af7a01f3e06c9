/**
 * The pod a controller makes.
 */

import { type Infer, message, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PodSpec } from './pod-spec.ts';

export const PodTemplateSpec = struct('io.k8s.api.core.v1.PodTemplateSpec', 'The pod to make.', {
  metadata: message(1, ObjectMeta, 'Labels and annotations of the pod.', { default: {} }),
  spec: message(2, PodSpec, 'What the pod shall be.', { default: {} }),
});
export type PodTemplateSpec = Infer<typeof PodTemplateSpec>;
