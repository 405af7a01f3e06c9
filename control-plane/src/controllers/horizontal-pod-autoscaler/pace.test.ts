import { expect, it } from 'vitest';
import type { HorizontalPodAutoscaler } from '#schema/autoscaling/horizontal-pod-autoscaler.ts';
import { MEMORY_ANNOTATION, pace, readMemory } from './pace.ts';

const autoscaler = (seconds: number, memory?: object): HorizontalPodAutoscaler => ({
  metadata: { name: 'a', annotations: memory ? { [MEMORY_ANNOTATION]: JSON.stringify(memory) } : {} },
  spec: {
    scaleTargetRef: { kind: 'Deployment', name: 'a' },
    maxReplicas: 5,
    behavior: { scaleUp: { stabilizationWindowSeconds: 0 }, scaleDown: { stabilizationWindowSeconds: seconds } },
  },
});

it.each([0, 300])('what it remembers does not change by looking again, with a window of %d s', (seconds) => {
  const first = pace(autoscaler(seconds), 1, 1, 1_000_000);
  const second = autoscaler(seconds, first.memory);
  expect(pace(second, 1, 1, 1_000_007).memory).toEqual(readMemory(second));
});
