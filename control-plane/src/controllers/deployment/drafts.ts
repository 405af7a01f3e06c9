/**
 * ReplicaSets as a pass wants them: each is changed in a draft, and one update per changed draft comes out at the end, so that a decision with
 * several steps still writes every object once.
 */
import type { Deployment } from '#schema/apps/deployment.ts';
import { type ReplicaSet, replicaSets } from '#schema/apps/replica-set.ts';
import { equalJson } from '#schema/dsl/own.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import type { ConditionalNote } from '../../controller-runtime/engine.ts';

import { withSizes } from './annotations.ts';
import { maxSurge, replicasOf } from './sizes.ts';

export interface Draft {
  readonly set: ReplicaSet;
  replicas: number;
  annotations: Readonly<Record<string, string>>;
  minReadySeconds: number;
}

export const draftOf = (set: ReplicaSet): Draft => ({
  set,
  replicas: replicasOf(set),
  annotations: set.metadata.annotations ?? {},
  minReadySeconds: set.spec.minReadySeconds ?? 0,
});

export const totalDrafts = (drafts: readonly Draft[]): number => drafts.reduce((sum, draft) => sum + draft.replicas, 0);

const createdMs = (set: ReplicaSet): number => parseTime(set.metadata.creationTimestamp ?? '') || 0;

/** Oldest first; same second by name. */
export const byCreation = (a: ReplicaSet, b: ReplicaSet): number =>
  createdMs(a) - createdMs(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

/** Sets the size and notes under which regime it was set. True when the size changes. */
export const resize = (deployment: Deployment, draft: Draft, replicas: number): boolean => {
  const changes = draft.replicas !== replicas;
  draft.replicas = replicas;
  const desired = replicasOf(deployment);
  draft.annotations = withSizes(draft.annotations, desired, desired + maxSurge(deployment));
  return changes;
};

const updated = ({ set, replicas, annotations, minReadySeconds }: Draft): ReplicaSet => {
  const { minReadySeconds: _, ...spec } = set.spec;
  return {
    ...set,
    metadata: { ...set.metadata, annotations: { ...annotations } },
    spec: { ...spec, replicas, ...(minReadySeconds > 0 ? { minReadySeconds } : {}) },
  };
};

/** One update per draft that differs from its ReplicaSet, and what a person should hear of it. */
export const draftChanges = (
  deployment: Deployment,
  drafts: readonly Draft[],
): { readonly changes: Change[]; readonly events: ConditionalNote[] } => {
  const changes: Change[] = [];
  const events: ConditionalNote[] = [];
  for (const draft of drafts) {
    const { set } = draft;
    const from = replicasOf(set);
    const sameAnnotations = equalJson(draft.annotations, set.metadata.annotations ?? {});
    if (draft.replicas === from && sameAnnotations && draft.minReadySeconds === (set.spec.minReadySeconds ?? 0)) continue;
    const change: Change = { op: 'update', definition: replicaSets, object: updated(draft) };
    changes.push(change);
    if (draft.replicas === from) continue;
    events.push(scaledNote(deployment, set.metadata.name ?? '', from, draft.replicas, change));
  }
  return { changes, events };
};

export const scaledNote = (deployment: Deployment, name: string, from: number, to: number, after: Change): ConditionalNote => ({
  about: deployment,
  type: 'Normal',
  reason: 'ScalingReplicaSet',
  message: `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`,
  after,
});
