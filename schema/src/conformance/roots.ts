/**
 * Every whole object this folder describes, and where upstream describes it: what the conformance tests beside this file walk through.
 */

import { MutatingWebhookConfiguration } from '../admissionregistration/mutating-webhook-configuration.ts';
import { ValidatingAdmissionPolicy } from '../admissionregistration/validating-admission-policy.ts';
import { ValidatingAdmissionPolicyBinding } from '../admissionregistration/validating-admission-policy-binding.ts';
import { ValidatingWebhookConfiguration } from '../admissionregistration/validating-webhook-configuration.ts';
import { CustomResourceDefinition } from '../apiextensions/custom-resource-definition.ts';
import { APIService } from '../apiregistration/api-service.ts';
import { ControllerRevision } from '../apps/controller-revision.ts';
import { DaemonSet } from '../apps/daemon-set.ts';
import { Deployment } from '../apps/deployment.ts';
import { ReplicaSet } from '../apps/replica-set.ts';
import { StatefulSet } from '../apps/stateful-set.ts';
import { SelfSubjectReview } from '../authentication/self-subject-review.ts';
import { TokenRequest } from '../authentication/token-request.ts';
import { TokenReview } from '../authentication/token-review.ts';
import { LocalSubjectAccessReview } from '../authorization/local-subject-access-review.ts';
import { SelfSubjectAccessReview } from '../authorization/self-subject-access-review.ts';
import { SelfSubjectRulesReview } from '../authorization/self-subject-rules-review.ts';
import { SubjectAccessReview } from '../authorization/subject-access-review.ts';
import { HorizontalPodAutoscaler } from '../autoscaling/horizontal-pod-autoscaler.ts';
import { HorizontalPodAutoscalerV1 } from '../autoscaling/horizontal-pod-autoscaler-v1.ts';
import { Scale } from '../autoscaling/scale.ts';
import { CronJob } from '../batch/cron-job.ts';
import { Job } from '../batch/job.ts';
import { CertificateSigningRequest } from '../certificates/certificate-signing-request.ts';
import { Lease } from '../coordination/lease.ts';
import { Binding } from '../core/binding.ts';
import { ComponentStatus } from '../core/component-status.ts';
import { ConfigMap } from '../core/config-map.ts';
import { Endpoints } from '../core/endpoints.ts';
import { Event } from '../core/event.ts';
import { LimitRange } from '../core/limit-range.ts';
import { Namespace } from '../core/namespace.ts';
import { Node } from '../core/node.ts';
import { PersistentVolume } from '../core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../core/persistent-volume-claim.ts';
import { Pod } from '../core/pod.ts';
import { PodTemplate } from '../core/pod-template-kind.ts';
import { ReplicationController } from '../core/replication-controller.ts';
import { ResourceQuota } from '../core/resource-quota.ts';
import { Secret } from '../core/secret.ts';
import { Service } from '../core/service.ts';
import { ServiceAccount } from '../core/service-account.ts';
import { EndpointSlice } from '../discovery/endpoint-slice.ts';
import type { Struct } from '../dsl/field.ts';
import { Event as EventsEvent } from '../events/event.ts';
import { FlowSchema } from '../flowcontrol/flow-schema.ts';
import { PriorityLevelConfiguration } from '../flowcontrol/priority-level-configuration.ts';
import { DeleteOptions } from '../meta/delete-options.ts';
import { Status } from '../meta/status.ts';
import { Ingress } from '../networking/ingress.ts';
import { IngressClass } from '../networking/ingress-class.ts';
import { IPAddress } from '../networking/ip-address.ts';
import { NetworkPolicy } from '../networking/network-policy.ts';
import { ServiceCIDR } from '../networking/service-cidr.ts';
import { RuntimeClass } from '../node/runtime-class.ts';
import { Eviction } from '../policy/eviction.ts';
import { PodDisruptionBudget } from '../policy/pod-disruption-budget.ts';
import { ClusterRole } from '../rbac/cluster-role.ts';
import { ClusterRoleBinding } from '../rbac/cluster-role-binding.ts';
import { Role } from '../rbac/role.ts';
import { RoleBinding } from '../rbac/role-binding.ts';
import { PriorityClass } from '../scheduling/priority-class.ts';
import { CSIDriver } from '../storage/csi-driver.ts';
import { CSINode } from '../storage/csi-node.ts';
import { CSIStorageCapacity } from '../storage/csi-storage-capacity.ts';
import { StorageClass } from '../storage/storage-class.ts';
import { VolumeAttachment } from '../storage/volume-attachment.ts';
import { VolumeAttributesClass } from '../storage/volume-attributes-class.ts';

export interface Root {
  readonly struct: Struct<any>;
  readonly apiVersion: string;
  readonly kind: string;
  /** Class of @kubernetes/client-node. */
  readonly className: string;
  /** Name of upstream's example files before the kind, such as `core.v1`. */
  readonly example: string;
}

const root = (struct: Struct<any>, apiVersion: string, kind: string, className = `V1${kind}`, group = apiVersion): Root => ({
  struct,
  apiVersion,
  kind,
  className,
  example: group.includes('/') ? group.replace('/', '.') : 'core.v1',
});

