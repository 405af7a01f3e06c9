/**
 * Taints of nodes, tolerations and spreading of pods.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
 */
import { type Infer, int32, int64, list, message, str, struct, time } from '../dsl/field.ts';
import { LabelSelector } from '../meta/label-selector.ts';

export const Taint = struct('io.k8s.api.core.v1.Taint', 'A mark on a node that keeps pods away.', {
  key: str(1, 'Key of the taint.', { required: true, default: '' }),
  value: str(2, 'Value of the taint.'),
  effect: str(3, 'NoSchedule, PreferNoSchedule or NoExecute.', { required: true, enum: ['NoExecute', 'NoSchedule', 'PreferNoSchedule'] }),
  timeAdded: time(4, 'When it was added.'),
});
export type Taint = Infer<typeof Taint>;

export const Toleration = struct('io.k8s.api.core.v1.Toleration', 'Lets a pod run despite taints.', {
  key: str(1, 'Key of the taint; empty with Exists tolerates all.'),
  operator: str(2, 'Equal or Exists; Equal by default.'),
  value: str(3, 'Value of the taint.'),
  effect: str(4, 'Effect of the taint; empty for all.'),
  tolerationSeconds: int64(5, 'Seconds a NoExecute taint is tolerated; absent for ever, 0 or less not at all.', { pointer: true }),
});
export type Toleration = Infer<typeof Toleration>;

export const TopologySpreadConstraint = struct('io.k8s.api.core.v1.TopologySpreadConstraint', 'How evenly pods are spread over places.', {
  maxSkew: int32(1, 'Most the counts of two places may differ.', { required: true, default: 0 }),
  topologyKey: str(2, 'Node label whose equal values mean the same place.', { required: true }),
  whenUnsatisfiable: str(3, 'DoNotSchedule, or ScheduleAnyway to prefer only.', {
    required: true,
    enum: ['DoNotSchedule', 'ScheduleAnyway'],
  }),
  labelSelector: message(4, LabelSelector, 'Which pods are counted.'),
  minDomains: int32(5, 'Fewer places than this count as if one held no pod.', { pointer: true }),
  nodeAffinityPolicy: str(6, 'Whether nodes the pod cannot choose are left out: Honor (default) or Ignore.', {
    pointer: true,
    enum: ['Honor', 'Ignore'],
  }),
  nodeTaintsPolicy: str(7, 'Whether nodes with taints it does not tolerate are left out: Honor or Ignore (default).', {
    pointer: true,
    enum: ['Honor', 'Ignore'],
  }),
  matchLabelKeys: list(8, 'string', 'Keys whose values are taken from the incoming pod.'),
});
export type TopologySpreadConstraint = Infer<typeof TopologySpreadConstraint>;
