/**
 * What this node has promised about pods it must stop when it cannot reach the control plane, and what follows from it. Pure values and functions; times are of
 * this machine. The base of all of them is when the last heartbeat that was ANSWERED had been SENT: whatever the control plane heard, it heard no earlier.
 * Invariants: a pod that was fenced once stays fenced; a late answer renews nothing before the time that passed without one was judged.
 * @see #schema/core/pod-failover.ts for the bargain; fencing.ts keeps the state, watchdog.ts enforces it without the agent
 */
import { replacedAfterMs, WATCHDOG_MARGIN_MS } from '#schema/core/pod-failover.ts';

/** A moment on two clocks: one that only runs (also while the machine is suspended, from its boot), and the wall's. */
export interface Moment {
  readonly steadyMs: number;
  readonly wallMs: number;
}

/** The pod's containers end: from `atMs` on, with force from `killAtMs` on. Before `endedAtMs` one may still run elsewhere. All steady. */
export interface Fenced {
  readonly atMs: number;
  readonly killAtMs: number;
  readonly endedAtMs: number;
  /** For people. */
  readonly why: string;
}

export interface Promised {
  readonly afterMs: number;
  readonly graceMs: number;
  readonly since: Moment;
  /** Set once and for ever. */
  readonly fenced?: Fenced;
}

export interface Promises {
  /** Of the machine; steady times of another boot mean nothing. */
  readonly boot: string;
  /** When the last answered heartbeat was sent. */
  readonly acknowledged?: Moment;
  /** By pod uid. */
  readonly pods: Readonly<Record<string, Promised>>;
}

export const noPromises = (boot: string): Promises => ({ boot, pods: {} });

/** The longer of what both clocks say: one of them may have stood still. */
const between = (from: Moment, to: Moment): number => Math.max(to.steadyMs - from.steadyMs, to.wallMs - from.wallMs);

const later = (a: Moment, b: Moment | undefined): Moment => (b && b.steadyMs > a.steadyMs ? b : a);

/** How long nothing was answered, as far as this promise goes. */
const silenceMs = ({ acknowledged }: Promises, { since }: Promised, now: Moment): number => between(later(since, acknowledged), now);

/** What is left of the time until the pod must be stopped; 0 when it is over. */
const leftMs = (promises: Promises, promised: Promised, now: Moment): number =>
  promised.fenced ? 0 : Math.max(0, promised.afterMs - silenceMs(promises, promised, now));

const fencedNow = (promised: Promised, now: Moment, silentMs: number, why: string): Promised => ({
  ...promised,
  fenced: {
    atMs: now.steadyMs,
    killAtMs: now.steadyMs + Math.max(0, promised.afterMs + promised.graceMs - silentMs),
    endedAtMs: now.steadyMs,
    why,
  },
});

const seconds = (ms: number): number => Math.round(ms / 1000);

/** Fences what is due. The same object when nothing is. */
export const expire = (promises: Promises, now: Moment): Promises => {
  const due = Object.entries(promises.pods).filter(([, promised]) => !promised.fenced && leftMs(promises, promised, now) === 0);
  if (due.length === 0) return promises;
  const fenced = due.map(([uid, promised]) => {
    const why = `The node could not reach the control plane for ${seconds(promised.afterMs)}s and stopped the pod.`;
    return [uid, fencedNow(promised, now, silenceMs(promises, promised, now), why)] as const;
  });
  return { ...promises, pods: { ...promises.pods, ...Object.fromEntries(fenced) } };
};

/** A heartbeat that was sent at `sent` has been answered. */
export const renew = (promises: Promises, sent: Moment, now: Moment): Promises => {
  const judged = expire(promises, now);
  return judged.acknowledged && judged.acknowledged.steadyMs >= sent.steadyMs ? judged : { ...judged, acknowledged: sent };
};

export const promise = (promises: Promises, uid: string, times: Pick<Promised, 'afterMs' | 'graceMs'>, now: Moment): Promises =>
  promises.pods[uid] ? promises : { ...promises, pods: { ...promises.pods, [uid]: { ...times, since: now } } };

/**
 * A pod about which somebody else promised: another machine of this name, or this one before it lost its memory. It never runs here, and whoever promised has
 * stopped it when their time is over: they were heard last before this agent was.
 */
export const disown = (promises: Promises, uid: string, times: Pick<Promised, 'afterMs' | 'graceMs'>, now: Moment): Promises => {
  if (promises.pods[uid]) return promises;
  const why = 'The node does not remember its promise to stop the pod, so it stopped it.';
  const endedAtMs = now.steadyMs + replacedAfterMs({ ...times, promised: true });
  const fenced = { atMs: now.steadyMs, killAtMs: now.steadyMs, endedAtMs, why };
  return { ...promises, pods: { ...promises.pods, [uid]: { ...times, since: now, fenced } } };
};

export const forget = (promises: Promises, uid: string): Promises => {
  const { [uid]: forgotten, ...pods } = promises.pods;
  return forgotten ? { ...promises, pods } : promises;
};

/** What a new process makes of what the last one left. After a boot nothing is known of the time between, so everything promised is over. */
export const takeOver = (stored: Promises | undefined, boot: string, now: Moment): Promises => {
  if (!stored) return noPromises(boot);
  if (stored.boot === boot && boot !== '') return expire(stored, now);
  const why = 'The machine was restarted.';
  const pods = Object.entries(stored.pods).map(([uid, promised]) => {
    const fenced = { atMs: now.steadyMs, killAtMs: now.steadyMs, endedAtMs: now.steadyMs, why: promised.fenced?.why ?? why };
    return [uid, { ...promised, since: now, fenced }] as const;
  });
  return { boot, pods: Object.fromEntries(pods) };
};

/** May containers of it be started: a heartbeat since the promise was answered, and its time is not over. */
export const mayRun = (promises: Promises, uid: string, now: Moment): boolean => {
  const promised = promises.pods[uid];
  if (!promised || !promises.acknowledged || promises.acknowledged.steadyMs < promised.since.steadyMs) return false;
  return leftMs(promises, promised, now) > 0;
};

/** Time until the next pod is due; undefined when none can be. */
export const nextDueMs = (promises: Promises, now: Moment): number | undefined => {
  const open = Object.values(promises.pods).filter(({ fenced }) => !fenced);
  return open.length === 0 ? undefined : Math.min(...open.map((promised) => leftMs(promises, promised, now)));
};

/** The shortest time promised; undefined when nothing can be due. */
export const shortestMs = ({ pods }: Promises): number | undefined => {
  const open = Object.values(pods).filter(({ fenced }) => !fenced);
  return open.length === 0 ? undefined : Math.min(...open.map(({ afterMs }) => afterMs));
};

/** For the watchdog: whom to ask to end (the agent is dead and cannot), and whom to end by force. */
export const overdue = (
  promises: Promises,
  now: Moment,
  agentIsAlive: boolean,
): { readonly ask: readonly string[]; readonly kill: readonly string[] } => {
  const ask: string[] = [];
  const kill: string[] = [];
  for (const [uid, promised] of Object.entries(promises.pods)) {
    const { fenced, afterMs, graceMs } = promised;
    const lateMs = fenced ? now.steadyMs - fenced.killAtMs : silenceMs(promises, promised, now) - afterMs - graceMs;
    if (lateMs >= WATCHDOG_MARGIN_MS) kill.push(uid);
    else if (!agentIsAlive && lateMs >= -graceMs) ask.push(uid);
  }
  return { ask, kill };
};
