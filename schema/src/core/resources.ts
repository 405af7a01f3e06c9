/**
 * Compute resources a container or claim asks for.
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import { type Infer, listMap, map, str, struct } from '../dsl/field.ts';

export const ResourceClaim = struct('io.k8s.api.core.v1.ResourceClaim', 'A claim of the pod that a container uses.', {
  name: str(1, "Name of the entry in the pod's resourceClaims.", { required: true }),
  request: str(2, 'One request of the claim; all when empty.'),
});
export type ResourceClaim = Infer<typeof ResourceClaim>;

export const ResourceRequirements = struct('io.k8s.api.core.v1.ResourceRequirements', 'Resources asked for and limits.', {
  limits: map(1, 'quantity', 'Most it may use.'),
  requests: map(2, 'quantity', 'What it is sure to get; the limits by default.'),
  claims: listMap(3, ResourceClaim, ['name'], 'Claims of the pod it uses.', { smp: false }),
});
export type ResourceRequirements = Infer<typeof ResourceRequirements>;

export const VolumeResourceRequirements = struct('io.k8s.api.core.v1.VolumeResourceRequirements', 'Storage asked for and limits.', {
  limits: map(1, 'quantity', 'Most it may be.'),
  requests: map(2, 'quantity', 'Least it must be.'),
});
export type VolumeResourceRequirements = Infer<typeof VolumeResourceRequirements>;
