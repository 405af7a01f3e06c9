/** What an autoscaler gets when it says nothing: one pod at least, 80 % of the requested cpu, and the usual pace of scaling. */
import type { HPAScalingRules } from './behavior.ts';
import type { HorizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';

export const DEFAULT_CPU_UTILIZATION = 80;
const PERIOD_SECONDS = 15;

const percent = { type: 'Percent', value: 100, periodSeconds: PERIOD_SECONDS };

export const defaultAutoscaler = ({ spec }: HorizontalPodAutoscaler): void => {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length) {
    const target = { type: 'Utilization', averageUtilization: DEFAULT_CPU_UTILIZATION };
    spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target } }];
  }
  if (!spec.behavior) return;
  const { behavior } = spec;
  behavior.scaleUp = withRules(behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [{ type: 'Pods', value: 4, periodSeconds: PERIOD_SECONDS }, { ...percent }],
  });
  // how long scaling down waits is a setting of the controller
  behavior.scaleDown = withRules(behavior.scaleDown, { selectPolicy: 'Max', policies: [{ ...percent }] });
};

const withRules = (rules: HPAScalingRules | undefined, preset: HPAScalingRules): HPAScalingRules => ({ ...preset, ...rules });
