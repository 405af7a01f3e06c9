/**
 * Scaling that is no rollout: the desired size changed, or the Deployment is paused. With several active ReplicaSets a rolling update keeps
 * their proportions, so that a rollout in progress stays as far as it was.
 */
import type { Deployment } from '#schema/apps/deployment.ts';
import { desiredReplicasOf, maxReplicasOf } from './annotations.ts';
import { byCreation, type Draft, resize, totalDrafts } from './drafts.ts';
import { isRollingUpdate, maxSurge, replicasOf } from './sizes.ts';

/** An active ReplicaSet was sized for another desired size. */
export const isScalingEvent = (deployment: Deployment, drafts: readonly Draft[]): boolean =>
  drafts.some(({ set, replicas }) => {
    const desired = desiredReplicasOf(set);
    return replicas > 0 && desired !== undefined && desired !== replicasOf(deployment);
  });

/** The only active one, or the newest when none is. Undefined with several active ones. */
const activeOrLatest = (current: Draft | undefined, old: readonly Draft[]): Draft | undefined => {
  const active = [...old, ...(current ? [current] : [])].filter((draft) => draft.replicas > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? current ?? old.at(-1);
};

/** Half away from zero, as Go's integer rounding. */
const round = (x: number): number => (x < 0 ? Math.ceil(x - 0.5) : Math.floor(x + 0.5));

/** What the ReplicaSet should gain or lose for its share of the new total. */
const fraction = (deployment: Deployment, draft: Draft): number => {
  const desired = replicasOf(deployment);
  if (desired === 0) return -draft.replicas;
  const before = maxReplicasOf(draft.set) || deployment.status?.replicas || 0;
  if (before === 0) return 0;
  return round((draft.replicas * (desired + maxSurge(deployment))) / before) - draft.replicas;
};

const proportional = (deployment: Deployment, drafts: readonly Draft[]): void => {
  const active = drafts.filter((draft) => draft.replicas > 0);
  const desired = replicasOf(deployment);
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - totalDrafts(active);
  // growing favours the newer of equals, shrinking the older
  const newerFirst = toAdd > 0 ? -1 : 1;
  const sorted = [...active].sort((a, b) => b.replicas - a.replicas || newerFirst * byCreation(a.set, b.set));
  let added = 0;
  const sizes = sorted.map((draft) => {
    if (toAdd === 0 || added === toAdd) return draft.replicas;
    const left = toAdd - added;
    const share = fraction(deployment, draft);
    const step = toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    added += step;
    return draft.replicas + step;
  });
  sorted.forEach((draft, i) => {
    // what rounding left over goes to the largest
    const size = i === 0 && toAdd !== 0 ? Math.max(0, sizes[0]! + toAdd - added) : sizes[i]!;
    resize(deployment, draft, size);
  });
};

const isSaturated = (deployment: Deployment, current: Draft | undefined): boolean => {
  const desired = replicasOf(deployment);
  return (
    current !== undefined &&
    current.replicas === desired &&
    desiredReplicasOf(current.set) === desired &&
    (current.set.status?.availableReplicas ?? 0) === desired
  );
};

export const scale = (deployment: Deployment, current: Draft | undefined, old: readonly Draft[]): void => {
  const one = activeOrLatest(current, old);
  if (one) {
    if (one.replicas !== replicasOf(deployment)) resize(deployment, one, replicasOf(deployment));
    return;
  }
  if (isSaturated(deployment, current)) {
    for (const draft of old) if (draft.replicas > 0) resize(deployment, draft, 0);
    return;
  }
  if (isRollingUpdate(deployment)) proportional(deployment, current ? [...old, current] : old);
};
