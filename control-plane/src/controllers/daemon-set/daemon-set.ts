/**
 * DaemonSet: one pod on every node its template fits. A node that comes, changes or goes brings the next decision.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
 */
import { controllerRevisions } from '#schema/apps/controller-revision.ts';
import { type DaemonSet, daemonSets } from '#schema/apps/daemon-set.ts';
import type { Node } from '#schema/core/node.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { storageKey } from '#schema/resource.ts';
import { labelSelectorOf } from '#schema/selectors/label.ts';
import { type Change, type Controller, nothing, type ObjectRef, type Outcome } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, EngineContext } from '../../controller-runtime/engine.ts';
import { generatedName } from '../../controller-runtime/naming.ts';
import { claim, controllerReference, ownerKeys } from '../ownership.ts';
import { availableAtMs, isActive } from '../pod-state.ts';
import { historyCleanup, historyOf, REVISION_LABEL } from '../revision-history/revision-history.ts';
import { manageNode, templateGenerationOf } from './manage.ts';
import { nodeOf, type Placement, placementOn, specFor } from './placement.ts';
import { maxSurge, planRolling } from './rolling.ts';
import { computeStatus } from './status.ts';

const DAEMON_SETS = storageKey(daemonSets);
const NODES = 'core/nodes';
/** Pods made or deleted in one round, at most. */
const BURST = 250;

const podFor = (set: DaemonSet, node: string, hash: string, seed: string): Pod => {
  const { template } = set.spec;
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const generation = templateGenerationOf(set);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: generatedName(`${set.metadata.name}-`, seed),
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace!,
      labels: { ...labels, [REVISION_LABEL]: hash, ...(generation ? { 'pod-template-generation': generation } : {}) },
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(set)],
    },
    spec: specFor(template.spec ?? { containers: [] }, node),
  };
};

interface Work {
  readonly changes: Change[];
  readonly events: ConditionalNote[];
}

const createPod = (work: Work, set: DaemonSet, node: string, hash: string, { snapshot }: EngineContext): void => {
  const { uid, resourceVersion, namespace = '' } = set.metadata;
  for (let attempt = 0; ; attempt++) {
    const object = podFor(set, node, hash, `${uid}/${resourceVersion}/${node}/${attempt}`);
    const name = object.metadata.name!;
    const isTaken = work.changes.some((change) => change.op === 'create' && change.object.metadata.name === name);
    if (isTaken || snapshot.get('core/pods', namespace, name)) continue;
    const change: Change = { op: 'create', definition: podDefinition, object, ownerUid: uid! };
    work.changes.push(change);
    work.events.push({ about: set, type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}`, after: change });
    return;
  }
};

const deletePod = (work: Work, set: DaemonSet, pod: Pod, failedOn?: string): void => {
  const change: Change = { op: 'delete', definition: podDefinition, object: pod, request: { preconditions: { uid: pod.metadata.uid! } } };
  work.changes.push(change);
  const { name, namespace } = pod.metadata;
  if (failedOn !== undefined) {
    const message = `Found failed daemon pod ${namespace}/${name} on node ${failedOn}, will try to kill it`;
    work.events.push({ about: set, type: 'Warning', reason: 'FailedDaemonPod', message, after: change });
  }
  work.events.push({ about: set, type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}`, after: change });
};

const plan = (
  set: DaemonSet,
  placements: ReadonlyMap<string, Placement>,
  pods: ReadonlyMap<string, readonly Pod[]>,
  hash: string,
  context: EngineContext,
): Work => {
  const work: Work = { changes: [], events: [] };
  const desired = [...placements].filter(([, { shouldRun }]) => shouldRun).map(([node]) => node);
  const rolling = (set.spec.updateStrategy?.type ?? 'RollingUpdate') === 'RollingUpdate';
  const surge = rolling && maxSurge(set, desired.length) > 0;
  for (const [node, placement] of placements) {
    if (work.changes.length >= BURST) return work;
    const { create, deletes, failed } = manageNode(placement, pods.get(node) ?? [], surge, hash);
    for (const pod of deletes) deletePod(work, set, pod, failed.includes(pod) ? node : undefined);
    if (create) createPod(work, set, node, hash, context);
  }
  // pods that no node will take: theirs is gone, and nobody bound them
  for (const [node, list] of pods) {
    if (!placements.has(node)) for (const pod of list) if (!pod.metadata.deletionTimestamp && !pod.spec.nodeName) deletePod(work, set, pod);
  }
  if (!rolling || work.changes.length > 0) return work;
  const { surgeNodes, deletes } = planRolling(set, desired, pods, hash, context.nowMs);
  for (const pod of deletes.slice(0, BURST)) deletePod(work, set, pod);
  for (const node of surgeNodes.slice(0, BURST)) createPod(work, set, node, hash, context);
  return work;
};

