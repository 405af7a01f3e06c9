/**
 * Signs of life of a hub's agents, over its sleeps: pings are answered without waking it, and their times survive; what else was heard is kept in its storage.
 * Liveness is evidence over time: what was known before a sleep still holds, what was known before a long absence does not.
 */
import { type Hello, PING_INTERVAL_MS } from '#schema/sync/protocol.ts';
import type { Credential, Liveness } from '../../hub/hub.ts';
import type { Clock } from '../platform.ts';
import { closeQuietly } from './sockets.ts';

/** What an agent's socket remembers over a sleep: how it greeted, with what it was last sent. */
export interface AgentAttachment {
  readonly kind: 'agent';
  readonly node: string;
  /** When it connected: a sign of life before the first ping. */
  readonly sinceMs?: number;
  readonly credential?: Credential;
  readonly hello?: Hello;
}

/** Two pings and a half. */
const SILENCE_MS = PING_INTERVAL_MS * 2.5;
/** Evidence about nodes is continuous while the object was awake at least this often (its alarm wakes it while a node is there). */
const GAP_MS = 3 * 60_000;
/** A silence that began this recently is news. */
const FRESH_MS = 60_000;
/** A node not heard for this long is forgotten; its Node object says the rest. */
const FORGET_MS = 24 * 3_600_000;

type Sockets = Pick<DurableObjectState, 'getWebSockets' | 'getWebSocketAutoResponseTimestamp'>;

export class NodeSigns {
  readonly #sockets: Sockets;
  readonly #storage: DurableObjectStorage;
  readonly #clock: Clock;
  readonly #lastHeard = new Map<string, number>();
  #observingSinceMs: number;
  /** When it was last written down that the object is awake. */
  #awakeMs = 0;

  constructor(sockets: Sockets, storage: DurableObjectStorage, clock: Clock) {
    this.#sockets = sockets;
    this.#storage = storage;
    this.#clock = clock;
    this.#observingSinceMs = clock.now();
  }

  /** Once, before anything else. */
  async recall(): Promise<void> {
    const awake = (await this.#storage.get<{ atMs: number; sinceMs: number }>('awake')) ?? { atMs: 0, sinceMs: 0 };
    const now = this.#clock.now();
    if (now - awake.atMs < GAP_MS && now >= awake.atMs) this.#observingSinceMs = awake.sinceMs;
    for (const [key, atMs] of await this.#storage.list<number>({ prefix: 'heard/' })) this.#lastHeard.set(key.slice(6), atMs);
    // connections that a deploy or a crash ended without a word: they may have been heard until now, and pods are replaced by that time
    for (const key of (await this.#storage.list({ prefix: 'open/' })).keys()) {
      const node = key.slice(5);
      if (this.#of(node).length > 0) continue;
      await this.#keep(node, now);
      await this.#storage.delete(key);
    }
    this.#awakeMs = awake.atMs;
    await this.stayAwake();
  }

  /** Writes down that the object watches, now and then. */
  async stayAwake(): Promise<void> {
    const atMs = this.#clock.now();
    if (Math.abs(atMs - this.#awakeMs) < FRESH_MS) return;
    this.#awakeMs = atMs;
    await this.#storage.put('awake', { atMs, sinceMs: this.#observingSinceMs });
  }

  heard(node: string): void {
    this.#lastHeard.set(node, this.#clock.now());
  }

  /** For who has no socket that would remember it over a sleep. */
  heardForGood(node: string): Promise<void> {
    return this.#keep(node, this.#clock.now());
  }

  async opened(node: string, sinceMs: number): Promise<void> {
    this.#lastHeard.set(node, sinceMs);
    await this.#storage.put(`open/${node}`, true);
  }

  async closed(node: string, socket: WebSocket): Promise<void> {
    await this.#keep(node, this.#lastSign(node, socket));
    const others = this.#of(node).some((other) => other !== socket && other.readyState === WebSocket.READY_STATE_OPEN);
    if (!others) await this.#storage.delete(`open/${node}`);
  }

  isAlive(node: string, socket: WebSocket): boolean {
    return socket.readyState === WebSocket.READY_STATE_OPEN && this.#clock.now() - this.#lastSign(node, socket) < SILENCE_MS;
  }

  liveness(): Liveness {
    const nodes = new Map([...this.#lastHeard].map(([node, lastHeardMs]) => [node, { node, lastHeardMs, connected: false }]));
    for (const [node, socket] of this.#agents()) {
      const known = nodes.get(node)?.lastHeardMs ?? 0;
      const lastHeardMs = Math.max(known, this.#lastSign(node, socket));
      nodes.set(node, { node, lastHeardMs, connected: (nodes.get(node)?.connected ?? false) || this.isAlive(node, socket) });
    }
    return { nodes: [...nodes.values()], observingSinceMs: this.#observingSinceMs };
  }

  /** Wakes the object at the moment the first of the nodes heard now would have been silent for too long. */
  async watch(): Promise<void> {
    const now = this.#clock.now();
    const silentAt = this.liveness()
      .nodes.map(({ lastHeardMs }) => lastHeardMs + SILENCE_MS)
      .filter((atMs) => atMs > now);
    if (silentAt.length === 0) return;
    const atMs = Math.min(...silentAt) + 100;
    const armed = await this.#storage.getAlarm();
    if (armed === null || armed < now || armed > atMs) await this.#storage.setAlarm(atMs);
  }

  async isWatching(): Promise<boolean> {
    return (await this.#storage.getAlarm()) !== null;
  }

  /** Some node has been silent for too long since a moment ago. */
  fellSilent(): boolean {
    const now = this.#clock.now();
    return this.liveness().nodes.some(({ lastHeardMs }) => now - lastHeardMs >= SILENCE_MS && now - lastHeardMs < SILENCE_MS + FRESH_MS);
  }

  /** A socket that stays open but never pings raises no event: absence is looked for. */
  async dropSilent(): Promise<void> {
    for (const [node, socket] of this.#agents()) {
      if (this.isAlive(node, socket)) continue;
      await this.closed(node, socket);
      closeQuietly(socket, 1001, 'nothing heard for too long');
    }
  }

  async forgetOld(): Promise<void> {
    for (const [node, atMs] of this.#lastHeard) {
      if (this.#clock.now() - atMs < FORGET_MS || this.#of(node).length > 0) continue;
      this.#lastHeard.delete(node);
      await this.#storage.delete(`heard/${node}`);
    }
  }

  #of(node: string): WebSocket[] {
    return this.#sockets.getWebSockets(`node:${node}`);
  }

  #agents(): (readonly [string, WebSocket])[] {
    return this.#sockets.getWebSockets('agent').map((socket) => [(socket.deserializeAttachment() as AgentAttachment).node, socket]);
  }

  #lastSign(node: string, socket: WebSocket): number {
    const pinged = this.#sockets.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    const { sinceMs = 0 } = socket.deserializeAttachment() as AgentAttachment;
    return Math.max(pinged, sinceMs, this.#lastHeard.get(node) ?? 0);
  }

  async #keep(node: string, atMs: number): Promise<void> {
    this.#lastHeard.set(node, atMs);
    await this.#storage.put(`heard/${node}`, atMs);
  }
}
