/**
 * One session's relay as a Durable Object: the client's and the agent's hibernating WebSockets, frames copied verbatim. Its sockets cannot be paused: the
 * agent is granted what the client has taken, and a client that sends more than the agent takes is held by the object standing still, for moments only.
 * An idle shell sleeps for free.
 */
import { DurableObject } from 'cloudflare:workers';
import { GREETING_AHEAD, grantFrame, isWindowWord, takenBytes } from '#schema/sync/stream-window.ts';
import type { Credential, StreamOpen } from '../../hub/hub.ts';
import { type Frame, frameSize } from '../../relay/frame-queue.ts';
import { AHEAD_BYTES, Outlet, WINDOW_BYTES } from '../../relay/outlet.ts';
import { ABNORMAL, WENT_AWAY } from '../../relay/splice.ts';
import { STALL_MS, systemTiming } from '../../relay/timing.ts';
import type { Env } from './env.ts';
import { meterEvents } from './meter.ts';
import { CREDENTIAL_HEADER, hubOf, NODE_HEADER, OPEN_HEADER, PROTOCOL_HEADER, type RelayRpc } from './rpc.ts';
import { buffered, closeQuietly } from './sockets.ts';

const DIAL_BACK_MS = 10_000;
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

type Side = 'client' | 'agent';
const other = { client: 'agent', agent: 'client' } as const;

/** What is known of a socket however long the object slept. */
interface Attachment {
  readonly side: Side;
  /** Agent: it knows of windows. */
  readonly granted?: boolean;
  /** Agent: it says what was taken. */
  readonly tells?: boolean;
}

const attachmentOf = (socket: WebSocket): Attachment => socket.deserializeAttachment() as Attachment;

const upgraded = (socket: WebSocket, protocol: string): Response =>
  new Response(null, { status: 101, webSocket: socket, ...(protocol ? { headers: { 'sec-websocket-protocol': protocol } } : {}) });

export class RelayObject extends DurableObject<Env> implements RelayRpc {
  /** How long the client waits for the agent. */
  protected get dialBackMs(): number {
    return DIAL_BACK_MS;
  }
  protected get stallMs(): number {
    return STALL_MS;
  }
  /** The node whose agent may come, while the client waits for it. */
  #waiting: { readonly node: string; readonly arrived: () => void } | undefined;
  readonly #outlets: Partial<Record<Side, Outlet>> = {};
  /** Bytes sent to the agent, less those it said were taken. A sleep forgets them, and comes only when there are few. */
  #ahead = 0;

  override async fetch(request: Request): Promise<Response> {
    const node = request.headers.get(NODE_HEADER) ?? '';
    const protocol = request.headers.get(PROTOCOL_HEADER) ?? '';
    return new URL(request.url).pathname === '/agent' ? this.#agent(node, protocol) : this.#client(node, protocol, request);
  }

