/** Every controller of the control loop. A controller is one folder and one line here; order does not matter. */
import type { Controller } from '../controller-runtime/controller.ts';
import { scheduler } from '../scheduler/scheduler.ts';
import { accountToken } from './account-token/account-token.ts';
import { apiService } from './api-service/api-service.ts';
import { attachDetach } from './attach-detach/attach-detach.ts';
import { autoRollback } from './auto-rollback/auto-rollback.ts';
import { bootstrapPolicy } from './bootstrap-policy/bootstrap-policy.ts';
import { bootstrapTokenCleaner } from './bootstrap-token-cleaner/bootstrap-token-cleaner.ts';
import { certificateRequestApprover } from './certificate-signing-request/approver.ts';
import { certificateRequestCleaner } from './certificate-signing-request/cleaner.ts';
import { certificateRequestSigner } from './certificate-signing-request/signer.ts';
import { clusterRoleAggregation } from './cluster-role-aggregation/cluster-role-aggregation.ts';
import { clusterServices } from './cluster-services/cluster-services.ts';
import { crdRegistration } from './crd-registration/crd-registration.ts';
import { cronJob } from './cron-job/cron-job.ts';
import { customResourceDefinition } from './custom-resource-definition/custom-resource-definition.ts';
import { daemonSet } from './daemon-set/daemon-set.ts';
import { deployment } from './deployment/deployment.ts';
import { disruption } from './disruption/disruption.ts';
import { endpointSlice } from './endpoint-slice/endpoint-slice.ts';
import { endpointSliceMirroring } from './endpoint-slice-mirroring/endpoint-slice-mirroring.ts';
import { endpoints } from './endpoints/endpoints.ts';
import { ephemeralVolume } from './ephemeral-volume/ephemeral-volume.ts';
import { failover } from './failover/failover.ts';
import { garbageCollector } from './garbage-collector/garbage-collector.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler.ts';
import { job } from './job/job.ts';
import { leaseCleaner } from './lease-cleaner/lease-cleaner.ts';
import { namespace } from './namespace/namespace.ts';
import { nodeIpam } from './node-ipam/node-ipam.ts';
import { nodeLifecycle } from './node-lifecycle/node-lifecycle.ts';
import { podCollector } from './pod-collector/pod-collector.ts';
import { replicaSet } from './replica-set/replica-set.ts';
import { replicationController } from './replication-controller/replication-controller.ts';
import { resourceQuota } from './resource-quota/resource-quota.ts';
import { statefulSet } from './stateful-set/stateful-set.ts';
import { ttlAfterFinished } from './ttl-after-finished/ttl-after-finished.ts';
import { validatingAdmissionPolicyStatus } from './validating-admission-policy-status/validating-admission-policy-status.ts';
import { volumeBinder } from './volume-binder/volume-binder.ts';
import { volumeReclaimer } from './volume-binder/volume-reclaimer.ts';
import { claimProtection, volumeProtection } from './volume-protection/volume-protection.ts';

export const controllers: readonly Controller[] = [
  accountToken,
  apiService,
  attachDetach,
  ...autoRollback,
  ...bootstrapPolicy,
  bootstrapTokenCleaner,
  certificateRequestApprover,
  certificateRequestCleaner,
  certificateRequestSigner,
  claimProtection,
  clusterRoleAggregation,
  clusterServices,
  crdRegistration,
  cronJob,
  customResourceDefinition,
  daemonSet,
  deployment,
  disruption,
  endpointSlice,
  endpointSliceMirroring,
  endpoints,
  ephemeralVolume,
  failover,
  garbageCollector,
  horizontalPodAutoscaler,
  job,
  leaseCleaner,
  namespace,
  nodeIpam,
  nodeLifecycle,
  podCollector,
  replicaSet,
  replicationController,
  resourceQuota,
  scheduler,
  statefulSet,
  ttlAfterFinished,
  validatingAdmissionPolicyStatus,
  volumeBinder,
  volumeProtection,
  volumeReclaimer,
];
