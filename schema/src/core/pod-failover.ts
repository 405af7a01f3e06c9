/**
 * Failover of a pod whose node cannot be reached: what a person asks for, and the bargain between control plane and node that keeps two of it from ever
 * running at once. The API server writes the asked time into a condition when it makes the pod, so it stands for the pod's whole life. The node promises, by
 * making the condition True, to stop the pod that long after its last heartbeat that was answered; only then it starts a container. The control plane starts
 * a replacement no sooner than `replacedAfterMs` after it last heard the node. Pure; both sides read their times from here.
 */
import type { FieldError } from '../resource.ts';
import type { Pod } from './pod.ts';
import type { PodCondition } from './pod-status.ts';

/** On a pod template: `true`. */
export const FAILOVER = 'kedge.dev/failover';
/** Seconds without the control plane after which the node stops the pod: `90s`, `2m`. Default 60s. */
export const FAILOVER_AFTER = 'kedge.dev/failover-after';
export const FAILOVER_CONDITION = 'kedge.dev/Failover';
/** On a Node, by its agent: it keeps such promises. */
export const FENCES = 'kedge.dev/self-fencing';

const DEFAULT_SECONDS = 60;
const LEAST_SECONDS = 10;
const MOST_SECONDS = 3600;

/** Beyond the grace: what a stop takes when the node is busy. Then the watchdog ends what still runs. */
export const WATCHDOG_MARGIN_MS = 2_000;
/** Beyond the watchdog: what its kill takes. */
const KILL_MARGIN_MS = 8_000;
/** Two clocks may differ by this share in what they take for the same time. */
const CLOCK_RATE = 0.02;

const secondsIn = (text: string): number | undefined => {
  const [, number, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
};

/** undefined: not asked for. */
const secondsOf = ({ metadata: { annotations } }: Pod): number | undefined =>
  annotations?.[FAILOVER] === 'true' ? (secondsIn(annotations[FAILOVER_AFTER] ?? '') ?? DEFAULT_SECONDS) : undefined;

export const validateFailover = ({ metadata: { annotations = {} } }: Pod): FieldError[] => {
  const errors: FieldError[] = [];
  const wrong = (key: string, detail: string) =>
    errors.push({ field: `metadata.annotations[${key}]`, type: 'invalid', value: annotations[key], detail });
  const asked = annotations[FAILOVER];
  if (asked !== undefined && asked !== 'true' && asked !== 'false') wrong(FAILOVER, 'must be true or false');
  const after = annotations[FAILOVER_AFTER];
  const seconds = after === undefined ? DEFAULT_SECONDS : secondsIn(after);
  if (seconds === undefined || seconds < LEAST_SECONDS || seconds > MOST_SECONDS)
    wrong(FAILOVER_AFTER, `must be a time from ${LEAST_SECONDS}s to ${MOST_SECONDS / 3600}h, as 90s or 2m`);
  return errors;
};

export interface Failover {
  /** The node stops the pod this long after its last answered heartbeat. */
  readonly afterMs: number;
  /** What its containers get to end, from then on. */
  readonly graceMs: number;
  /** The node has promised. Until it has, it starts no container of the pod. */
  readonly promised: boolean;
}

/** The bargain over a pod; undefined when there is none. */
export const failoverOf = (pod: Pod): Failover | undefined => {
  const condition = pod.status?.conditions?.find(({ type }) => type === FAILOVER_CONDITION);
  const [, seconds] = /^StopsAfter(\d{1,6})Seconds$/.exec(condition?.reason ?? '') ?? [];
  if (!condition || seconds === undefined) return undefined;
  const graceMs = (pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  return { afterMs: Number(seconds) * 1000, graceMs, promised: condition.status === 'True' };
};

/** From the node's last sign of life that the control plane got to the replacement. */
export const replacedAfterMs = ({ afterMs, graceMs }: Failover): number =>
  Math.ceil((afterMs + graceMs + WATCHDOG_MARGIN_MS + KILL_MARGIN_MS) * (1 + CLOCK_RATE));

const seconds = (ms: number): string => `${Math.ceil(ms / 1000)}s`;

/** The condition of a pod that asks for it; undefined for any other. */
export const newFailoverCondition = (pod: Pod): PodCondition | undefined => {
  const asked = secondsOf(pod);
  if (asked === undefined) return undefined;
  const message = 'No node has promised yet to stop this pod when it cannot reach the control plane; none of its containers was started.';
  return { type: FAILOVER_CONDITION, status: 'False', reason: `StopsAfter${asked}Seconds`, message };
};

/** What the node says when it has promised. */
export const promisedCondition = ({ afterMs, graceMs }: Failover): Pick<PodCondition, 'status' | 'reason' | 'message'> => ({
  status: 'True',
  reason: `StopsAfter${afterMs / 1000}Seconds`,
  message:
    `The node stops this pod when it cannot reach the control plane for ${seconds(afterMs)} (grace ${seconds(graceMs)}). ` +
    `A replacement starts no sooner than ${seconds(replacedAfterMs({ afterMs, graceMs, promised: true }))} after the node was last heard.`,
});
