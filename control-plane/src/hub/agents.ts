/**
 * The agents' side of the hub: their sessions over sockets and polls, and when each node was last heard. One node has one session; a newer connection of the
 * same agent replaces an older one, another agent of that name is refused while the first is alive. Views are pushed when the cache folded something that concerns the node.
 */

import { type AgentIdentity, type AgentMessage, type Hello, PING_INTERVAL_MS, type ServerMessage } from '#schema/sync/protocol.ts';
import type { TagKeys } from '../auth/tokens.ts';
import type { InformerCache, Opener } from '../controller-runtime/informer-cache.ts';
import { createMetricsBoard } from '../metrics-api/board.ts';
import { type Measurements, measurementsOf } from '../metrics-api/measurements.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import type { Registry } from '../registry/registry.ts';
import type { FrameSocket } from '../relay/upgrade.ts';
import type { Store } from '../store/store.ts';
import { createHistory } from '../sync/history.ts';
import { createReportApplier } from '../sync/reports.ts';
import { SentView } from '../sync/sent-view.ts';
import { createSession, type Session } from '../sync/session.ts';
import { NODES } from '../sync/view-entries.ts';
import { createViewKeeper } from '../sync/view-keeper.ts';
import type { Credential, Liveness, StreamOpen } from './hub.ts';
import { createObservation } from './liveness.ts';
import { createOpenSessions, type OpenSessions, ofCredential, ofNode } from './sessions.ts';
import { createSpeakers } from './speakers.ts';

export interface AgentsOptions {
  readonly store: Pick<Store, 'changes' | 'newIncarnation'>;
  readonly cache: Pick<InformerCache, 'snapshot' | 'incarnation' | 'waitFor' | 'load' | 'loaded' | 'onFold' | 'entries' | 'catchUp'>;
  readonly registry: () => Registry;
  readonly sealer: Opener | undefined;
  /** Signs what agents show of their past. */
  readonly keys: TagKeys;
  readonly clusterUid: string;
  readonly version: string;
  readonly clock: Clock;
  /** A clock that only runs. Absent: nobody sets `clock`. */
  readonly steadyMs?: () => number;
  readonly log: Logger;
  /** Default: of its own. */
  readonly sessions?: OpenSessions;
  /** After each view that was sent: what the agent now has. */
  readonly onSent?: (node: string, sent: SentView) => void;
  /** A Node object was deleted: streams to it that this process does not hold must end too. */
  readonly onDeleted?: (node: string) => void;
  /** A node came or came back. */
  readonly onConnected?: (node: string) => void;
}

export interface Agents {
  /** Serves a node over an accepted socket until it closes. */
  serve(node: string, socket: FrameSocket, credential?: Credential): Promise<void>;
  exchange(node: string, messages: readonly AgentMessage[], waitMs: number): Promise<readonly ServerMessage[]>;
  openStream(node: string, open: StreamOpen): boolean;
  heard(node: string): void;
  liveness(): Liveness;
  metrics(): Promise<Measurements>;
  /** Asks an agent to go; every agent without a node. */
  goAway(reason: string, retryAfterMs: number, node?: string): void;
  close(): void;
}

/** A poll connection counts as connected for this long after its last request. */
const POLL_ALIVE_MS = 70_000;
/** A socket silent for two pings and a half is taken for dead. */
const SOCKET_ALIVE_MS = 2.5 * PING_INTERVAL_MS;
/** Before an agent that was refused asks again. */
const REFUSED_MS = 30_000;
/** Before an agent whose credential ended asks again, perhaps with a new one. */
const CREDENTIAL_ENDED_MS = 10_000;
const NODE_DELETED_MS = 1_000;
const MAX_FRAMES = 64;
/** Characters of one frame of an agent, and of all that wait for the store. A thousand pods' status is less. */
const MAX_FRAME = 8 * 1024 * 1024;
const MAX_WAITING = 2 * MAX_FRAME;
/** After a deploy all agents come back: this far apart on average, but none later than this, which is well below what a node is missed for. */
const RETURN_MS = 20;
const MOST_RETURN_MS = 15_000;

interface Link {
  readonly session: Session;
  readonly socket?: FrameSocket;
  readonly sent: SentView;
  wake: (() => void) | undefined;
  /** A frame is being made or sent. */
  busy: boolean;
  lastPollMs: number;
  heardMs: number;
  readonly agent: AgentIdentity | undefined;
  /** Counts polls: a held one that is not the newest has nobody to answer to. */
  polls: number;
}

