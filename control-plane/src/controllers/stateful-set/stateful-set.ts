/**
 * StatefulSet: pods with a name, a place in an order and claims of their own. One round makes the revision of the template, then claims pods, then
 * takes the next step; the results bring the next round.
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
import { controllerRevisions } from '#schema/apps/controller-revision.ts';
import { type StatefulSet, statefulSets } from '#schema/apps/stateful-set.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { storageKey } from '#schema/resource.ts';
import { labelSelectorOf } from '#schema/selectors/label.ts';
import { type Change, type Controller, nothing, type ObjectRef, type Outcome } from '../../controller-runtime/controller.ts';
import type { ConditionalNote, EngineContext } from '../../controller-runtime/engine.ts';

import { claim, ownerKeys } from '../ownership.ts';
import { historyCleanup, historyOf, templateOf } from '../revision-history/revision-history.ts';
import { ordinalOf, revisionNameOf } from './identity.ts';
import { computeStatus } from './status.ts';
import { planSteps } from './steps.ts';

const STATEFUL_SETS = storageKey(statefulSets);

const statusChange = (set: StatefulSet, status: unknown): Change[] =>
  equalJson(status, set.status ?? {})
    ? []
    : [{ op: 'update', subresource: 'status', definition: statefulSets, object: { ...set, status } as StatefulSet }];

/** A refused create or delete is told once a try; the back-off of the key paces it. */
const refusalNotes = (set: StatefulSet, { refusals = [] }: EngineContext): ConditionalNote[] =>
  refusals
    .filter(({ definition }) => definition === podDefinition)
    .map(({ op, message }) => ({
      about: set,
      type: 'Warning',
      reason: op === 'create' ? 'FailedCreate' : op === 'delete' ? 'FailedDelete' : 'FailedUpdate',
      message: `${op} Pod in StatefulSet ${set.metadata.name} failed error: ${message}`,
      always: true,
    }));

const reconcile = (ref: ObjectRef, context: EngineContext): Outcome => {
  const { snapshot, nowMs } = context;
  const set = snapshot.get<StatefulSet>(STATEFUL_SETS, ref.namespace, ref.name);
  if (!set) return nothing;
  const history = historyOf({ snapshot, owner: set, hashLabel: 'controller.kubernetes.io/hash' });
  if (history.changes.length > 0) return { changes: history.changes };
  if (history.collisionCount !== undefined) {
    return { changes: statusChange(set, { ...set.status, collisionCount: history.collisionCount }) };
  }
  const { update, revisions } = history;
  if (!update) return nothing;
  const isMember = (pod: Pod): boolean => ordinalOf(set, pod) >= 0;
  const claimed = claim<Pod>(snapshot, podDefinition, set, labelSelectorOf(set.spec.selector), isMember);
  if (claimed.changes.length > 0) return { changes: claimed.changes };

  const pods = claimed.owned;
  const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  const updateName = update.metadata.name!;
  const currentName = current.metadata.name!;
  const status = computeStatus({ set, pods, currentRevision: currentName, updateRevision: updateName, collisionCount: undefined, nowMs });
  const steps = planSteps({
    set,
    pods,
    current: { name: currentName, template: templateOf(current) },
    update: { name: updateName, template: set.spec.template },
    snapshot,
    nowMs,
  });
  const live = new Set([updateName, currentName, ...pods.map(revisionNameOf)]);
  const cleanup = historyCleanup(set, revisions, ({ metadata }) => live.has(metadata.name!));
  return {
    changes: [...steps.changes, ...statusChange(set, status), ...cleanup],
    events: [...steps.events, ...refusalNotes(set, context)],
    ...(Number.isFinite(steps.dueMs) && steps.dueMs > nowMs ? { requeueAtMs: steps.dueMs } : {}),
  };
};

const selection = (set: StatefulSet) => labelSelectorOf(set.spec.selector);

export const statefulSet: Controller = {
  name: 'statefulset-controller',
  primary: STATEFUL_SETS,
  watches: [
    { resource: storageKey(podDefinition), keys: ownerKeys('StatefulSet', STATEFUL_SETS, selection) },
    { resource: storageKey(controllerRevisions), keys: ownerKeys('StatefulSet', STATEFUL_SETS, selection) },
    {
      // a claim that is gone at last lets its pod be made
      resource: 'core/persistentvolumeclaims',
      keys: (claim, _previous, snapshot) => {
        const { namespace = '', name = '' } = claim.metadata;
        if (snapshot.get('core/persistentvolumeclaims', namespace, name)) return [];
        return snapshot
          .inNamespace<StatefulSet>(STATEFUL_SETS, namespace)
          .filter((set) =>
            set.spec.volumeClaimTemplates?.some((template) => name.startsWith(`${template.metadata?.name}-${set.metadata.name}-`)),
          )
          .map(({ metadata }) => ({ namespace, name: metadata.name! }));
      },
    },
  ],
  reconcile,
};
