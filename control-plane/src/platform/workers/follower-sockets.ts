/**
 * The hub object's side of followers: hibernating WebSockets whose filter is their attachment. It keeps no changes that were told; each frame says after which
 * revision it begins, and a follower that has not seen everything before pages the store. So nothing is owed to a socket that slept, lags or is new. A revision
 * that is missing may be on its way, overtaken by the next: it is waited for, and where it does not come everybody is told that there is something to read.
 */
import type { StoredChange } from '../../store/store.ts';
import type { Clock } from '../platform.ts';
import type { FollowMessage } from './rpc.ts';
import { type Sequence, sequenceOf } from './sequences.ts';
import { closeQuietly, isFull } from './sockets.ts';

export interface FollowAttachment {
  readonly kind: 'follow';
  readonly resources: readonly string[];
  readonly namespace?: string;
  /** The caller's. */
  readonly credential?: string;
}

/** How far everybody was told of a sequence, and what was notified beyond a revision that is missing. */
interface Told {
  through: number;
  readonly ahead: Map<number, StoredChange>;
  waiting: boolean;
}

/** An idle follower is told how far things are after this many revisions. */
const IDLE_REVISIONS = 500;
/** So long may a notification be overtaken by another. */
const OVERTAKEN_MS = 100;
/** Notifications that wait for a missing one, at most. */
const MAX_AHEAD = 256;
/** One that does not read is looked at again so often, so many times; then it is closed, and begins anew. */
const FULL_MS = 1_000;
const MAX_FULL = 30;

export interface FollowerSocketsOptions {
  readonly sockets: () => readonly WebSocket[];
  readonly clock: Clock;
  /** Runs something later, and keeps the object awake until then. */
  readonly later: (ms: number, run: () => void) => void;
}

export const createFollowerSockets = ({ sockets, clock, later }: FollowerSocketsOptions) => {
  const sequences = new Map<Sequence, Told>();
  /** Socket -> revision up to which it was told everything of its filter. */
  const told = new WeakMap<WebSocket, number>();
  const filters = new WeakMap<WebSocket, FollowAttachment>();
  /** Those that do not read, and how often they were looked at. */
  const full = new Map<WebSocket, number>();

  const filterOf = (socket: WebSocket): FollowAttachment => {
    let filter = filters.get(socket);
    if (!filter) {
      filter = socket.deserializeAttachment() as FollowAttachment;
      filters.set(socket, filter);
    }
    return filter;
  };

  const of = (sequence: Sequence): readonly WebSocket[] =>
    sockets().filter((socket) => filterOf(socket).resources.some((resource) => sequenceOf(resource) === sequence));

  const send = (socket: WebSocket, message: FollowMessage): void => {
    try {
      socket.send(JSON.stringify(message));
      told.set(socket, message.through);
    } catch {
      // closing; its end comes as an event
    }
  };

  /** Whoever could not be told, because it does not read, must hear that there was something also when nothing follows. */
  const lookAgain = (): void => {
    for (const [socket, times] of full) {
      if (!sockets().includes(socket)) full.delete(socket);
      else if (!isFull(socket)) {
        full.delete(socket);
        for (const sequence of new Set(filterOf(socket).resources.map(sequenceOf))) {
          const { through = 0 } = sequences.get(sequence) ?? {};
          send(socket, { after: through, through, changes: [] });
        }
      } else if (times < MAX_FULL) full.set(socket, times + 1);
      else {
        full.delete(socket);
        closeQuietly(socket, 1013, 'nothing was read for too long');
      }
    }
    if (full.size > 0) later(FULL_MS, lookAgain);
  };

  const leave = (socket: WebSocket): void => {
    told.delete(socket);
    if (full.size === 0) later(FULL_MS, lookAgain);
    if (!full.has(socket)) full.set(socket, 0);
  };

  /** Sends what concerns each follower of one sequence: `fresh` is ascending, without a hole, and ends with what is told now. */
  const spread = (sequence: Sequence, fresh: readonly StoredChange[]): void => {
    const first = fresh[0]!.revision - 1;
    const through = fresh.at(-1)!.revision;
    for (const socket of of(sequence)) {
      const { resources, namespace } = filterOf(socket);
      const changes = fresh.filter((c) => resources.includes(c.resource) && (namespace === undefined || c.namespace === namespace));
      const before = told.get(socket);
      if (changes.length === 0 && before !== undefined && through - before < IDLE_REVISIONS) continue;
      if (isFull(socket)) leave(socket);
      else send(socket, { after: before ?? first, through, changes, atMs: clock.now() });
    }
  };

  /** What continues what was told. */
  const spreadOn = (sequence: Sequence, state: Told): void => {
    const fresh: StoredChange[] = [];
    for (;;) {
      const change = state.ahead.get(state.through + 1);
      if (!change) break;
      state.ahead.delete(change.revision);
      state.through = change.revision;
      fresh.push(change);
    }
    if (fresh.length > 0) spread(sequence, fresh);
  };

  /** What is missing is not waited for: the next frame begins behind it for everybody, also for those whom it does not concern. */
  const skipMissing = (sequence: Sequence, state: Told): void => {
    while (state.ahead.size > 0) {
      state.through = Math.min(...state.ahead.keys()) - 1;
      for (const socket of of(sequence)) told.delete(socket);
      spreadOn(sequence, state);
    }
  };

  const take = (sequence: Sequence, changes: readonly StoredChange[]): void => {
    let state = sequences.get(sequence);
    if (!state) {
      // after a wake nobody's place is known: all hear where this begins
      state = { through: Math.min(...changes.map(({ revision }) => revision)) - 1, ahead: new Map(), waiting: false };
      sequences.set(sequence, state);
    }
    const { ahead, through } = state;
    for (const change of changes) if (change.revision > through) ahead.set(change.revision, change);
    spreadOn(sequence, state);
    if (ahead.size === 0) return;
    // the hub itself tells of volatile kinds, in their order and not of each
    if (sequence !== 'durable' || ahead.size > MAX_AHEAD) skipMissing(sequence, state);
    else if (!state.waiting) {
      const waiting = state;
      waiting.waiting = true;
      later(OVERTAKEN_MS, () => {
        waiting.waiting = false;
        skipMissing(sequence, waiting);
      });
    }
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
    /** Up to which revision of the durable kinds every follower was told, or told to read. 0: not known. */
    get through(): number {
      return sequences.get('durable')?.through ?? 0;
    },
    /** Tells every follower of durable kinds where the head is; who has not seen it pages the store. */
    head: (revision: number): void => {
      const state = sequences.get('durable');
      if (state) skipMissing('durable', state);
      if (state && state.through >= revision) return;
      if (state) state.through = revision;
      else sequences.set('durable', { through: revision, ahead: new Map(), waiting: false });
      for (const socket of of('durable')) {
        // begins at its own end: whoever is below has missed something
        send(socket, { after: revision, through: revision, changes: [] });
      }
    },
  };
};