export const createAgents = (options: AgentsOptions): Agents => {
  const { cache, registry, sealer, clusterUid, version, clock, log } = options;
  const keeper = createViewKeeper(cache.snapshot);
  const history = createHistory({ store: options.store, cache, clusterUid, keys: options.keys, log });
  const sessions = options.sessions ?? createOpenSessions(() => clock.now());
  const board = createMetricsBoard({ clock });
  let { incarnation } = cache;
  const links = new Map<string, Link>();
  /** What a node had when its last connection ended. */
  const remembered = new Map<string, SentView>();
  const lastHeard = new Map<string, number>();
  const speakers = createSpeakers(log);
  const observingSinceMs = createObservation(() => clock.now(), options.steadyMs);

  const unsubscribe = cache.onFold((events) => {
    if (incarnation !== cache.incarnation) {
      incarnation = cache.incarnation;
      keeper.renew();
      for (const [node, { session }] of links) {
        keeper.untrack(node);
        if (!session.greeted) continue;
        keeper.track(node);
        session.restart();
      }
    }
    for (const [node, keys] of keeper.apply(events)) links.get(node)?.session.touch(keys);
    for (const { type, resource, object } of events) if (type === 'DELETED' && resource === NODES) nodeDeleted(object.metadata.name!);
  });

  /** Its agent comes anew, with what its credential still allows; streams to it end. */
  const nodeDeleted = (node: string): void => {
    const reason = `node "${node}" was deleted`;
    sessions.end(ofNode(node), reason);
    options.onDeleted?.(node);
    if (!links.has(node)) remembered.get(node)?.close();
    remembered.delete(node);
    links.get(node)?.session.push({ type: 'goAway', reason, retryAfterMs: NODE_DELETED_MS, final: false });
  };

  const heard = (node: string): void => {
    lastHeard.set(node, clock.now());
  };

  const connected = (link: Link): boolean => link.socket !== undefined || clock.now() - link.lastPollMs < POLL_ALIVE_MS;

  const alive = ({ socket, heardMs, lastPollMs }: Link): boolean =>
    socket ? clock.now() - (socket.heardMs?.() ?? heardMs) < SOCKET_ALIVE_MS : clock.now() - lastPollMs < POLL_ALIVE_MS;

  const refusal = (node: string, hello: Hello): string | undefined => {
    if (hello.node !== undefined && hello.node !== node) return `this is the credential of node "${node}", not of "${hello.node}"`;
    const current = links.get(node);
    return speakers.refusal(node, hello, current && alive(current) ? current.agent : undefined);
  };

  const link = (node: string, socket: FrameSocket | undefined, agent: AgentIdentity | undefined): Link => {
    const before = links.get(node);
    before?.socket?.close(1000, 'replaced by a newer connection');
    if (before) before.wake?.();
    if (before?.busy) before.sent.close();
    const sent = before && !before.busy ? before.sent : ((before ? undefined : remembered.get(node)) ?? new SentView());
    remembered.delete(node);
    const reports = createReportApplier({ node, snapshot: cache.snapshot, registry, clock, log });
    void reports.announce();
    const session = createSession({
      node,
      keeper,
      cache,
      clusterUid,
      version,
      sealer,
      log,
      sent,
      reports,
      history,
      returnWithinMs: () => Math.min(MOST_RETURN_MS, links.size * RETURN_MS),
      onMetrics: (message) => board.put(node, message),
      wake: () => made.wake?.(),
    });
    const now = clock.now();
    const made: Link = {
      ...{ session, sent, agent, wake: undefined, busy: false, lastPollMs: now, heardMs: now, polls: 0 },
      ...(socket ? { socket } : {}),
    };
    links.set(node, made);
    return made;
  };

  const unlink = (node: string, ended: Link): void => {
    if (links.get(node) !== ended) return;
    links.delete(node);
    const isKnown = cache.snapshot.get(NODES, '', node) !== undefined;
    if (isKnown && !ended.busy) remembered.set(node, ended.sent);
    else ended.sent.close();
    keeper.untrack(node);
  };

  /** Sends what there is, one frame after the other; a socket that does not drain holds it up, and changes gather meanwhile. */
  const pump = async (node: string, it: Link): Promise<void> => {
    if (it.busy || !it.socket) return;
    it.busy = true;
    try {
      while (it.session.ready) {
        const frame = await it.session.take();
        if (!frame) continue;
        await it.socket.send(JSON.stringify(frame));
        if (frame.type === 'view') options.onSent?.(node, it.sent);
        if (frame.type === 'goAway') it.socket.close(1012, frame.reason.slice(0, 100));
      }
      it.busy = false;
    } catch (error) {
      // stays busy: what the agent has is unknown now, so its next connection starts from a whole view
      log.debug('a frame could not be sent', { error: String(error) });
      it.socket.close(1011, 'send failed');
    }
  };

  const serve = async (node: string, socket: FrameSocket, credential?: Credential): Promise<void> => {
    const release = sessions.hold({
      keys: credential?.id ? [ofCredential(credential.id)] : [],
      expiresMs: credential?.expiresMs,
      end: (reason) => void sendAway(socket, reason, CREDENTIAL_ENDED_MS),
    });
    let it: Link | undefined;
    let waiting = 0;
    const begin = (agent: AgentIdentity | undefined): Link => {
      const made = link(node, socket, agent);
      made.wake = () => void pump(node, made);
      log.info('node connected', { node });
      options.onConnected?.(node);
      return made;
    };
    try {
      for await (const frame of socket.frames) {
        if (it) {
          heard(node);
          it.heardMs = clock.now();
        }
        if (typeof frame !== 'string') continue;
        if (frame === 'ping') {
          await socket.send('pong');
          continue;
        }
        waiting += frame.length;
        if (frame.length > MAX_FRAME || waiting > MAX_WAITING) {
          const what = frame.length > MAX_FRAME ? `a frame is larger than ${MAX_FRAME}` : `more than ${MAX_WAITING} wait`;
          await sendAway(socket, `too much at once: ${what} characters`, REFUSED_MS);
          break;
        }
        let message: AgentMessage;
        try {
          message = JSON.parse(frame) as AgentMessage;
        } catch {
          socket.close(1007, 'a frame is not JSON');
          break;
        }
        const refused = message.type === 'hello' ? refusal(node, message) : undefined;
        if (refused !== undefined) {
          await sendAway(socket, refused, REFUSED_MS);
          break;
        }
        it ??= begin(message.type === 'hello' ? message.agent : undefined);
        heard(node);
        // not awaited: a slow store must not hold up pings; the session keeps the order
        void it.session.receive(message).finally(() => {
          waiting -= frame.length;
        });
      }
    } catch (error) {
      log.debug('a sync connection broke', { node, error: String(error) });
    } finally {
      release();
      socket.close(1000, '');
      if (it) {
        unlink(node, it);
        log.info('node disconnected', { node });
      }
    }
  };

  const exchange = async (node: string, messages: readonly AgentMessage[], waitMs: number): Promise<readonly ServerMessage[]> => {
    const hello = messages.find((message) => message.type === 'hello');
    const refused = hello && refusal(node, hello);
    if (refused !== undefined) return [{ type: 'goAway', reason: refused, retryAfterMs: REFUSED_MS, final: false }];
    heard(node);
    let it = links.get(node);
    if (!it || it.socket || (hello && hello.agent?.process !== it.agent?.process)) {
      if (!hello) return [{ type: 'goAway', reason: 'say hello first', retryAfterMs: 0, final: false }];
      it = link(node, undefined, hello.agent);
    }
    it.lastPollMs = clock.now();
    const poll = ++it.polls;
    it.wake?.();
    for (const message of messages) await it.session.receive(message);
    if (!it.session.ready && waitMs > 0 && it.polls === poll) await news(it, waitMs);
    const frames: ServerMessage[] = [];
    while (it.polls === poll && it.session.ready && frames.length < MAX_FRAMES) {
      const frame = await it.session.take();
      if (frame) frames.push(frame);
    }
    it.lastPollMs = clock.now();
    heard(node);
    return frames;
  };

  return {
    serve,
    exchange,
    heard,
    openStream: (node, open) => {
      const it = links.get(node);
      if (!it?.session.greeted || !connected(it)) return false;
      it.session.push({ type: 'openStream', ...open });
      return true;
    },
    liveness: () => ({
      observingSinceMs: observingSinceMs(),
      nodes: [...lastHeard].map(([node, lastHeardMs]) => {
        const it = links.get(node);
        return { node, lastHeardMs, connected: it !== undefined && connected(it) };
      }),
    }),
    metrics: async () => {
      const ask = (forMs: number): readonly string[] => {
        const asked = [...links].filter(([, it]) => it.session.greeted && connected(it));
        for (const [, it] of asked) it.session.push({ type: 'wantMetrics', forMs });
        return asked.map(([node]) => node);
      };
      return measurementsOf(await board.read(ask), cache.snapshot);
    },
    goAway: (reason, retryAfterMs, only) => {
      for (const [node, it] of links) {
        if (only === undefined || node === only) it.session.push({ type: 'goAway', reason, retryAfterMs, final: false });
      }
    },
    close: () => {
      unsubscribe();
      for (const it of links.values()) it.socket?.close(1012, 'the control plane stops');
    },
  };
};

const sendAway = async (socket: FrameSocket, reason: string, retryAfterMs: number): Promise<void> => {
  await socket.send(JSON.stringify({ type: 'goAway', reason, retryAfterMs, final: false } satisfies ServerMessage)).catch(() => undefined);
  socket.close(POLICY_VIOLATION, reason.slice(0, 100));
};
const POLICY_VIOLATION = 1008;

/** Resolves when the link's session has something, or after `waitMs`. */
const news = (link: Link, waitMs: number): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      if (link.wake === done) link.wake = undefined;
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    link.wake = done;
  });
