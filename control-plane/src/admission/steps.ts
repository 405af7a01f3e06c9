/** The admission steps in their order: all `mutate` first, then, after validation of the object, all `validate`. */
import type { AdmissionStep } from './admission.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { priority } from './priority.ts';
import { serviceAccount } from './service-account.ts';

export const admissionSteps: readonly AdmissionStep[] = [
  namespaceLifecycle,
  serviceAccount,
  nodeRestriction,
  priority,
  defaultTolerationSeconds,
];
