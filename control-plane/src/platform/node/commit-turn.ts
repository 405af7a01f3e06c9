/**
 * When a commit is due: it takes time of this process, over HTTP for what is sent and read. Usually that is the next turn of the event loop. While watches are
 * handed a round of changes it is when that round has ended, or soon after it was wanted: a commit of its own for each write would make the round, and so every
 * delay, longer.
 */
export interface CommitTurn {
  /** A round begins. Returns what ends it; calling that again does nothing. */
  readonly beginRound: () => () => void;
  /** Calls `run` once, later. */
  readonly joinCommits: (run: () => void) => void;
}

export interface CommitTimers {
  /** Calls what it is given in the next turn. */
  readonly soon: (run: () => void) => void;
  /** Calls what it is given after so many ms, unless the function that it returns was called before. */
  readonly after: (run: () => void, ms: number) => () => void;
}

/** What a commit waits for a round, at most. */
export const MOST_MS = 8;

const realTimers: CommitTimers = {
  soon: setImmediate,
  after: (run, ms) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export const createCommitTurn = ({ soon, after }: CommitTimers = realTimers): CommitTurn => {
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
    joinCommits: (run) => {
      if (rounds === 0) return soon(run);
      const stop = after(() => {
        waiting.delete(commit);
        run();
      }, MOST_MS);
      const commit = { run, stop };
      waiting.add(commit);
    },
  };
};
