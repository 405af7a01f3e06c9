/**
 * What must be done for a pod now: desired x observed -> actions, and when to look again if nothing happens before. Pure and repeatable: the same
 * observation gives the same actions, and those already under way are recognised by their key. Neighbours: status.ts says how the same observation is reported.
 */
import type { Container, Pod } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { PodAction } from './action.ts';
import { restartAt } from './back-off.ts';
import {
  containersIn,
  findStatus,
  isSidecar,
  isStarted,
  mayRestart,
  needsPodIP,
  newestSandbox,
  nextAttempt,
  recordsOf,
  specHashOf,
  succeeded,
} from './containers.ts';
import { deadlineAt, isEnding, isFinished } from './ending.ts';
import { kernelSizesOf } from './kernel-sizes.ts';
import type { Observed, ObservedContainer } from './observed.ts';
import { planEnd } from './plan-end.ts';
import { resizeOf, resizeStep } from './resize.ts';

export interface Plan {
  readonly actions: readonly PodAction[];
  /** Unix ms; absent: only an event can change anything. */
  readonly wakeAtMs?: number;
}

/** A resize that waits for room is looked at again. */
const ROOM_RETRY_MS = 15_000;

/** Collects actions and the earliest moment to look again. */
class Draft {
  readonly actions: PodAction[] = [];
  wakeAtMs: number | undefined;
  add(action: PodAction): void {
    this.actions.push(action);
  }
  wake(at: number | undefined): void {
    if (at !== undefined) this.wakeAtMs = Math.min(this.wakeAtMs ?? at, at);
  }
  plan(): Plan {
    return { actions: this.actions, ...(this.wakeAtMs === undefined ? {} : { wakeAtMs: this.wakeAtMs }) };
  }
}

/** The sandbox the pod's containers belong to: the ready one, or the one being started. */
const currentSandboxId = (observed: Observed): string | undefined => {
  const newest = newestSandbox(observed);
  return newest?.ready ? newest.id : observed.startingSandboxId;
};

/** A pod whose sandbox died gets a new one only when something of it would run again. */
const wantsSandbox = (pod: Pod, observed: Observed): boolean =>
  pod.spec.containers.some((container) => {
    const record = recordsOf(observed, container.name)[0];
    return record?.state !== 'exited' || mayRestart(pod, container, record);
  });

const planSandbox = (pod: Pod, observed: Observed, now: number, draft: Draft): void => {
  const newest = newestSandbox(observed);
  for (const old of observed.sandboxes) if (newest?.ready && old.id !== newest.id) draft.add({ type: 'removeSandbox', id: old.id });
  if (newest?.ready || !wantsSandbox(pod, observed)) return;
  // Without its network a container is of no use: all start anew in the next sandbox.
  const running = observed.containers.filter((record) => record.state === 'running');
  for (const record of running)
    draft.add({
      type: 'stopContainer',
      container: record.container,
      id: record.id,
      graceSeconds: 0,
      message: 'Pod sandbox changed, it will be killed and re-created.',
    });
  if (running.length > 0) return;
  if (observed.sandboxRetryAtMs !== undefined && observed.sandboxRetryAtMs > now) {
    draft.wake(observed.sandboxRetryAtMs);
    return;
  }
  const used = newest && observed.containers.some((record) => record.sandboxId === newest.id && record.state !== 'created');
  draft.add({ type: 'createSandbox', attempt: newest ? newest.attempt + (used ? 1 : 0) : 0 });
};

/** Brings one container one step on: create, start, restart after back-off, stop when its probes or its spec say so. */
const planContainer = (pod: Pod, container: Container, observed: Observed, now: number, draft: Draft): void => {
  const sandboxId = currentSandboxId(observed)!;
  const ready = newestSandbox(observed)?.ready === true;
  const newest = recordsOf(observed, container.name)[0];
  const inSandbox = newest?.sandboxId === sandboxId ? newest : undefined;

  if (inSandbox?.state === 'running') {
    const kill = observed.probes[inSandbox.id]?.kill;
    const step = resizeStep(container, inSandbox, findStatus(observed.reported ?? pod.status, container.name));
    const changed = inSandbox.specHash !== specHashOf(container);
    const message =
      kill?.message ??
      (changed ? `Container ${container.name} definition changed, will be restarted` : undefined) ??
      (step === 'restart' ? `Container ${container.name} resize requires restart` : undefined);
    if (message !== undefined && !observed.stopping[inSandbox.id])
      draft.add({
        type: 'stopContainer',
        container: container.name,
        id: inSandbox.id,
        graceSeconds: kill?.graceSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30,
        message,
        ...(step === 'restart' && !kill && !changed ? { forResize: true } : {}),
      });
    else if (message === undefined && step === 'inPlace')
      draft.add({ type: 'resizeContainer', container: container.name, id: inSandbox.id, sizes: kernelSizesOf(container) });
    return;
  }
  if (inSandbox?.state === 'created') {
    if (ready) draft.add({ type: 'startContainer', container: container.name, id: inSandbox.id });
    return;
  }
  if (newest && !inSandbox && newest.state !== 'running' && !newest.startedAtMs) {
    // Its sandbox went away before it ever ran (the engine was stopping): that spends no attempt, and its name is needed again.
    draft.add({ type: 'removeContainer', container: container.name, id: newest.id });
    return;
  }
  if (newest?.state === 'exited') {
    if (!mayRestart(pod, container, newest)) return;
    const at = restartAt(getOwn(observed.backOff, container.name), newest.finishedAtMs ?? now);
    if (at > now) {
      draft.wake(at);
      return;
    }
  }
  const waiting = getOwn(observed.waiting, container.name);
  draft.wake(waiting?.backOffFromMs !== undefined && waiting.backOffFromMs > now ? waiting.backOffFromMs : undefined);
  if (waiting && waiting.retryAtMs > now) {
    draft.wake(waiting.retryAtMs);
    return;
  }
  if (!ready && needsPodIP(container)) return;
  draft.add({ type: 'createContainer', container: container.name, attempt: nextAttempt(pod, observed, container.name), sandboxId });
};

