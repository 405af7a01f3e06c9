/** How fast an autoscaler (autoscaling/v2) may scale, in each direction. */
import { type Infer, int32, list, message, quantity, str, struct } from '../dsl/field.ts';

export const HPAScalingPolicy = struct('io.k8s.api.autoscaling.v2.HPAScalingPolicy', 'Most that may change in some time.', {
  type: str(1, 'Pods or Percent.', { required: true, default: '' }),
  value: int32(2, 'How many pods, or how many percent of them.', { required: true, default: 0 }),
  periodSeconds: int32(3, 'In how many seconds.', { required: true, default: 0 }),
});
export type HPAScalingPolicy = Infer<typeof HPAScalingPolicy>;

export const HPAScalingRules = struct('io.k8s.api.autoscaling.v2.HPAScalingRules', 'How fast to scale in one direction.', {
  stabilizationWindowSeconds: int32(3, 'Seconds of recommendations of which the most careful counts.', { pointer: true }),
  selectPolicy: str(1, 'Which policy counts: Max (default), Min, or Disabled: no scaling in this direction.', { pointer: true }),
  policies: list(2, HPAScalingPolicy, 'Limits of the change.'),
  tolerance: quantity(4, 'How far a metric may be off before something is done; 0.1 by default.', { pointer: true }),
});
export type HPAScalingRules = Infer<typeof HPAScalingRules>;

export const HorizontalPodAutoscalerBehavior = struct('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior', 'How fast to scale.', {
  scaleUp: message(1, HPAScalingRules, 'Rules for more pods.'),
  scaleDown: message(2, HPAScalingRules, 'Rules for fewer pods.'),
});
export type HorizontalPodAutoscalerBehavior = Infer<typeof HorizontalPodAutoscalerBehavior>;
