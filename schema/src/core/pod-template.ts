/**
 * The pod a controller makes.
 */

import { type Infer, message, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PodSpec } from './pod-spec.ts';

export const PodTemplateSpec = struct('io.k8s.api.core.v1.PodTemplateSpec', '@core.PodTemplateSpec', {
  metadata: message(1, ObjectMeta, '@core.PodTemplateSpec.metadata', { default: {} }),
  spec: message(2, PodSpec, '@core.PodTemplateSpec.spec', { default: {} }),
});
export type PodTemplateSpec = Infer<typeof PodTemplateSpec>;
