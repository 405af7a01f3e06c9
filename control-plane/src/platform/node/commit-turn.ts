/**
 * When a commit is due. Usually in the next turn of the event loop. While watches are handed a round of changes it is when that round has ended: nobody
 * would be told of the commit before the next round, and what comes until then shares one fsync, one notification and one look of the controllers.
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
