/**
 * The agent's tie to its control plane: keeps one connection, reconnects with growing pauses, falls back to polls where WebSockets do not get through,
 * keeps the view on disk. Cut off, it keeps the last view and everything that was observed.
 */
import type { MetricsMessage, OpenStreamMessage, WantMetricsMessage } from '#schema/sync/protocol.ts';
import type { ApiClient, Clock, Logger, ReportSink } from '../context.ts';
import { type Heartbeat, plainHeartbeat } from '../fencing/heartbeat.ts';
import { openAgentIdentity } from './agent-identity.ts';
import { createBackoff } from './backoff.ts';
import { type Connection, createConnection } from './connection.ts';
import { createConversation } from './conversation.ts';
import { createReportQueue } from './report-queue.ts';
import { type Carrier, type Ended, runPolls, runWebSocket } from './transports.ts';
import { openViewDisk, type ViewDisk } from './view-disk.ts';
import { createViewStore, type SyncedView } from './view-store.ts';

export interface SyncClientOptions {
  /** https://HOST:PORT */
  readonly server: string;
  /** PEM; absent where the certificate is publicly trusted. */
  readonly ca?: string;
  readonly token: () => string;
  readonly clusterUid: string;
  readonly nodeName: string;
  /** Folder of the view on disk, 0700. */
  readonly dir: string;
  /** Program version. */
  readonly version: string;
  readonly clock: Clock;
  /** [0, 1) */
  readonly random: () => number;
  readonly log: Logger;
  /** Default: nobody counts on it. */
  readonly heartbeat?: Heartbeat;
  /** For tests. */
  readonly connection?: Connection;
  readonly disk?: ViewDisk;
}

export interface SyncClient {
  /** `trusted` and `retained` beside the ViewStore port. */
  readonly view: SyncedView;
  readonly reports: ReportSink;
  readonly api: ApiClient;
  /** The server has greeted on the present connection. */
  readonly connected: boolean;
  /** Called when `connected` changes. */
  onConnection(listener: (connected: boolean) => void): void;
  /** The one handler of stream requests; set it before `run`. */
  onOpenStream(handler: (message: OpenStreamMessage) => void): void;
  /** The one handler of requests to measure; set it before `run`. */
  onWantMetrics(handler: (message: WantMetricsMessage) => void): void;
  /** Sent at the next chance; dropped when there is no connection. Only the newest waits. */
  sendMetrics(message: MetricsMessage): void;
  /** Runs until `signal` aborts; then the view is on disk. Never throws. */
  run(signal: AbortSignal): Promise<void>;
}

const WRITE_DEBOUNCE_MS = 200;
/** Upgrades that fail in a row before polls are tried, and how long polls go on before the WebSocket is tried again: longer each time in vain. */
const FAILED_UPGRADES = 3;
const POLL_FOR_MS = { first: 10_000, most: 5 * 60_000 };

export const createSyncClient = (options: SyncClientOptions): SyncClient => {
  const { clusterUid, nodeName, clock, log } = options;
  const disk = options.disk ?? openViewDisk(options.dir);
  const connection =
    options.connection ?? createConnection({ server: options.server, token: options.token, ...(options.ca ? { ca: options.ca } : {}) });
  const view = createViewStore({ clusterUid, node: nodeName }, disk.read());
  const agent = openAgentIdentity(options.dir);
  const heartbeat = options.heartbeat ?? plainHeartbeat();
  const carrier: Carrier = { connection, clock, log, heartbeat, onReport: undefined };
  const queue = createReportQueue(log, () => carrier.onReport?.());
  const listeners = new Set<(connected: boolean) => void>();
  let handler: (message: OpenStreamMessage) => void = () => undefined;
  let measure: (message: WantMetricsMessage) => void = () => undefined;
  let metrics: MetricsMessage | undefined;
  let connected = false;
  let writing: Promise<void> | undefined;
  let dirty = false;

  const setConnected = (now: boolean): void => {
    if (now === connected) return;
    connected = now;
    for (const listener of listeners) listener(now);
  };

  const flush = async (): Promise<void> => {
    while (dirty) {
      dirty = false;
      await disk.write(view.stored()).catch((error) => log.error('the view could not be written', { error: String(error) }));
    }
  };

  const writeSoon = (): void => {
    dirty = true;
    writing ??= clock
      .sleep(WRITE_DEBOUNCE_MS)
      .then(flush)
      .finally(() => {
        writing = undefined;
      });
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    const backoff = createBackoff(options.random);
    let failedUpgrades = 0;
    let pollForMs = POLL_FOR_MS.first;
    while (!signal.aborted) {
      const conversation = createConversation({
        clusterUid,
        node: nodeName,
        version: options.version,
        agent,
        view,
        queue,
        log,
        onView: () => {
          setConnected(true);
          backoff.reset();
          writeSoon();
        },
        onOpenStream: (message) => handler(message),
        onWantMetrics: (message) => measure(message),
        takeMetrics: () => {
          const taken = metrics;
          metrics = undefined;
          return taken;
        },
      });
      const polls = failedUpgrades >= FAILED_UPGRADES;
      const ended: Ended = polls
        ? await runPolls(carrier, conversation, clock.now() + pollForMs, signal)
        : await runWebSocket(carrier, conversation, signal);
      setConnected(false);
      queue.requeue();
      if (signal.aborted) break;
      failedUpgrades = ended.opened || polls ? 0 : failedUpgrades + 1;
      if (polls && ended.opened) pollForMs = Math.min(2 * pollForMs, POLL_FOR_MS.most);
      else if (ended.opened) pollForMs = POLL_FOR_MS.first;
      if (ended.greeted) backoff.reset();
      const { goAway } = conversation;
      const spreadMs = Math.max(backoff.next(), options.random() * conversation.returnWithinMs);
      const pauseMs = Math.max(
        heartbeat.isNeeded() ? Math.min(spreadMs, heartbeat.intervalMs()) : spreadMs,
        goAway ? goAway.retryAfterMs * (1 + options.random() / 4) : 0,
      );
      log.info('connection to the control plane ended', { reason: ended.reason, retryMs: Math.round(pauseMs) });
      await clock.sleep(pauseMs, signal);
    }
    await writing;
    await flush();
    await connection.close();
  };

  return {
    view,
    reports: queue,
    api: connection.api,
    get connected() {
      return connected;
    },
    onConnection: (listener) => void listeners.add(listener),
    onOpenStream: (given) => {
      handler = given;
    },
    onWantMetrics: (given) => {
      measure = given;
    },
    sendMetrics: (message) => {
      metrics = connected ? message : undefined;
      carrier.onReport?.();
    },
    run,
  };
};
