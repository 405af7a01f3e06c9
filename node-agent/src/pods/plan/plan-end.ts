/**
 * The way out: leave the service proxy, stop the containers (sidecars last, in reverse order), then remove what has ended. A finished pod keeps its
 * containers for their logs; a deleted or vanished one keeps nothing.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { PodAction } from './action.ts';
import { graceOf, isSidecar } from './containers.ts';
import type { Observed, ObservedContainer } from './observed.ts';

/** Containers left behind by a pod nobody remembers get no long farewell. */
const ORPHAN_GRACE_SECONDS = 2;

/** What a pod takes that it may not have is wanted back at once. */
const EVICTION_GRACE_SECONDS = 1;

const stopsOf = (pod: Pod | undefined, observed: Observed, running: readonly ObservedContainer[]): PodAction[] => {
  const sidecars = (pod?.spec.initContainers ?? []).filter(isSidecar).map((container) => container.name);
  const main = running.filter((record) => !sidecars.includes(record.container));
  const last = [...sidecars].reverse().find((name) => running.some((record) => record.container === name));
  const byForce = observed.fenced?.graceSeconds === 0;
  const now = byForce ? running : main.length > 0 ? main : running.filter((record) => record.container === last);
  const asked = observed.evicted ? EVICTION_GRACE_SECONDS : pod ? graceOf(pod) : ORPHAN_GRACE_SECONDS;
  const graceSeconds = Math.min(asked, observed.fenced?.graceSeconds ?? asked);
  return now
    .filter((record) => (observed.stopping[record.id]?.graceSeconds ?? Number.POSITIVE_INFINITY) > graceSeconds)
    .map((record) => ({
      type: 'stopContainer',
      container: record.container,
      id: record.id,
      graceSeconds,
      message: `Stopping container ${record.container}`,
    }));
};

export const planEnd = (pod: Pod | undefined, observed: Observed): PodAction[] => {
  const running = observed.containers.filter((record) => record.state === 'running');
  if (running.length > 0) {
    // a promise to end in time leaves none for farewells
    if (pod && !observed.drained && !observed.fenced) return [{ type: 'drain' }];
    return stopsOf(pod, observed, running);
  }
  if (observed.creating) return [];
  const gone = pod === undefined || observed.vanished || pod.metadata.deletionTimestamp !== undefined;
  const actions: PodAction[] = [];
  for (const record of observed.containers)
    if (gone || record.state === 'created') actions.push({ type: 'removeContainer', container: record.container, id: record.id });
  for (const sandbox of observed.sandboxes) actions.push({ type: 'removeSandbox', id: sandbox.id });
  if (actions.length > 0 || !gone) return actions;
  if (!observed.cleaned) return [{ type: 'cleanUp' }];
  return pod && !observed.vanished ? [{ type: 'reportGone' }] : [];
};
