/**
 * When work that takes time of this process and may be joined is due: commits and passes of the control loop. Usually that is the next turn of the event loop.
 * While watches are handed a round of changes it is when that round has ended, or so long after it was wanted: work of its own for each write would make the
 * round, and so every delay, longer.
 */
export interface RoundTurn {
  /** A round begins. Returns what ends it; calling that again does nothing. */
  readonly beginRound: () => () => void;
  /** Calls `run` once, later; no more than `mostMs` after a round has begun to hold it up. */
  readonly join: (run: () => void, mostMs: number) => void;
}

export interface TurnTimers {
  /** Calls what it is given in the next turn. */
  readonly soon: (run: () => void) => void;
  /** Calls what it is given after so many ms, unless the function that it returns was called before. */
  readonly after: (run: () => void, ms: number) => () => void;
}

/** Clients wait for commits. */
export const COMMIT_MS = 8;
/** Nobody waits for a pass, and one looks at what many writes changed for little more than at one. */
export const PASS_MS = 50;

const realTimers: TurnTimers = {
  soon: setImmediate,
  after: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export const createRoundTurn = ({ soon, after }: TurnTimers = realTimers): RoundTurn => {
  let rounds = 0;
  const waiting = new Set<{ readonly run: () => void; readonly stop: () => void }>();
  return {
    beginRound: () => {
      rounds++;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        if (--rounds > 0) return;
        for (const { run, stop } of waiting) {
          stop();
          soon(run);
        }
        waiting.clear();
      };
    },
    join: (run, mostMs) => {
      if (rounds === 0) return soon(run);
      const stop = after(() => {
        waiting.delete(joined);
        run();
      }, mostMs);
      const joined = { run, stop };
      waiting.add(joined);
    },
  };
};
