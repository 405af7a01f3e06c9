/**
 * Taints of nodes, tolerations and spreading of pods.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
import { type Infer, int32, int64, list, message, str, struct, time } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';

export const Taint = struct('io.k8s.api.core.v1.Taint', '@core.Taint', {
  key: str(1, '@core.Taint.key', { required: true }),
  value: str(2, '@core.Taint.value'),
  effect: str(3, '@core.Taint.effect', { required: true, enum: ['NoExecute', 'NoSchedule', 'PreferNoSchedule'] }),
  timeAdded: time(4, '@core.Taint.timeAdded'),
});
export type Taint = Infer<typeof Taint>;

export const Toleration = struct('io.k8s.api.core.v1.Toleration', '@core.Toleration', {
  key: str(1, '@core.Toleration.key'),
  operator: str(2, '@core.Toleration.operator'),
  value: str(3, '@core.Toleration.value'),
  effect: str(4, '@core.Toleration.effect'),
  tolerationSeconds: int64(5, '@core.Toleration.tolerationSeconds', { pointer: true }),
});
export type Toleration = Infer<typeof Toleration>;

export const TopologySpreadConstraint = struct('io.k8s.api.core.v1.TopologySpreadConstraint', '@core.TopologySpreadConstraint', {
  maxSkew: int32(1, '@core.TopologySpreadConstraint.maxSkew', { required: true }),
  topologyKey: str(2, '@core.TopologySpreadConstraint.topologyKey', { required: true }),
  whenUnsatisfiable: str(3, '@core.TopologySpreadConstraint.whenUnsatisfiable', {
    required: true,
    enum: ['DoNotSchedule', 'ScheduleAnyway'],
  }),
  labelSelector: message(4, LabelSelector, '@core.TopologySpreadConstraint.labelSelector'),
  minDomains: int32(5, '@core.TopologySpreadConstraint.minDomains', { pointer: true }),
  nodeAffinityPolicy: str(6, '@core.TopologySpreadConstraint.nodeAffinityPolicy', { pointer: true, enum: ['Honor', 'Ignore'] }),
  nodeTaintsPolicy: str(7, '@core.TopologySpreadConstraint.nodeTaintsPolicy', { pointer: true, enum: ['Honor', 'Ignore'] }),
  matchLabelKeys: list(8, 'string', '@core.TopologySpreadConstraint.matchLabelKeys'),
});
export type TopologySpreadConstraint = Infer<typeof TopologySpreadConstraint>;
