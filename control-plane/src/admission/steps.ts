/** The admission steps in Kubernetes' order: all `mutate` first, then, after validation of the object, all `validate`; the quota last. */
import { certificateApproval, certificateRequestUser } from '../auth/certificate-requests.ts';
import { escalation } from '../auth/escalation.ts';
import type { AdmissionStep } from './admission.ts';
import { defaultIngressClass, defaultStorageClass } from './default-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limits/limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security/pod-security.ts';
import { priority } from './priority.ts';
import { resourceQuota } from './quota/resource-quota.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { storageObjectInUse } from './storage-object-in-use.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

export const admissionSteps: readonly AdmissionStep[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUse,
  runtimeClass,
  defaultIngressClass,
  certificateRequestUser,
  certificateApproval,
  escalation,
  resourceQuota,
];
