/**
 * The hub of a control plane that is one process: followers and agents hang on it directly, the informer cache is folded with every notification, and
 * the control loop is poked. @see hub.ts for the port.
 */

import { storageKey } from '#schema/resource.ts';
import { resources as definitions } from '#schema/resources.ts';
import { SYNC_SUBPROTOCOL } from '#schema/sync/protocol.ts';
import type { TagKeys } from '../auth/tokens.ts';
import type { InformerCache, Opener } from '../controller-runtime/informer-cache.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import type { Registry } from '../registry/registry.ts';
import { isUpgrade, type WebSocketUpgrader } from '../relay/upgrade.ts';
import type { Store } from '../store/store.ts';
import { nodeMay } from '../sync/node-may.ts';
import { createAgents } from './agents.ts';
import { createFollowers } from './followers.ts';
import type { Hub } from './hub.ts';
import { createOpenSessions, type OpenSessions, ofCredential } from './sessions.ts';

export interface InProcessHubOptions {
  readonly store: Pick<Store, 'changes' | 'newIncarnation'>;
  readonly cache: InformerCache;
  /** Asked for at the first report, so that the registry may be made after the hub. */
  readonly registry: () => Registry;
  /** Opens Secrets for the agents that may know them. */
  readonly sealer: Opener | undefined;
  /** Signs what agents show of their past. */
  readonly keys: TagKeys;
  readonly clusterUid: string;
  readonly version: string;
  readonly clock: Clock;
  /** A clock that only runs. Absent: nobody sets `clock`. */
  readonly steadyMs?: () => number;
  readonly log: Logger;
  readonly upgrader: WebSocketUpgrader;
  /** Wakes the control loop. */
  readonly poke: () => void;
  /** @see FollowersOptions.onHandedOut */
  readonly onHandedOut?: (ms: number) => void;
  /** @see FollowersOptions.onRound */
  readonly onRound?: () => () => void;
  /** Lets others have their turn, for at least `ms`. */
  readonly rest?: (ms: number) => Promise<void>;
  /** By storage key; volatile kinds have revisions of their own. Default: what the definitions say. */
  readonly isVolatile?: (resource: string) => boolean;
}

export interface InProcessHub extends Hub {
  /** Shared with the relay. */
  readonly sessions: OpenSessions;
  /** Reads the store for what was never notified; the cron tick calls it. */
  mend(): Promise<void>;
  /** Asks agents to come back later: before a stop, and when a credential ends. */
  goAway(reason: string, retryAfterMs: number, node?: string): void;
  close(): void;
}

const NOTIFY_MS = 250;

const volatileKinds = definitions.filter((definition) => definition.storage === 'volatile').map(storageKey);

export const createInProcessHub = (options: InProcessHubOptions): InProcessHub => {
  const { store, cache, clock, log, poke } = options;
  const isVolatile = options.isVolatile ?? ((resource: string) => volatileKinds.includes(resource));
  // the loop looks whether the node was thought lost
  const sessions = createOpenSessions(() => clock.now());
  const agents = createAgents({ ...options, onConnected: poke, sessions });
  const onError = (error: unknown): void => log.warn('the store could not be read for followers', { error: String(error) });
  const now = (): number => clock.now();
  const { rest, onHandedOut, onRound } = options;
  const common = {
    store,
    now,
    onError,
    ...(rest ? { rest } : {}),
    ...(onHandedOut ? { onHandedOut } : {}),
    ...(onRound ? { onRound } : {}),
  };
  const durable = createFollowers({ ...common, onChanges: (changes) => cache.fold(changes) });
  const volatile = createFollowers({ ...common, resources: volatileKinds, onChanges: () => undefined });

  const notify = async (changes: Parameters<Hub['notify']>[0]): Promise<void> => {
    const lasting = changes.filter((change) => !isVolatile(change.resource));
    const passing = changes.filter((change) => isVolatile(change.resource));
    if (lasting.length > 0) {
      // at once, even when earlier revisions are still missing: the cache bears any order
      cache.fold(lasting);
      poke();
    }
    const mending = [durable.notify(lasting), volatile.notify(passing)].filter((work) => work !== undefined);
    if (mending.length > 0) await within(NOTIFY_MS, Promise.all(mending));
  };

  /** Follows until the credential ends. */
  async function* whileGood<T>(
    id: string,
    signal: AbortSignal,
    follow: (signal: AbortSignal) => AsyncIterable<T>,
  ): AsyncGenerator<T, void> {
    const ended = new AbortController();
    const release = sessions.hold({ keys: [ofCredential(id)], end: () => ended.abort() });
    try {
      yield* follow(AbortSignal.any([signal, ended.signal]));
    } finally {
      release();
    }
  }

  return {
    notify,
    sessions,
    follow: (filter, after, signal) => {
      const followers = filter.resources.some(isVolatile) ? volatile : durable;
      return filter.credentialId
        ? whileGood(filter.credentialId, signal, (until) => followers.follow(filter, after, until))
        : followers.follow(filter, after, signal);
    },
    follower: (filter, after, onNews) => {
      const followers = filter.resources.some(isVolatile) ? volatile : durable;
      const follower = followers.open(filter, after, onNews);
      if (!filter.credentialId) return follower;
      let ended = false;
      const end = (): void => {
        ended = true;
        onNews();
      };
      const release = sessions.hold({ keys: [ofCredential(filter.credentialId)], end });
      const close = (): void => {
        release();
        follower.close();
      };
      return { next: () => (ended ? 'ended' : follower.next()), close };
    },
    endCredential: async (id) => sessions.end(ofCredential(id), 'the credential was revoked'),
    connectAgent: async (node, request, credential) => {
      if (!isUpgrade(request))
        return new Response('a WebSocket upgrade is needed here', { status: 426, headers: { upgrade: 'websocket' } });
      const { response, socket } = options.upgrader.accept(request, SYNC_SUBPROTOCOL);
      void agents.serve(node, socket, credential);
      return response;
    },
    exchange: (node, messages, waitMs) => agents.exchange(node, messages, waitMs),
    authorizeNode: async (node, request) => {
      const decision = nodeMay(node, request, cache.snapshot);
      if (decision.allowed) return decision;
      // a pod bound a moment ago may not be here yet
      await cache.catchUp();
      return nodeMay(node, request, cache.snapshot);
    },
    openStream: async (node, open) => agents.openStream(node, open),
    liveness: async () => agents.liveness(),
    metrics: () => agents.metrics(),
    heard: async (node) => agents.heard(node),
    poke,
    mend: async () => {
      await Promise.all([durable.mend(), volatile.mend(), cache.catchUp()]);
    },
    goAway: (reason, retryAfterMs, node) => agents.goAway(reason, retryAfterMs, node),
    close: () => agents.close(),
  };
};

/** Waits for `work`, but no longer than `ms`. */
const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
};
