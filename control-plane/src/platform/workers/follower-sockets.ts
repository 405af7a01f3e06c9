/**
 * The hub object's side of followers: hibernating WebSockets whose filter is their attachment. It keeps no changes; each frame says after which revision it
 * begins, and a follower that has not seen everything before pages the store. So nothing is owed to a socket that slept, lags or is new.
 */
import type { StoredChange } from '../../store/store.ts';
import type { Clock } from '../platform.ts';
import { sequenceOf } from './hub-volatile.ts';
import type { FollowMessage } from './rpc.ts';
import { isFull } from './sockets.ts';

type Sequence = ReturnType<typeof sequenceOf>;

export interface FollowAttachment {
  readonly kind: 'follow';
  readonly resources: readonly string[];
  readonly namespace?: string;
  /** The caller's. */
  readonly credential?: string;
}

/** A run of revisions without a hole, as notified: (base, last]. */
interface Run {
  base: number;
  last: number;
}

/** An idle follower is told how far things are after this many revisions. */
const IDLE_REVISIONS = 500;

export const createFollowerSockets = (sockets: () => readonly WebSocket[], clock: Clock) => {
  const runs = new Map<Sequence, Run>();
  /** Socket -> revision up to which it was told everything of its filter. */
  const told = new WeakMap<WebSocket, number>();
  const filters = new WeakMap<WebSocket, FollowAttachment>();

  const filterOf = (socket: WebSocket): FollowAttachment => {
    let filter = filters.get(socket);
    if (!filter) {
      filter = socket.deserializeAttachment() as FollowAttachment;
      filters.set(socket, filter);
    }
    return filter;
  };

  /** Sends what concerns each follower of one sequence. `fresh` continues the run and is ascending. */
  const spread = (sequence: Sequence, run: Run, fresh: readonly StoredChange[]): void => {
    const first = fresh[0]!.revision - 1;
    for (const socket of sockets()) {
      const { resources, namespace } = filterOf(socket);
      if (!resources.some((resource) => sequenceOf(resource) === sequence)) continue;
      const changes = fresh.filter((c) => resources.includes(c.resource) && (namespace === undefined || c.namespace === namespace));
      const before = told.get(socket);
      const after = before !== undefined && before >= run.base ? before : first;
      if (changes.length === 0 && before !== undefined && run.last - before < IDLE_REVISIONS) continue;
      // one that does not read is left alone; its next frame begins later than it has seen
      if (isFull(socket)) {
        told.delete(socket);
        continue;
      }
      const message: FollowMessage = { after, through: run.last, changes, atMs: clock.now() };
      try {
        socket.send(JSON.stringify(message));
        told.set(socket, run.last);
      } catch {
        // closing; its end comes as an event
      }
    }
  };

  const take = (sequence: Sequence, changes: readonly StoredChange[]): void => {
    const run = runs.get(sequence);
    const ascending = changes.filter((c) => run === undefined || c.revision > run.last).sort((a, b) => a.revision - b.revision);
    let current = run;
    let fresh: StoredChange[] = [];
    for (const change of ascending) {
      if (current === undefined || change.revision !== current.last + 1) {
        if (current && fresh.length > 0) spread(sequence, current, fresh);
        fresh = [];
        current = { base: change.revision - 1, last: change.revision - 1 };
        runs.set(sequence, current);
      }
      current.last = change.revision;
      fresh.push(change);
    }
    if (current && fresh.length > 0) spread(sequence, current, fresh);
  };

  return {
    notify: (changes: readonly StoredChange[]): void => {
      for (const sequence of new Set(changes.map(({ resource }) => sequenceOf(resource)))) {
        take(
          sequence,
          changes.filter(({ resource }) => sequenceOf(resource) === sequence),
        );
      }
    },
    /** Somebody listens to changes of this resource. */
    hears: (resource: string): boolean => sockets().some((socket) => filterOf(socket).resources.includes(resource)),
    /** Tells every follower of durable kinds where the head is; who has not seen it pages the store. */
    head: (revision: number): void => {
      const run = runs.get('durable');
      if (run && run.last >= revision) return;
      runs.set('durable', { base: revision, last: revision });
      for (const socket of sockets()) {
        if (filterOf(socket).resources.some((resource) => sequenceOf(resource) !== 'durable')) continue;
        // begins at its own end: whoever is below has missed something
        const message: FollowMessage = { after: revision, through: revision, changes: [] };
        try {
          socket.send(JSON.stringify(message));
          told.delete(socket);
        } catch {
          // closing
        }
      }
    },
  };
};
