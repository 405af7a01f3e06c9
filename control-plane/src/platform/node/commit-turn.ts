/**
 * When a commit to a file is due: it takes time of this process. Usually that is the next turn of the event loop. While watches are handed a round of
 * changes it is when that round has ended: a commit of its own for each write would make the round, and so every delay, longer.
 */
export interface CommitTurn {
  /** A round begins. Returns what ends it; calling that again does nothing. */
  readonly beginRound: () => () => void;
  /** Calls `run` once, later. */
  readonly joinCommits: (run: () => void) => void;
}

/** `soon`: calls what it is given in the next turn. */
export const createCommitTurn = (soon: (run: () => void) => void = setImmediate): CommitTurn => {
  let rounds = 0;
  let waiting: (() => void)[] = [];
  return {
    beginRound: () => {
      rounds++;
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        if (--rounds > 0) return;
        const due = waiting;
        waiting = [];
        for (const run of due) soon(run);
      };
    },
    joinCommits: (run) => {
      if (rounds > 0) waiting.push(run);
      else soon(run);
    },
  };
};
