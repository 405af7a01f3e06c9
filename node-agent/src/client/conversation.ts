/**
 * The agent's side of `kedge.sync.v1`, whatever carries it: greets with what the view has, applies what comes, sends reports one message at a time, and
 * asks for the whole view when a difference does not fit.
 */
import {
  type AgentIdentity,
  type AgentMessage,
  type GoAwayMessage,
  type MetricsMessage,
  type OpenStreamMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type WantMetricsMessage,
} from '#schema/sync/protocol.ts';
import type { Logger } from '../context.ts';
import type { ReportQueue } from './report-queue.ts';
import type { SyncedView } from './view-store.ts';

export interface Conversation {
  /** To be said first on every connection. */
  hello(): AgentMessage;
  /** Handles one message; what is to be answered. */
  receive(message: ServerMessage): readonly AgentMessage[];
  /** Reports, and the newest metrics, that may be sent now; nothing before the server greeted. */
  reports(): readonly AgentMessage[];
  /** The server said hello on this connection. */
  readonly greeted: boolean;
  /** The server asked to leave. */
  readonly goAway: GoAwayMessage | undefined;
  /** Within which the server wants its agents back, should this connection end. */
  readonly returnWithinMs: number;
  /** Reports came back unanswered: worth another try a little later. */
  readonly retryReports: boolean;
}

export interface ConversationOptions {
  readonly clusterUid: string;
  readonly node: string;
  readonly version: string;
  readonly agent: AgentIdentity;
  readonly view: SyncedView;
  readonly queue: ReportQueue;
  readonly log: Logger;
  readonly onView: () => void;
  /** What was measured and not sent. */
  readonly takeMetrics: () => MetricsMessage | undefined;
  readonly onOpenStream: (message: OpenStreamMessage) => void;
  readonly onWantMetrics: (message: WantMetricsMessage) => void;
}

/** Whole views asked for in a row before the connection is given up. */
const MAX_RESYNCS = 3;
/** Whatever a server says. */
const MOST_RETURN_MS = 30_000;

export const createConversation = (options: ConversationOptions): Conversation => {
  const { view, queue, log, node, clusterUid, version } = options;
  let greeted = false;
  let goAway: GoAwayMessage | undefined;
  let retryReports = false;
  let resyncs = 0;
  let returnWithinMs = 0;

  const leave = (reason: string): readonly AgentMessage[] => {
    log.warn('leaving the control plane', { reason });
    goAway = { type: 'goAway', reason, retryAfterMs: 5_000, final: false };
    return [];
  };

  const applyView = (message: Extract<ServerMessage, { type: 'view' }>): readonly AgentMessage[] => {
    const applied = view.apply(message);
    if (applied.result === 'applied') {
      resyncs = 0;
      options.onView();
      return [];
    }
    if (applied.result === 'refused') return leave(applied.reason);
    if (++resyncs > MAX_RESYNCS) return leave(applied.reason);
    log.info('asking for the whole view', { reason: applied.reason });
    return [{ type: 'resync', reason: applied.reason }];
  };

  const receive = (message: ServerMessage): readonly AgentMessage[] => {
    switch (message.type) {
      case 'hello':
        if (message.clusterUid !== clusterUid) return leave(`this is cluster ${message.clusterUid}, not ${clusterUid}`);
        greeted = true;
        returnWithinMs = Math.min(message.returnWithinMs ?? 0, MOST_RETURN_MS);
        return [];
      case 'view':
        return greeted ? applyView(message) : leave('a view came before the greeting');
      case 'outcomes':
        retryReports = queue.settle(message.outcomes);
        return [];
      case 'openStream':
        options.onOpenStream(message);
        return [];
      case 'wantMetrics':
        options.onWantMetrics(message);
        return [];
      case 'goAway':
        goAway = message;
        log.warn('sent away by the control plane', { reason: message.reason, retryMs: message.retryAfterMs });
        return [];
      default:
        // a newer server's word
        return [];
    }
  };

  return {
    hello: () => ({
      type: 'hello',
      protocolMin: PROTOCOL_VERSION,
      protocolMax: PROTOCOL_VERSION,
      version,
      clusterUid,
      incarnation: view.incarnation,
      revision: view.revision,
      digest: view.digest,
      ...(view.mark === undefined ? {} : { mark: view.mark }),
      features: [],
      node,
      agent: options.agent,
    }),
    receive,
    reports: () => {
      if (!greeted) return [];
      const metrics = options.takeMetrics();
      const reports = retryReports ? [] : queue.take();
      return [...(reports.length > 0 ? [{ type: 'reports', reports } as const] : []), ...(metrics ? [metrics] : [])];
    },
    get greeted() {
      return greeted;
    },
    get goAway() {
      return goAway;
    },
    get returnWithinMs() {
      return returnWithinMs;
    },
    get retryReports() {
      const was = retryReports;
      retryReports = false;
      return was;
    },
  };
};
