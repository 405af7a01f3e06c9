/**
 * The Hub port outside the hub object: calls by RPC, followers over a WebSocket to it. A follower trusts nothing it did not see the beginning of: it pages
 * the store up to the head, takes what the hub says while that continues its own run, and pages again where it does not.
 */
import { type GoAwayMessage, SYNC_SUBPROTOCOL } from '#schema/sync/protocol.ts';
import { awayMs, RefusedByPlan } from '../../allowance/refusal.ts';
import type { FollowBatch, FollowFilter, Hub } from '../../hub/hub.ts';
import type { Store, StoredChange } from '../../store/store.ts';
import { clock, random } from './core.ts';
import type { Env } from './env.ts';
import { followStream } from './follow-frames.ts';
import { AGENT_PATH, CREDENTIAL_ENDED, FOLLOW_PATH, hubOf, loopOf } from './rpc.ts';
import { isVolatile } from './sequences.ts';
import { workerUpgrader } from './upgrade.ts';

const RECONNECT_MS = 500;
/** Where the plan refuses the hub, followers page the store this often. */
const REFUSED_MS = 10_000;
/** As often as an invocation may ask the database, with some left: then the client is told, and begins anew where it was. */
const REFUSED_PAGES = 30;

const admits =
  ({ resources, namespace }: FollowFilter) =>
  (change: StoredChange): boolean =>
    resources.includes(change.resource) && (namespace === undefined || change.namespace === namespace);

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });

/** What an agent is told that the hub cannot be asked about. @throws what is no refusal */
const goAwayOf = (error: unknown): GoAwayMessage => {
  if (!(error instanceof RefusedByPlan)) throw error;
  return { type: 'goAway', reason: error.message, retryAfterMs: awayMs(error.refusal, clock.now()), final: false };
};

/** An agent is told by the Worker itself, so that it stays away for longer than a failed upgrade would keep it. */
const turnedAway = (request: Request, protocol: string, message: GoAwayMessage): Response => {
  const { response, socket } = workerUpgrader.accept(request, protocol);
  void socket.send(JSON.stringify(message)).then(() => socket.close(1013, 'the plan is used up'));
  return response;
};

export interface HubStubListeners {
  /** A follower got changes that the hub sent `ms` before. */
  readonly onHandedOut?: (ms: number) => void;
  /** The hub was told of a commit; everybody knows what was committed up to `revision`, 0: or may not. */
  readonly onTold?: (revision: number) => void;
}

export const hubStub = (env: Env, store: () => Pick<Store, 'changes'>, { onHandedOut, onTold }: HubStubListeners = {}): Hub => {
  const dial = async (filter: FollowFilter) => {
    const url = new URL(FOLLOW_PATH);
    url.searchParams.set('resources', filter.resources.join(','));
    if (filter.credentialId) url.searchParams.set('credential', filter.credentialId);
    if (filter.namespace !== undefined) url.searchParams.set('namespace', filter.namespace);
    const { webSocket } = await hubOf(env).fetch(url.toString(), { headers: { upgrade: 'websocket' } });
    if (!webSocket) throw new Error('the hub took no follower');
    return followStream(webSocket);
  };

  async function* follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncGenerator<FollowBatch, void> {
    const wanted = admits(filter);
    let cursor = after;
    let credentialEnded = false;
    let refused = 0;

    async function* page(): AsyncGenerator<FollowBatch, void> {
      for (let more = true; more && !signal.aborted; ) {
        const found = await store().changes({ after: cursor, resources: filter.resources });
        const moved = found.through > cursor;
        cursor = found.through;
        more = found.more;
        if (moved) yield { changes: found.changes.filter(wanted), through: cursor };
      }
    }

    while (!signal.aborted && !credentialEnded) {
      // dialled first: what is committed while paging is then in its frames
      let reconnectMs = RECONNECT_MS;
      const stream = await dial(filter).catch((error: unknown) => {
        if (!(error instanceof RefusedByPlan)) return undefined;
        reconnectMs = REFUSED_MS;
        if (++refused > REFUSED_PAGES) throw error;
        return undefined;
      });
      const leave = (): void => stream?.close();
      signal.addEventListener('abort', leave, { once: true });
      try {
        yield* page();
        if (!stream) continue;
        refused = 0;
        for await (const message of stream.messages) {
          if (signal.aborted) return;
          if (message.through <= cursor) continue;
          if (message.after > cursor) {
            yield* page();
            continue;
          }
          const changes = message.changes.filter((change) => change.revision > cursor);
          cursor = message.through;
          if (message.atMs !== undefined && changes.length > 0) onHandedOut?.(Math.max(0, clock.now() - message.atMs));
          yield { changes, through: cursor };
        }
        if (!signal.aborted) credentialEnded = (await stream.closed) === CREDENTIAL_ENDED;
      } finally {
        signal.removeEventListener('abort', leave);
        leave();
        if (!signal.aborted && !credentialEnded) await pause(reconnectMs * (0.5 + random.float()), signal);
      }
    }
  }

  return {
    // the caller gives it 250 ms; the hub itself answers as soon as frames are handed over; volatile kinds are written there
    notify: async (changes) => {
      const lasting = changes.filter(({ resource }) => !isVolatile(resource));
      if (lasting.length === 0) return;
      const told = await hubOf(env).notify(lasting);
      onTold?.(told ?? 0);
    },
    follow,
    connectAgent: (node, request, credential) => {
      const url = new URL(AGENT_PATH);
      url.searchParams.set('node', node);
      if (credential) url.searchParams.set('credential', JSON.stringify(credential));
      const protocol = request.headers.get('sec-websocket-protocol') ?? SYNC_SUBPROTOCOL;
      return hubOf(env)
        .fetch(url.toString(), { headers: { upgrade: 'websocket', 'sec-websocket-protocol': protocol } })
        .catch((error: unknown) => turnedAway(request, protocol, goAwayOf(error)));
    },
    exchange: (node, messages, waitMs) =>
      hubOf(env)
        .exchange(node, messages, waitMs)
        .catch((error: unknown) => [goAwayOf(error)]),
    authorizeNode: (node, request) => hubOf(env).authorizeNode(node, request),
    openStream: (node, open) => hubOf(env).openStream(node, open),
    endCredential: (id) => hubOf(env).endCredential(id),
    liveness: () => hubOf(env).liveness(),
    metrics: () => hubOf(env).metrics(),
    // of a poll; the answer to it says the same
    heard: (node) =>
      hubOf(env)
        .heard(node)
        .catch((error: unknown) => void goAwayOf(error)),
    // cron finds what the loop was not told
    poke: () =>
      void loopOf(env)
        .poke()
        .catch(() => undefined),
  };
};
