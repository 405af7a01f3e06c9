/**
 * The two carriers of a conversation: a WebSocket (pinged every 20 s, given up after 50 s of silence) and polls that the server holds open. Each runs one
 * connection until it ends and says how.
 */
import type { WebSocket } from 'undici';
import type { ServerMessage } from '#schema/sync/protocol.ts';
import type { Clock, Logger } from '../context.ts';
import type { Heartbeat } from '../fencing/heartbeat.ts';
import type { Moment } from '../fencing/promises.ts';
import type { Connection } from './connection.ts';
import type { Conversation } from './conversation.ts';

export interface Ended {
  /** The connection came about: the next attempt may follow soon. */
  readonly opened: boolean;
  /** The server greeted. */
  readonly greeted: boolean;
  readonly reason: string;
}

export interface Carrier {
  readonly connection: Connection;
  readonly clock: Clock;
  readonly log: Logger;
  readonly heartbeat: Heartbeat;
  /** Set by a running transport: called when reports are waiting. */
  onReport: (() => void) | undefined;
}

const OPEN_MS = 15_000;
/** Before reports the server could not take are sent again. */
const RETRY_REPORTS_MS = 1_000;
const POLL_WAIT_MS = 25_000;

/** Resolves when the socket is closed; never throws. */
export const runWebSocket = (carrier: Carrier, conversation: Conversation, signal: AbortSignal): Promise<Ended> =>
  new Promise((resolve) => {
    const { clock, log, connection, heartbeat } = carrier;
    /** Pings that are not answered yet, and when each was sent. */
    const pinged: Moment[] = [];
    /** Ends the pause before the next one. */
    let nap = new AbortController();
    const ending = new AbortController();
    let opened = false;
    let lastHeardMs = clock.now();
    let socket: WebSocket;

    const end = (reason: string): void => {
      if (ending.signal.aborted) return;
      ending.abort();
      signal.removeEventListener('abort', stop);
      carrier.onReport = undefined;
      heartbeat.beat = undefined;
      try {
        socket?.close(1000);
      } catch {
        // was never open
      }
      resolve({ opened, greeted: conversation.greeted, reason });
    };
    const stop = (): void => end('stopping');

    const say = (messages: readonly unknown[]): void => {
      for (const message of messages) socket.send(JSON.stringify(message));
    };
    const report = (): void => {
      if (!ending.signal.aborted && opened) say(conversation.reports());
    };
    const reportLater = (): void => void clock.sleep(RETRY_REPORTS_MS, ending.signal).then(report);

    const pings = async (): Promise<void> => {
      const begunMs = clock.now();
      for (let waitMs = OPEN_MS; ; waitMs = heartbeat.intervalMs()) {
        nap = new AbortController();
        await clock.sleep(Math.min(waitMs, heartbeat.intervalMs()), AbortSignal.any([ending.signal, nap.signal]));
        if (ending.signal.aborted) return;
        if (!opened) {
          if (clock.now() - begunMs >= OPEN_MS) return end('no answer to the upgrade');
          continue;
        }
        if (clock.now() - lastHeardMs > heartbeat.silenceMs()) return end('nothing heard for too long');
        pinged.push(heartbeat.moment());
        socket.send('ping');
      }
    };

    const receive = (text: string): void => {
      lastHeardMs = clock.now();
      if (text === 'pong') {
        const sent = pinged.shift();
        // before the greeting nobody has said who answers
        if (sent && conversation.greeted) heartbeat.answered(sent);
        return;
      }
      const wasGreeted = conversation.greeted;
      say(conversation.receive(JSON.parse(text) as ServerMessage));
      if (conversation.goAway) end(conversation.goAway.reason);
      else if (conversation.retryReports) reportLater();
      else report();
      if (!wasGreeted && conversation.greeted) {
        heartbeat.beat = () => nap.abort();
        if (heartbeat.isNeeded()) nap.abort();
      }
    };

    if (signal.aborted) return resolve({ opened, greeted: false, reason: 'stopping' });
    signal.addEventListener('abort', stop, { once: true });
    try {
      socket = connection.dial();
    } catch (error) {
      return end(String(error));
    }
    socket.addEventListener('open', () => {
      opened = true;
      lastHeardMs = clock.now();
      carrier.onReport = report;
      say([conversation.hello()]);
    });
    socket.addEventListener('message', ({ data }) => {
      if (ending.signal.aborted || typeof data !== 'string') return;
      try {
        receive(data);
      } catch (error) {
        log.warn('a message of the control plane could not be handled', { error: String(error) });
        end('a message could not be handled');
      }
    });
    socket.addEventListener('error', (event) => end((event as { error?: Error }).error?.message ?? 'the connection failed'));
    socket.addEventListener('close', ({ code, reason }) => end(`closed ${code} ${reason}`.trim()));
    void pings().catch((error) => end(String(error)));
  });

/** Polls until the server sends away, a poll fails, or `untilMs` passed; never throws. */
export const runPolls = async (carrier: Carrier, conversation: Conversation, untilMs: number, signal: AbortSignal): Promise<Ended> => {
  const { clock, connection, heartbeat } = carrier;
  let opened = false;
  let answers: readonly unknown[] = [conversation.hello()];
  try {
    while (!signal.aborted && clock.now() < untilMs) {
      const waiting = new AbortController();
      const abort = (): void => waiting.abort();
      signal.addEventListener('abort', abort, { once: true });
      // news of ours ends the wait for theirs
      carrier.onReport = conversation.greeted ? abort : undefined;
      const messages = [...answers, ...conversation.reports()];
      const body = JSON.stringify(messages);
      try {
        const wait = messages.length > 0 ? 0 : Math.min(POLL_WAIT_MS, heartbeat.intervalMs());
        const sent = heartbeat.moment();
        const frames = (await connection.poll(body, wait, messages.length > 0 ? signal : waiting.signal)) as ServerMessage[];
        opened = true;
        answers = frames.flatMap((frame) => conversation.receive(frame));
        if (conversation.greeted) heartbeat.answered(sent);
        if (conversation.goAway) return { opened, greeted: conversation.greeted, reason: conversation.goAway.reason };
        if (conversation.retryReports) await clock.sleep(RETRY_REPORTS_MS, signal);
      } catch (error) {
        if (!waiting.signal.aborted || signal.aborted) throw error;
        answers = [];
      } finally {
        signal.removeEventListener('abort', abort);
        carrier.onReport = undefined;
      }
    }
    return { opened, greeted: conversation.greeted, reason: 'time for another try of the WebSocket' };
  } catch (error) {
    return { opened, greeted: conversation.greeted, reason: String(error) };
  }
};