  #accept(side: Side): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [side]);
    server.serializeAttachment({ side } satisfies Attachment);
    return client;
  }

  async #client(node: string, protocol: string, request: Request): Promise<Response> {
    const open = JSON.parse(decodeURIComponent(request.headers.get(OPEN_HEADER) ?? '')) as StreamOpen;
    const { id, expiresMs }: Credential = JSON.parse(decodeURIComponent(request.headers.get(CREDENTIAL_HEADER) ?? '{"id":""}'));
    const unreachable = `node "${node}" cannot be reached: its agent`;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const arrived = new Promise<boolean>((resolve) => {
      this.#waiting = { node, arrived: () => resolve(true) };
      timer = setTimeout(() => resolve(false), this.dialBackMs);
    });
    try {
      if (!(await hubOf(this.env).openStream(node, open, id))) return new Response(`${unreachable} is not connected`, { status: 503 });
      if (!(await arrived)) return new Response(`${unreachable} did not answer within ${this.dialBackMs / 1000} s`, { status: 504 });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
    if (expiresMs !== undefined) await this.ctx.storage.setAlarm(expiresMs);
    const socket = this.#accept('client');
    // what the agent sent while the client was not there yet
    for (const frame of this.#early.splice(0)) this.#outlet('client')?.push(frame);
    if (this.#earlyEnd) closeQuietly(this.#socket('client') as WebSocket, ...this.#earlyEnd);
    return upgraded(socket, protocol);
  }

  #agent(node: string, protocol: string): Response {
    const waiting = this.#waiting;
    if (!waiting || waiting.node !== node) return new Response('no such session', { status: 404 });
    this.#waiting = undefined;
    const socket = this.#accept('agent');
    waiting.arrived();
    return upgraded(socket, protocol);
  }

  /** The client's credential has come to its end. */
  override alarm(): Promise<void> {
    return this.end('the credential has expired');
  }

  async end(reason: string): Promise<void> {
    this.#close(POLICY_VIOLATION, reason);
  }

  readonly #early: Frame[] = [];
  #earlyEnd: readonly [code: number, reason: string] | undefined;

  #socket(side: Side): WebSocket | undefined {
    return this.ctx.getWebSockets(side)[0];
  }

  #outlet(side: Side): Outlet | undefined {
    const existing = this.#outlets[side];
    if (existing) return existing;
    const socket = this.#socket(side);
    if (!socket) return undefined;
    const outlet = new Outlet({
      send: (frame) => {
        if (socket.readyState !== WebSocket.READY_STATE_OPEN) return;
        socket.send(frame);
        if (side === 'agent') this.#ahead += frameSize(frame);
      },
      buffered: () => (side === 'agent' ? this.#behind(socket) : buffered(socket)),
      timing: systemTiming,
      stallMs: this.stallMs,
      ...(side === 'client' ? { onTaken: (bytes) => this.#grant(bytes) } : { blocked: () => this.#agentWaits() }),
      onStalled: (reason) => this.#close(INTERNAL_ERROR, reason),
    });
    this.#outlets[side] = outlet;
    return outlet;
  }

  /** What the agent has not taken: an agent that must read takes all from the network, so its word counts, beyond what it may hold. */
  #behind(agent: WebSocket): number {
    const inSocket = buffered(agent);
    return attachmentOf(agent).tells ? Math.max(inSocket, this.#ahead - AHEAD_BYTES) : inSocket;
  }

  #isGranted(): boolean {
    const agent = this.#socket('agent');
    return agent?.readyState === WebSocket.READY_STATE_OPEN && attachmentOf(agent).granted === true;
  }

  /** It has sent all it may. */
  #agentWaits(): boolean {
    return (this.#outlets.client?.untold ?? 0) >= WINDOW_BYTES && this.#isGranted();
  }

  #grant(bytes: number): void {
    if (!this.#isGranted()) return;
    this.#socket('agent')?.send(grantFrame(bytes));
    this.#outlets.agent?.unblock();
  }

  #close(code: number, reason: string): void {
    for (const socket of this.ctx.getWebSockets()) closeQuietly(socket, code, reason);
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const { side } = attachmentOf(socket);
    if (typeof data === 'string' && isWindowWord(data)) {
      // a client does not speak for the relay
      if (side === 'agent') this.#heed(socket, data);
      return;
    }
    const frame = typeof data === 'string' ? data : new Uint8Array(data);
    const outlet = this.#outlet(other[side]);
    if (!outlet) {
      this.#early.push(frame);
      return;
    }
    this.#outlets[side]?.eased();
    outlet.push(frame);
    if (outlet.mustHold) await this.ctx.blockConcurrencyWhile(() => outlet.hold(() => this.#outlets[side]?.tell()));
  }

  #heed(agent: WebSocket, word: string): void {
    const taken = takenBytes(word);
    if (taken === undefined)
      agent.serializeAttachment({ side: 'agent', granted: true, tells: word === GREETING_AHEAD } satisfies Attachment);
    else {
      this.#ahead -= taken;
      this.#outlets.agent?.eased();
    }
  }

  override async webSocketClose(socket: WebSocket, code: number, said: string): Promise<void> {
    const reason = code === ABNORMAL ? WENT_AWAY : said;
    const { side } = attachmentOf(socket);
    const peer = this.#socket(other[side]);
    if (peer) {
      this.#outlet(other[side])?.end();
      closeQuietly(peer, code, reason);
    } else this.#earlyEnd = [code, reason];
    this.#outlets[side]?.end();
    closeQuietly(socket, code, reason);
  }

  override webSocketError(socket: WebSocket): Promise<void> {
    return this.webSocketClose(socket, INTERNAL_ERROR, WENT_AWAY);
  }
}

meterEvents(RelayObject, 'RelayObject');
