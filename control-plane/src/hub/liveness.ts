/** When each node was last heard: an explicit input of the node-lifecycle reconciler. No evidence is unknown, not lost. */

export interface NodeLiveness {
  readonly node: string;
  /** Unix ms of the last sign of life. */
  readonly lastHeardMs: number;
  readonly connected: boolean;
}

/** A wall clock that moved this much against the other one was set. */
const JUMP_MS = 2_000;

/**
 * Since when evidence is gathered: the beginning, or the last time the wall clock was set or this process stood still, as no silence before that can be measured.
 * `steadyMs`: a clock that only runs; absent, the wall clock is believed.
 */
export const createObservation = (now: () => number, steadyMs: (() => number) | undefined): (() => number) => {
  const aheadMs = (): number => (steadyMs ? now() - steadyMs() : 0);
  let sinceMs = now();
  let lastAheadMs = aheadMs();
  return () => {
    const ahead = aheadMs();
    if (Math.abs(ahead - lastAheadMs) > JUMP_MS) sinceMs = now();
    lastAheadMs = ahead;
    return sinceMs;
  };
};

export interface Liveness {
  readonly nodes: readonly NodeLiveness[];
  /** Since when evidence is being gathered: absence before it proves nothing. */
  readonly observingSinceMs: number;
}