/** True when all init containers have done their part in this sandbox. */
const planInit = (pod: Pod, observed: Observed, now: number, draft: Draft): boolean => {
  const sandboxId = currentSandboxId(observed);
  const here = (name: string): ObservedContainer | undefined => recordsOf(observed, name).find((record) => record.sandboxId === sandboxId);
  const initialized = pod.spec.containers.some((container) => here(container.name) !== undefined);
  for (const container of pod.spec.initContainers ?? []) {
    const record = here(container.name);
    if (isSidecar(container)) {
      planContainer(pod, container, observed, now, draft);
      if (!initialized && !(record && isStarted(container, record, observed))) return false;
    } else if (!initialized && !(record && succeeded(record))) {
      planContainer(pod, container, observed, now, draft);
      return false;
    }
  }
  return true;
};

/** Once each, whatever became of it; one that is to look into another's processes waits for that one to run. */
const planEphemeral = (pod: Pod, container: Container, observed: Observed, now: number, draft: Draft): void => {
  const record = recordsOf(observed, container.name)[0];
  const ready = newestSandbox(observed)?.ready === true;
  if (record) {
    if (record.state === 'created' && ready && record.sandboxId === currentSandboxId(observed))
      draft.add({ type: 'startContainer', container: container.name, id: record.id });
    return;
  }
  const { targetContainerName } = container as { readonly targetContainerName?: string };
  const targetRuns = !targetContainerName || recordsOf(observed, targetContainerName)[0]?.state === 'running';
  if (!ready || !targetRuns || nextAttempt(pod, observed, container.name) > 0) return;
  const waiting = getOwn(observed.waiting, container.name);
  draft.wake(waiting?.backOffFromMs !== undefined && waiting.backOffFromMs > now ? waiting.backOffFromMs : undefined);
  if (waiting && waiting.retryAtMs > now) draft.wake(waiting.retryAtMs);
  else draft.add({ type: 'createContainer', container: container.name, attempt: 0, sandboxId: currentSandboxId(observed)! });
};

/** Keeps the newest and the one before (for `logs --previous`). */
const planRemovals = (observed: Observed, draft: Draft): void => {
  for (const name of new Set(observed.containers.map((record) => record.container)))
    for (const record of recordsOf(observed, name).slice(2))
      if (record.state !== 'running') draft.add({ type: 'removeContainer', container: name, id: record.id });
};

export const plan = (asked: Pod | undefined, observed: Observed, now: number): Plan => {
  const draft = new Draft();
  if (asked === undefined || isEnding(asked, observed, now) || isFinished(asked, observed)) {
    draft.actions.push(...planEnd(asked, observed));
    return draft.plan();
  }
  const { pod, refusal } = resizeOf(asked, observed);
  if (refusal?.reason === 'Deferred') draft.wake(now + ROOM_RETRY_MS);
  draft.wake(deadlineAt(pod, observed));
  if (observed.held) return draft.plan();
  planSandbox(pod, observed, now, draft);
  const { volumes } = observed;
  if (volumes.state === 'none' || (volumes.state === 'failed' && volumes.retryAtMs <= now)) draft.add({ type: 'prepareVolumes' });
  else if (volumes.state === 'failed') draft.wake(volumes.retryAtMs);
  if (currentSandboxId(observed) !== undefined && volumes.state === 'ready' && planInit(pod, observed, now, draft))
    for (const container of pod.spec.containers) planContainer(pod, container, observed, now, draft);
  if (currentSandboxId(observed) !== undefined && volumes.state === 'ready')
    for (const container of containersIn(pod, 'ephemeralContainers')) planEphemeral(pod, container, observed, now, draft);
  planRemovals(observed, draft);
  return draft.plan();
};
