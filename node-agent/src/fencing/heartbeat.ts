/** What the connection to the control plane and whoever counts on it tell each other about heartbeats. */
import { PING_INTERVAL_MS } from '#schema/sync/protocol.ts';
import type { Moment } from './promises.ts';

export interface Heartbeat {
  /** Somebody counts on it now: connections are not waited for longer than its interval. */
  isNeeded(): boolean;
  /** Between two heartbeats, at most. */
  intervalMs(): number;
  /** A connection that is silent for this long is given up. */
  silenceMs(): number;
  /** To be taken before a heartbeat is sent, and given back when it was answered by a control plane that has greeted. */
  moment(): Moment;
  answered(sent: Moment): void;
  /** Set by the transport: sends one at once, if it can. */
  beat: (() => void) | undefined;
}

export const SILENCE_MS = 50_000;

/** Nobody counts on it. */
export const plainHeartbeat = (): Heartbeat => ({
  isNeeded: () => false,
  intervalMs: () => PING_INTERVAL_MS,
  silenceMs: () => SILENCE_MS,
  moment: () => ({ steadyMs: 0, wallMs: 0 }),
  answered: () => undefined,
  beat: undefined,
});
