/**
 * One agent's conversation, whatever carries it: hello, whole view or delta, reports and their outcomes, resync, goAway. Frames go out through
 * `take`, which the transport calls when it can send: a slow agent gets fewer, larger deltas and never a queue of views.
 * Invariant: no view is served before the cache has what the agent last applied.
 */
import {
  type AgentMessage,
  type Hello,
  type MetricsMessage,
  type OpenStreamMessage,
  PROTOCOL_VERSION,
  type Report,
  type ServerMessage,
  type ViewKey,
  type WantMetricsMessage,
} from '#schema/sync/protocol.ts';
import type { InformerCache, Opener } from '../controller-runtime/informer-cache.ts';
import type { Logger } from '../platform/platform.ts';
import type { History } from './history.ts';
import type { ReportApplier } from './reports.ts';
import { presentDigest, type SentView } from './sent-view.ts';
import { viewFrame } from './view-frame.ts';
import type { ViewKeeper } from './view-keeper.ts';

export interface Session {
  /** Handles one message; outcomes become frames. Never throws. Messages are worked on in the order of the calls. */
  receive(message: AgentMessage): Promise<void>;
  /** These keys of the node's view may have changed. */
  touch(keys: Iterable<ViewKey>): void;
  /** The whole view is to be sent again: what was sent is of another incarnation. */
  restart(): void;
  /** Sends a frame outside the view. */
  push(message: OpenStreamMessage | WantMetricsMessage | Extract<ServerMessage, { type: 'goAway' }>): void;
  /** The next frame; undefined when there is none now. Not to be called again before it resolved. */
  take(): Promise<ServerMessage | undefined>;
  /** True when `take` may have something. */
  readonly ready: boolean;
  /** The agent said hello and may be asked for streams. */
  readonly greeted: boolean;
}

export interface SessionOptions {
  readonly node: string;
  readonly keeper: ViewKeeper;
  readonly cache: Pick<InformerCache, 'snapshot' | 'incarnation' | 'waitFor' | 'load' | 'loaded'>;
  readonly clusterUid: string;
  readonly version: string;
  readonly sealer: Opener | undefined;
  readonly reports: ReportApplier;
  readonly history: History;
  readonly log: Logger;
  /** What the node's agent had when it was last here, kept by the hub over connections. */
  readonly sent: SentView;
  /** See Hello.returnWithinMs. */
  readonly returnWithinMs: () => number;
  readonly onMetrics: (message: MetricsMessage) => void;
  /** Called whenever `ready` may have become true. */
  readonly wake: () => void;
}

/** How long a hello waits for the cache to reach the agent's revision. */
const CATCH_UP_MS = 5_000;
const RETRY_MS = 2_000;

const goAway = (reason: string, retryAfterMs: number, final = false): ServerMessage => ({ type: 'goAway', reason, retryAfterMs, final });

export const createSession = (options: SessionOptions): Session => {
  const { node, keeper, cache, clusterUid, reports, history, sealer, log, sent, wake } = options;
  const out: ServerMessage[] = [];
  const dirty = new Set<ViewKey>();
  let greeted = false;
  let serving = false;
  let whole = false;
  /** The agent waits for a first view on this connection, even an empty difference. */
  let confirm = false;
  let work = Promise.resolve();

  const push = (message: ServerMessage): void => {
    out.push(message);
    wake();
  };

  /** The agent has what was last sent to it. */
  const knows = ({ incarnation, digest, revision }: Hello): boolean =>
    incarnation === cache.incarnation && digest === sent.digest && revision === sent.revision && sent.complete && revision > 0;

  const own = (): (readonly [ViewKey, string])[] => {
    keeper.track(node);
    return keeper.own(node).map(([key, object]) => [key, object.metadata.resourceVersion ?? ''] as const);
  };

  /** Nobody remembers what the agent was sent (a restart, a wake), but it is exactly the present view. */
  const agrees = ({ incarnation, digest, revision }: Hello): boolean => {
    const entries = own();
    if (incarnation !== cache.incarnation || digest !== presentDigest(keeper.broadcast, entries)) return false;
    sent.stand(keeper.broadcast, entries);
    sent.revision = revision;
    return true;
  };

  const hello = async (message: Hello): Promise<void> => {
    reports.restart();
    serving = false;
    if (message.clusterUid !== clusterUid) return push(goAway(`this is cluster ${clusterUid}, not ${message.clusterUid}`, 30_000));
    if (message.protocolMin > PROTOCOL_VERSION || message.protocolMax < PROTOCOL_VERSION) {
      return push(goAway(`protocol ${PROTOCOL_VERSION} is spoken here`, 60_000));
    }
    if (!cache.loaded) await cache.load();
    if (message.incarnation === cache.incarnation) {
      const here = await cache.waitFor(message.revision, CATCH_UP_MS);
      // an agent that has exactly the present view loses nothing, whatever its past was
      const settled = here && (knows(message) || agrees(message));
      if (!settled && (await history.agrees(message.mark)) && !here) {
        return push(goAway(`revision ${message.revision} is not here yet`, RETRY_MS));
      }
    }
    greeted = true;
    out.push({
      type: 'hello',
      protocolMin: PROTOCOL_VERSION,
      protocolMax: PROTOCOL_VERSION,
      version: options.version,
      clusterUid,
      incarnation: cache.incarnation,
      revision: cache.snapshot.revision,
      features: [],
      returnWithinMs: options.returnWithinMs(),
    });
    whole = !knows(message) && !agrees(message);
    // what changed while nobody listened is found by comparing, not by remembering
    if (!whole) for (const key of [...sent.differing(keeper.broadcast), ...own().map(([known]) => known)]) dirty.add(key);
    confirm = true;
    serving = true;
    wake();
  };

  const report = async (items: readonly Report[]): Promise<void> => {
    if (!greeted || items.length === 0) return;
    push({ type: 'outcomes', outcomes: await reports.apply(items) });
  };

  const handle = async (message: AgentMessage): Promise<void> => {
    switch (message.type) {
      case 'hello':
        return hello(message);
      case 'reports':
        return report(message.reports);
      case 'metrics':
        return options.onMetrics(message);
      case 'resync':
        log.info('an agent asked for its whole view', { node, reason: message.reason });
        whole = true;
        return wake();
    }
  };

  const receive = (message: AgentMessage): Promise<void> => {
    work = work
      .then(() => handle(message))
      .catch((error: unknown) => {
        log.warn('a message of an agent could not be handled', { node, type: message.type, error: String(error) });
        push(goAway('the control plane cannot answer now', RETRY_MS));
      });
    return work;
  };

  const take = async (): Promise<ServerMessage | undefined> => {
    const next = out.shift();
    if (next) return next;
    if (!serving || !(whole || confirm || dirty.size > 0)) return undefined;
    const mode = whole ? 'whole' : confirm ? 'confirm' : 'delta';
    const keys = whole ? [...keeper.view(node).keys()] : [...dirty];
    whole = false;
    confirm = false;
    dirty.clear();
    const { incarnation, snapshot } = cache;
    const context = { clusterUid, incarnation, revision: snapshot.revision, sealer, log, mark: history.mark, broadcast: keeper.broadcast };
    return viewFrame(sent, keys, (key) => keeper.entry(node, key), context, mode);
  };

  return {
    receive,
    push,
    take,
    restart: () => {
      whole = true;
      wake();
    },
    touch: (keys) => {
      if (!serving) return;
      for (const key of keys) dirty.add(key);
      wake();
    },
    get ready() {
      return out.length > 0 || (serving && (whole || confirm || dirty.size > 0));
    },
    get greeted() {
      return greeted;
    },
  };
};
