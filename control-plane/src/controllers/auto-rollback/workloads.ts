/** What automatic rollback must know of each kind of workload: one entry a kind. */
import { type ControllerRevision, controllerRevisions } from '#schema/apps/controller-revision.ts';
import { type DaemonSet, daemonSets } from '#schema/apps/daemon-set.ts';
import { type Deployment, deployments } from '#schema/apps/deployment.ts';
import { type ReplicaSet, replicaSets } from '#schema/apps/replica-set.ts';
import { type StatefulSet, statefulSets } from '#schema/apps/stateful-set.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { HASH_LABEL, sameTemplate } from '../deployment/revisions.ts';
import { isComplete } from '../deployment/status.ts';
import { controllerOf } from '../ownership.ts';
import { REVISION_LABEL, templateOf } from '../revision-history/revision-history.ts';
import { samePodTemplate } from '../revision-history/same-template.ts';

export interface Revision {
  readonly name: string;
  readonly template: PodTemplateSpec;
  /** Unix ms. */
  readonly createdMs: number;
  readonly isOf: (pod: Pod) => boolean;
}

export interface Workload<T extends KubeObject = any> {
  readonly definition: ResourceDefinition<T>;
  readonly revisions: (object: T, snapshot: Snapshot) => readonly Revision[];
  readonly pods: (object: T, snapshot: Snapshot) => readonly Pod[];
  readonly isComplete: (object: T) => boolean;
  /** The rollout took longer than the workload itself allows. */
  readonly isLate: (object: T) => string | undefined;
  /** Pods of a revision that was given up would block the way back: those that are not healthy are deleted. */
  readonly clearsTheWay: boolean;
}

const owned = <T extends KubeObject>(snapshot: Snapshot, definition: ResourceDefinition, owner: KubeObject): readonly T[] =>
  snapshot.ownedBy<T>(storageKey(definition), owner.metadata.uid!).filter((object) => controllerOf(object)?.uid === owner.metadata.uid);

const withoutHash = (template: PodTemplateSpec): PodTemplateSpec => {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
};

const createdMs = ({ metadata }: KubeObject): number => parseTime(metadata.creationTimestamp ?? '') || 0;

const ofControllerRevision = (revision: ControllerRevision, label: string | undefined): Revision => ({
  name: revision.metadata.name!,
  template: templateOf(revision),
  createdMs: createdMs(revision),
  isOf: (pod) => pod.metadata.labels?.[REVISION_LABEL] === label,
});

const observed = ({ metadata, status }: KubeObject): boolean => (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);

const ofDeployment: Workload<Deployment> = {
  definition: deployments,
  revisions: (deployment, snapshot) =>
    owned<ReplicaSet>(snapshot, replicaSets, deployment).map((set) => ({
      name: set.metadata.name!,
      template: withoutHash(set.spec.template ?? {}),
      createdMs: createdMs(set),
      isOf: (pod) => controllerOf(pod)?.uid === set.metadata.uid,
    })),
  pods: (deployment, snapshot) =>
    owned<ReplicaSet>(snapshot, replicaSets, deployment).flatMap((set) => owned<Pod>(snapshot, podDefinition, set)),
  isComplete: (deployment) => isComplete(deployment, deployment.status ?? {}),
  isLate: ({ status }) => {
    const progressing = getCondition(status?.conditions, 'Progressing');
    return progressing?.reason === 'ProgressDeadlineExceeded' ? 'the rollout exceeded its progress deadline' : undefined;
  },
  clearsTheWay: false,
};

const ofStatefulSet: Workload<StatefulSet> = {
  definition: statefulSets,
  revisions: (set, snapshot) =>
    owned<ControllerRevision>(snapshot, controllerRevisions, set).map((revision) => ofControllerRevision(revision, revision.metadata.name)),
  pods: (set, snapshot) => owned<Pod>(snapshot, podDefinition, set),
  isComplete: (set) => {
    const { replicas = 0, readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = set.status ?? {};
    return (
      observed(set) &&
      currentRevision === updateRevision &&
      updatedReplicas === replicas &&
      readyReplicas === replicas &&
      replicas === (set.spec.replicas ?? 1)
    );
  },
  isLate: () => undefined,
  clearsTheWay: true,
};

const ofDaemonSet: Workload<DaemonSet> = {
  definition: daemonSets,
  revisions: (set, snapshot) =>
    owned<ControllerRevision>(snapshot, controllerRevisions, set).map((revision) =>
      ofControllerRevision(revision, revision.metadata.labels?.[REVISION_LABEL]),
    ),
  pods: (set, snapshot) => owned<Pod>(snapshot, podDefinition, set),
  isComplete: (set) => {
    const { desiredNumberScheduled = 0, updatedNumberScheduled = 0, numberAvailable = 0 } = set.status ?? {};
    return observed(set) && updatedNumberScheduled === desiredNumberScheduled && numberAvailable === desiredNumberScheduled;
  },
  isLate: () => undefined,
  clearsTheWay: false,
};

export const workloads: readonly Workload[] = [ofDeployment, ofStatefulSet, ofDaemonSet];

/** The revision of the object's present template. */
export const currentOf = (object: KubeObject, revisions: readonly Revision[]): Revision | undefined =>
  revisions.find(({ template }) => sameTemplate(template, object.spec.template) || samePodTemplate(template, object.spec.template));
