/**
 * The engine behind ReplicaSet and ReplicationController: keeps as many active pods of a template as asked, and says so in status.
 * Creates are named from (owner, its revision, slot), so deciding twice from one state never makes two pods of one slot.
 */
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { equalJson } from '#schema/dsl/own.ts';
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import type { LabelSelection } from '#schema/selectors/label.ts';
import type { Change, Controller, ObjectRef, Outcome } from '../../controller-runtime/controller.ts';
import { nothing } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, EngineContext } from '../../controller-runtime/engine.ts';
import { generatedName } from '../../controller-runtime/naming.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { claim, controllerOf, controllerReference, ownerKeys } from '../ownership.ts';
import { availableAtMs, isActive } from '../pod-state.ts';
import { rankForDeletion } from './deletion-rank.ts';
import { computeStatus } from './status.ts';

/** Pods made or deleted in one round, at most. */
const BURST = 500;

/** What tells the two kinds apart. */
export interface ReplicaKind<T extends KubeObject> {
  readonly controllerName: string;
  readonly definition: ResourceDefinition<T>;
  readonly selection: (object: T) => LabelSelection;
  readonly template: (object: T) => PodTemplateSpec;
  /** status.terminatingReplicas exists. */
  readonly countsTerminating: boolean;
  /** Pods whose crowding on a node counts when choosing what to delete; the owner's own are always counted. */
  readonly related: (object: T, snapshot: Snapshot) => readonly Pod[];
}

const podOf = (owner: KubeObject, template: PodTemplateSpec, name: string): Pod => {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace!,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec ?? { containers: [] },
  };
};

const freeName = (snapshot: Snapshot, owner: KubeObject, slot: number, taken: ReadonlySet<string>): string => {
  const { name = '', namespace = '', uid, resourceVersion } = owner.metadata;
  for (let attempt = 0; ; attempt++) {
    const candidate = generatedName(`${name}-`, `${uid}/${resourceVersion}/${slot}/${attempt}`);
    if (!taken.has(candidate) && !snapshot.get(storageKey(podDefinition), namespace, candidate)) return candidate;
  }
};

interface Work {
  readonly changes: Change[];
  readonly events: ConditionalNote[];
}

const planCreates = (snapshot: Snapshot, owner: KubeObject, template: PodTemplateSpec, count: number): Work => {
  const work: Work = { changes: [], events: [] };
  const taken = new Set<string>();
  for (let slot = 0; slot < count; slot++) {
    const name = freeName(snapshot, owner, slot, taken);
    taken.add(name);
    const change: Change = {
      op: 'create',
      definition: podDefinition,
      object: podOf(owner, template, name),
      ownerUid: owner.metadata.uid!,
    };
    work.changes.push(change);
    work.events.push({ about: owner, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}`, after: change });
  }
  return work;
};

const planDeletes = (owner: KubeObject, ranked: readonly Pod[], count: number): Work => {
  const work: Work = { changes: [], events: [] };
  for (const pod of ranked.slice(0, count)) {
    const change: Change = {
      op: 'delete',
      definition: podDefinition,
      object: pod,
      request: { preconditions: { uid: pod.metadata.uid! } },
    };
    work.changes.push(change);
    work.events.push({
      about: owner,
      type: 'Normal',
      reason: 'SuccessfulDelete',
      message: `Deleted pod: ${pod.metadata.name}`,
      after: change,
    });
  }
  return work;
};

/** Counts pods per node; unassigned pods share nothing. */
const sharingOf = (pods: readonly Pod[]): ((pod: Pod) => number) => {
  const perNode = new Map<string, number>();
  for (const { spec } of pods) if (spec.nodeName) perNode.set(spec.nodeName, (perNode.get(spec.nodeName) ?? 0) + 1);
  return (pod) => perNode.get(pod.spec.nodeName ?? '') ?? 0;
};

const planReplicas = <T extends KubeObject>(kind: ReplicaKind<T>, owner: T, active: readonly Pod[], context: EngineContext): Work => {
  if (owner.metadata.deletionTimestamp) return { changes: [], events: [] };
  const difference = active.length - (owner.spec?.replicas ?? 1);
  if (difference < 0) return planCreates(context.snapshot, owner, kind.template(owner), Math.min(-difference, BURST));
  if (difference === 0) return { changes: [], events: [] };
  const related = new Map([...active, ...kind.related(owner, context.snapshot).filter(isActive)].map((pod) => [pod.metadata.uid, pod]));
  const ranked = rankForDeletion(active, sharingOf([...related.values()]), context.nowMs);
  return planDeletes(owner, ranked, Math.min(difference, BURST));
};

export const replicaController = <T extends KubeObject>(kind: ReplicaKind<T>): Controller => {
  const resource = storageKey(kind.definition);

  const reconcile = (ref: ObjectRef, context: EngineContext): Outcome => {
    const owner = context.snapshot.get<T>(resource, ref.namespace, ref.name);
    if (!owner) return nothing;
    const claimed = claim<Pod>(context.snapshot, podDefinition, owner, kind.selection(owner));
    if (claimed.changes.length > 0) return { changes: claimed.changes };
    const active = claimed.owned.filter(isActive);
    const work = planReplicas(kind, owner, active, context);
    const refusals = (context.refusals ?? []).filter(({ definition }) => definition === podDefinition);
    const status = computeStatus({
      owner,
      template: kind.template(owner),
      pods: claimed.owned,
      refusals,
      settled: work.changes.length === 0,
      countsTerminating: kind.countsTerminating,
      nowMs: context.nowMs,
    });
    const changes = [...work.changes];
    if (!equalJson(status, owner.status ?? {})) {
      changes.push({ op: 'update', subresource: 'status', definition: kind.definition, object: { ...owner, status } });
    }
    const failed = refusals.map(
      ({ op, message }): ConditionalNote => ({
        about: owner,
        type: 'Warning',
        reason: op === 'create' ? 'FailedCreate' : 'FailedDelete',
        message: `Error ${op === 'create' ? 'creating' : 'deleting'}: ${message}`,
        always: true,
      }),
    );
    const minReadySeconds: number = owner.spec?.minReadySeconds ?? 0;
    const due = active
      .map((pod) => availableAtMs(pod, minReadySeconds))
      .filter((at): at is number => at !== undefined && at > context.nowMs)
      .sort((a, b) => a - b)[0];
    return { changes, events: [...work.events, ...failed], ...(due === undefined ? {} : { requeueAtMs: due }) };
  };

  return {
    name: kind.controllerName,
    primary: resource,
    watches: [{ resource: storageKey(podDefinition), keys: ownerKeys(kind.definition.kind, resource, kind.selection) }],
    reconcile,
  };
};

/** Pods under the control of one of these objects. */
export const podsControlledBy = (snapshot: Snapshot, owners: readonly KubeObject[]): readonly Pod[] =>
  owners.flatMap(({ metadata: { uid = '' } }) =>
    snapshot.ownedBy<Pod>(storageKey(podDefinition), uid).filter((pod) => controllerOf(pod)?.uid === uid),
  );