export const roots: readonly Root[] = [
  root(Binding, 'v1', 'Binding'),
  root(ComponentStatus, 'v1', 'ComponentStatus'),
  root(LimitRange, 'v1', 'LimitRange'),
  root(PersistentVolume, 'v1', 'PersistentVolume'),
  root(PersistentVolumeClaim, 'v1', 'PersistentVolumeClaim'),
  root(PodTemplate, 'v1', 'PodTemplate'),
  root(ResourceQuota, 'v1', 'ResourceQuota'),
  root(ConfigMap, 'v1', 'ConfigMap'),
  root(DeleteOptions, 'v1', 'DeleteOptions'),
  root(Endpoints, 'v1', 'Endpoints'),
  root(Event, 'v1', 'Event', 'CoreV1Event'),
  root(Namespace, 'v1', 'Namespace'),
  root(Node, 'v1', 'Node'),
  root(Pod, 'v1', 'Pod'),
  root(ReplicationController, 'v1', 'ReplicationController'),
  root(Secret, 'v1', 'Secret'),
  root(Service, 'v1', 'Service'),
  root(ServiceAccount, 'v1', 'ServiceAccount'),
  root(Status, 'v1', 'Status'),
  root(Deployment, 'apps/v1', 'Deployment'),
  root(ReplicaSet, 'apps/v1', 'ReplicaSet'),
  root(ControllerRevision, 'apps/v1', 'ControllerRevision'),
  root(DaemonSet, 'apps/v1', 'DaemonSet'),
  root(StatefulSet, 'apps/v1', 'StatefulSet'),
  root(SelfSubjectReview, 'authentication.k8s.io/v1', 'SelfSubjectReview'),
  root(TokenRequest, 'authentication.k8s.io/v1', 'TokenRequest', 'AuthenticationV1TokenRequest'),
  root(SelfSubjectAccessReview, 'authorization.k8s.io/v1', 'SelfSubjectAccessReview'),
  root(SelfSubjectRulesReview, 'authorization.k8s.io/v1', 'SelfSubjectRulesReview'),
  root(Scale, 'autoscaling/v1', 'Scale'),
  root(HorizontalPodAutoscaler, 'autoscaling/v2', 'HorizontalPodAutoscaler', 'V2HorizontalPodAutoscaler'),
  root(HorizontalPodAutoscalerV1, 'autoscaling/v1', 'HorizontalPodAutoscaler'),
  root(CronJob, 'batch/v1', 'CronJob'),
  root(Job, 'batch/v1', 'Job'),
  root(Lease, 'coordination.k8s.io/v1', 'Lease'),
  root(EndpointSlice, 'discovery.k8s.io/v1', 'EndpointSlice'),
  root(EventsEvent, 'events.k8s.io/v1', 'Event', 'EventsV1Event'),
  root(Eviction, 'policy/v1', 'Eviction'),
  root(PodDisruptionBudget, 'policy/v1', 'PodDisruptionBudget'),
  root(PriorityClass, 'scheduling.k8s.io/v1', 'PriorityClass'),
  root(CSIDriver, 'storage.k8s.io/v1', 'CSIDriver'),
  root(CSINode, 'storage.k8s.io/v1', 'CSINode'),
  root(CSIStorageCapacity, 'storage.k8s.io/v1', 'CSIStorageCapacity'),
  root(StorageClass, 'storage.k8s.io/v1', 'StorageClass'),
  root(VolumeAttachment, 'storage.k8s.io/v1', 'VolumeAttachment'),
  root(VolumeAttributesClass, 'storage.k8s.io/v1', 'VolumeAttributesClass'),
  root(Role, 'rbac.authorization.k8s.io/v1', 'Role'),
  root(RoleBinding, 'rbac.authorization.k8s.io/v1', 'RoleBinding'),
  root(ClusterRole, 'rbac.authorization.k8s.io/v1', 'ClusterRole'),
  root(ClusterRoleBinding, 'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'),
  root(Ingress, 'networking.k8s.io/v1', 'Ingress'),
  root(IngressClass, 'networking.k8s.io/v1', 'IngressClass'),
  root(NetworkPolicy, 'networking.k8s.io/v1', 'NetworkPolicy'),
  root(IPAddress, 'networking.k8s.io/v1', 'IPAddress'),
  root(ServiceCIDR, 'networking.k8s.io/v1', 'ServiceCIDR'),
  root(RuntimeClass, 'node.k8s.io/v1', 'RuntimeClass'),
  root(CertificateSigningRequest, 'certificates.k8s.io/v1', 'CertificateSigningRequest'),
  root(ValidatingWebhookConfiguration, 'admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'),
  root(MutatingWebhookConfiguration, 'admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'),
  root(ValidatingAdmissionPolicy, 'admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'),
  root(ValidatingAdmissionPolicyBinding, 'admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding'),
  root(CustomResourceDefinition, 'apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
  root(APIService, 'apiregistration.k8s.io/v1', 'APIService'),
  root(FlowSchema, 'flowcontrol.apiserver.k8s.io/v1', 'FlowSchema'),
  root(PriorityLevelConfiguration, 'flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration'),
  root(TokenReview, 'authentication.k8s.io/v1', 'TokenReview'),
  root(SubjectAccessReview, 'authorization.k8s.io/v1', 'SubjectAccessReview'),
  root(LocalSubjectAccessReview, 'authorization.k8s.io/v1', 'LocalSubjectAccessReview'),
];
