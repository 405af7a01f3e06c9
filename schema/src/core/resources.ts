/**
 * Compute resources a container or claim asks for.
 * @see https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/
 */
import { type Infer, listMap, map, str, struct } from '../dsl/field.ts';

export const ResourceClaim = struct('io.k8s.api.core.v1.ResourceClaim', '@core.ResourceClaim', {
  name: str(1, '@core.ResourceClaim.name', { required: true }),
  request: str(2, '@core.ResourceClaim.request'),
});
export type ResourceClaim = Infer<typeof ResourceClaim>;

export const ResourceRequirements = struct('io.k8s.api.core.v1.ResourceRequirements', '@core.ResourceRequirements', {
  limits: map(1, 'quantity', '@core.ResourceRequirements.limits'),
  requests: map(2, 'quantity', '@core.ResourceRequirements.requests'),
  claims: listMap(3, ResourceClaim, ['name'], '@core.ResourceRequirements.claims', { smp: false }),
});
export type ResourceRequirements = Infer<typeof ResourceRequirements>;

export const VolumeResourceRequirements = struct('io.k8s.api.core.v1.VolumeResourceRequirements', '@core.VolumeResourceRequirements', {
  limits: map(1, 'quantity', '@core.VolumeResourceRequirements.limits'),
  requests: map(2, 'quantity', '@core.VolumeResourceRequirements.requests'),
});
export type VolumeResourceRequirements = Infer<typeof VolumeResourceRequirements>;