const statusChange = (set: DaemonSet, status: unknown): Change[] =>
  equalJson(status, set.status ?? {})
    ? []
    : [{ op: 'update', subresource: 'status', definition: daemonSets, object: { ...set, status } as DaemonSet }];

const reconcile = (ref: ObjectRef, context: EngineContext): Outcome => {
  const { snapshot, nowMs } = context;
  const set = snapshot.get<DaemonSet>(DAEMON_SETS, ref.namespace, ref.name);
  if (!set) return nothing;
  const history = historyOf({ snapshot, owner: set, hashLabel: REVISION_LABEL });
  if (history.changes.length > 0) return { changes: history.changes };
  if (history.collisionCount !== undefined) {
    return { changes: statusChange(set, { ...set.status, collisionCount: history.collisionCount }) };
  }
  if (!history.update) return nothing;
  const claimed = claim<Pod>(snapshot, podDefinition, set, labelSelectorOf(set.spec.selector));
  if (claimed.changes.length > 0) return { changes: claimed.changes };

  const hash = history.update.metadata.labels?.[REVISION_LABEL] ?? '';
  const pods = new Map<string, Pod[]>();
  for (const pod of claimed.owned) {
    const node = nodeOf(pod.spec);
    pods.set(node, [...(pods.get(node) ?? []), pod]);
  }
  const placements = new Map(snapshot.all<Node>(NODES).map((node) => [node.metadata.name!, placementOn(set, node)]));
  const work: Work = set.metadata.deletionTimestamp ? { changes: [], events: [] } : plan(set, placements, pods, hash, context);
  const failures = (context.refusals ?? [])
    .filter(({ definition }) => definition === podDefinition)
    .map(({ op, message }): ConditionalNote => {
      const reason = op === 'create' ? 'FailedCreate' : 'FailedDelete';
      return {
        about: set,
        type: 'Warning',
        reason,
        message: `Error ${op === 'create' ? 'creating' : 'deleting'}: ${message}`,
        always: true,
      };
    });
  const live = new Set([hash, ...claimed.owned.map((pod) => pod.metadata.labels?.[REVISION_LABEL])]);
  const cleanup = historyCleanup(set, history.revisions, ({ metadata }) => live.has(metadata.labels?.[REVISION_LABEL]));
  const due = claimed.owned
    .filter(isActive)
    .map((pod) => availableAtMs(pod, set.spec.minReadySeconds ?? 0) ?? 0)
    .filter((at) => at > nowMs);
  return {
    changes: [...work.changes, ...statusChange(set, computeStatus(set, placements, pods, hash, nowMs)), ...cleanup],
    events: [...work.events, ...failures],
    ...(due.length > 0 ? { requeueAtMs: Math.min(...due) } : {}),
  };
};

const selection = (set: DaemonSet) => labelSelectorOf(set.spec.selector);

/** What of a node decides about daemons. */
const standing = (node: Node) => [node.metadata.labels, node.spec?.taints];

export const daemonSet: Controller = {
  name: 'daemonset-controller',
  primary: DAEMON_SETS,
  watches: [
    { resource: storageKey(podDefinition), keys: ownerKeys('DaemonSet', DAEMON_SETS, selection) },
    { resource: storageKey(controllerRevisions), keys: ownerKeys('DaemonSet', DAEMON_SETS, selection) },
    {
      resource: NODES,
      keys: (node, previous, snapshot) => {
        const gone = !snapshot.get(NODES, '', node.metadata.name ?? '');
        if (!gone && previous && equalJson(standing(node as Node), standing(previous as Node))) return [];
        return snapshot
          .all<DaemonSet>(DAEMON_SETS)
          .map(({ metadata }) => ({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }));
      },
    },
  ],
  reconcile,
};
