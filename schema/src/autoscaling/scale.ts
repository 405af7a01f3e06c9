/**
 * Scale: the replica count of any scalable object.
 */
import { type Infer, int32, message, str, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const ScaleSpec = struct('io.k8s.api.autoscaling.v1.ScaleSpec', '@autoscaling.ScaleSpec', {
  replicas: int32(1, '@autoscaling.ScaleSpec.replicas', { default: 0 }),
});
export type ScaleSpec = Infer<typeof ScaleSpec>;

export const ScaleStatus = struct('io.k8s.api.autoscaling.v1.ScaleStatus', '@autoscaling.ScaleStatus', {
  replicas: int32(1, '@autoscaling.ScaleStatus.replicas', { required: true, default: 0 }),
  selector: str(2, '@autoscaling.ScaleStatus.selector'),
});
export type ScaleStatus = Infer<typeof ScaleStatus>;

export const Scale = struct('io.k8s.api.autoscaling.v1.Scale', '@autoscaling.Scale', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@autoscaling.Scale.metadata'),
  spec: message(2, ScaleSpec, '@autoscaling.Scale.spec', { default: {} }),
  status: message(3, ScaleStatus, '@autoscaling.Scale.status'),
});
export type Scale = ObjectOf<typeof Scale>;
