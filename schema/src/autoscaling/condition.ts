/** Conditions of an autoscaler. */
import { type Infer, str, struct, time } from '../dsl/field.ts';

export const HorizontalPodAutoscalerCondition = struct(
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition',
  'One observed aspect of an autoscaler.',
  {
    type: str(1, 'AbleToScale, ScalingActive or ScalingLimited.', { required: true }),
    status: str(2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: time(3, 'When the status last changed.'),
    reason: str(4, 'One word for programs, in CamelCase.'),
    message: str(5, 'Text for people.'),
  },
);
export type HorizontalPodAutoscalerCondition = Infer<typeof HorizontalPodAutoscalerCondition>;
