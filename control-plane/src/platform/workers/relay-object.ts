/**
 * One session's relay as a Durable Object: the client's and the agent's hibernating WebSockets, frames copied verbatim. A reader that does not drain holds
 * the object's input, which throttles the writer. An idle shell sleeps for free.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Credential, StreamOpen } from '../../hub/hub.ts';
import type { Env } from './env.ts';
import { meterEvents } from './meter.ts';
import { CREDENTIAL_HEADER, hubOf, NODE_HEADER, OPEN_HEADER, PROTOCOL_HEADER, type RelayRpc } from './rpc.ts';
import { closeQuietly, drained, isFull } from './sockets.ts';

const DIAL_BACK_MS = 10_000;
/** `blockConcurrencyWhile` may last 30 s; a reader that takes nothing for this long is given up. */
const STALL_MS = 25_000;
const POLICY_VIOLATION = 1008;

type Side = 'client' | 'agent';
const other = { client: 'agent', agent: 'client' } as const;

const upgraded = (socket: WebSocket, protocol: string): Response =>
  new Response(null, { status: 101, webSocket: socket, ...(protocol ? { headers: { 'sec-websocket-protocol': protocol } } : {}) });

export class RelayObject extends DurableObject<Env> implements RelayRpc {
  /** How long the client waits for the agent. */
  protected readonly dialBackMs: number = DIAL_BACK_MS;
  /** The node whose agent may come, while the client waits for it. */
  #waiting: { readonly node: string; readonly arrived: () => void } | undefined;

  override async fetch(request: Request): Promise<Response> {
    const node = request.headers.get(NODE_HEADER) ?? '';
    const protocol = request.headers.get(PROTOCOL_HEADER) ?? '';
    return new URL(request.url).pathname === '/agent' ? this.#agent(node, protocol) : this.#client(node, protocol, request);
  }

  #accept(side: Side): WebSocket {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server, [side]);
    server.serializeAttachment(side);
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
    for (const frame of this.#early.splice(0)) this.#peer('agent')?.send(frame);
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
    for (const socket of this.ctx.getWebSockets()) closeQuietly(socket, POLICY_VIOLATION, reason);
  }

  readonly #early: (string | ArrayBuffer)[] = [];

  #peer(side: Side): WebSocket | undefined {
    return this.ctx.getWebSockets(other[side])[0];
  }

  override async webSocketMessage(socket: WebSocket, data: string | ArrayBuffer): Promise<void> {
    const side = socket.deserializeAttachment() as Side;
    const peer = this.#peer(side);
    if (!peer) {
      this.#early.push(data);
      return;
    }
    peer.send(data);
    if (!isFull(peer)) return;
    await this.ctx.blockConcurrencyWhile(async () => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const stalled = new Promise<true>((resolve) => {
        timer = setTimeout(() => resolve(true), STALL_MS);
      });
      const gaveUp = await Promise.race([drained(peer), stalled]).finally(() => clearTimeout(timer));
      if (!gaveUp) return;
      closeQuietly(peer, 1011, 'no progress for too long');
      closeQuietly(socket, 1011, 'no progress for too long');
    });
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string): Promise<void> {
    const peer = this.#peer(socket.deserializeAttachment() as Side);
    if (peer) closeQuietly(peer, code, reason);
    closeQuietly(socket, code, reason);
  }

  override webSocketError(socket: WebSocket): Promise<void> {
    return this.webSocketClose(socket, 1011, 'the other side went away');
  }
}

meterEvents(RelayObject, 'RelayObject');
