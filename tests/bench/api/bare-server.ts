/**
 * What the watch load is held against: a bare TLS server of Node.js that answers each watch with the same bytes at the same rate, knows no objects and reads
 * no store. What it cannot deliver in time on this machine, nobody can. Forked; told by message what to send and when to begin.
 */
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { CIPHERS } from '#control-plane/platform/node/http-server.ts';
import { nowMicros, stampText } from './pods.ts';

export interface BareOrder {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Of one line of a watch as the control plane writes it: what stands before its revision, between that and the stamp, and after. */
  readonly parts: readonly [string, string, string];
  readonly perSecond: number;
  readonly events: number;
}

/** Between two writes to each connection: about as often as the control plane writes to a thousand. */
const EVERY_MS = 25;
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';

/** A chunk of the events due, each with the time it was made. */
const chunkOf = ({ parts: [open, middle, close] }: BareOrder, from: number, to: number): Buffer => {
  const event = (sequence: number): string => `${open}${sequence + 1}${middle}${stampText(sequence, nowMicros())}${close}\n`;
  const text = Array.from({ length: to - from }, (_, i) => event(from + i)).join('');
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
};

/** Writes all pieces to its socket, in order, no faster than the peer reads. */
class Outlet {
  #sent = 0;
  #full = false;
  readonly #socket: TLSSocket;
  readonly #pieces: readonly Buffer[];

  constructor(socket: TLSSocket, pieces: readonly Buffer[]) {
    this.#socket = socket;
    this.#pieces = pieces;
    socket.on('error', () => undefined);
    socket.on('drain', () => {
      this.#full = false;
      this.flow();
    });
  }

  /** All that waits is one write: who is behind must not stay behind. */
  flow(): void {
    if (this.#full || this.#sent === this.#pieces.length) return;
    this.#socket.cork();
    while (this.#sent < this.#pieces.length) this.#full = !this.#socket.write(this.#pieces[this.#sent++]!);
    this.#socket.uncork();
  }
}

const run = (order: BareOrder): void => {
  const pieces: Buffer[] = [];
  const outlets: Outlet[] = [];
  const server = createServer({ cert: order.cert, key: order.key, ciphers: CIPHERS, honorCipherOrder: true }, (socket) => {
    socket.once('data', () => {
      socket.write(HEAD);
      outlets.push(new Outlet(socket, pieces));
    });
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
  process.once('message', () => {
    const startMs = performance.now();
    let made = 0;
    const tick = (): void => {
      const due = Math.min(order.events, Math.floor(((performance.now() - startMs) * order.perSecond) / 1000) + 1);
      if (due > made) pieces.push(chunkOf(order, made, due));
      made = due;
      for (const outlet of outlets) outlet.flow();
      if (made < order.events) setTimeout(tick, EVERY_MS);
      else process.send!('sent');
    };
    tick();
  });
};

process.once('message', run);
