/**
 * Everything open that must end when something else does: sync sockets, watches, exec, log and port-forward sessions, each under the credential it came
 * with and the node it reaches. Memory of one process; a session ends at most once.
 */
const credentialPrefix = 'credential/';
export const ofCredential = (id: string): string => `${credentialPrefix}${id}`;
export const ofNode = (name: string): string => `node/${name}`;

/** Forgets a session that is over. */
export type Release = () => void;

export interface OpenSessions {
  /** Keeps a session until it is released; `end` is called once, with the reason, when one of its keys ends or its time is over. */
  hold(session: {
    readonly keys: readonly string[];
    readonly expiresMs?: number | undefined;
    readonly end: (reason: string) => void;
  }): Release;
  /** Ends every session held under `key`. */
  end(key: string, reason: string): void;
  /** Sessions now held. */
  readonly size: number;
}

/**
 * Who asks is known for five seconds before it is looked up again: what is held under a key that ended within this time ends at once, so that nobody who was
 * shown out comes back in on what is remembered of him.
 */
const ENDED_MS = 6_000;
/** setTimeout takes no longer ones. */
const LONGEST_MS = 0x7fffffff;

export const createOpenSessions = (now: () => number): OpenSessions => {
  const all = new Set<(reason: string) => void>();
  const byKey = new Map<string, Set<(reason: string) => void>>();
  const ended = new Map<string, { readonly atMs: number; readonly reason: string }>();
  const lately = (key: string): string | undefined => {
    const found = ended.get(key);
    if (found && now() - found.atMs < ENDED_MS) return found.reason;
    ended.delete(key);
    return undefined;
  };
  return {
    hold: ({ keys, expiresMs, end }) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const release = (): void => {
        clearTimeout(timer);
        all.delete(finish);
        for (const key of keys) {
          const held = byKey.get(key);
          held?.delete(finish);
          if (held?.size === 0) byKey.delete(key);
        }
      };
      let over = false;
      const finish = (reason: string): void => {
        if (over) return;
        over = true;
        release();
        end(reason);
      };
      all.add(finish);
      for (const key of keys) byKey.set(key, (byKey.get(key) ?? new Set()).add(finish));
      const arm = (): void => {
        if (expiresMs === undefined || over) return;
        const left = expiresMs - now();
        if (left <= 0) finish('the credential has expired');
        else timer = setTimeout(arm, Math.min(left, LONGEST_MS));
      };
      arm();
      for (const key of keys) {
        const reason = lately(key);
        if (reason !== undefined) finish(reason);
      }
      return () => {
        over = true;
        release();
      };
    },
    get size() {
      return all.size;
    },
    end: (key, reason) => {
      for (const known of [...ended.keys()]) lately(known);
      // a node that is gone may come back at once; a credential does not
      if (key.startsWith(credentialPrefix)) ended.set(key, { atMs: now(), reason });
      for (const finish of [...(byKey.get(key) ?? [])]) finish(reason);
    },
  };
};
