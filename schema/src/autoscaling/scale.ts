/**
 * Scale: the replica count of any scalable object.
 */
import { type Infer, int32, message, str, struct } from '../dsl/field.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

export const ScaleSpec = struct('io.k8s.api.autoscaling.v1.ScaleSpec', 'The size wanted.', {
  replicas: int32(1, 'Number of instances wanted.', { default: 0 }),
});
export type ScaleSpec = Infer<typeof ScaleSpec>;

export const ScaleStatus = struct('io.k8s.api.autoscaling.v1.ScaleStatus', 'The size there is.', {
  replicas: int32(1, 'Number of instances seen.', { required: true, default: 0 }),
  selector: str(2, 'Label selector of the instances, as text.'),
});
export type ScaleStatus = Infer<typeof ScaleStatus>;

export const Scale = struct('io.k8s.api.autoscaling.v1.Scale', 'Size of an object that can be scaled.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ScaleSpec, 'The desired state.', { default: {} }),
  status: message(3, ScaleStatus, 'The observed state; written by the cluster.'),
});
export type Scale = ObjectOf<typeof Scale>;
