/**
 * POSTs on connections that are kept, for a store over HTTP on Node.js. The answer is read into one buffer for all connections and handed on from there:
 * `fetch` makes a stream of each, and a buffer of each piece, which costs ten times as much as the rest of a small call.
 */
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';
import type { Post, PostRequest } from '../../store/http/post.ts';
import { HttpAnswer } from './http-answer.ts';

/** Servers close what rests for five seconds, and what is sent just then is lost. */
const MAX_REST_MS = 4_000;

/** A read is handed on before the next begins. */
const room = Buffer.allocUnsafeSlow(65_536);

interface Call {
  readonly answer: HttpAnswer;
  readonly settle: (status: number) => void;
  readonly fail: (error: Error) => void;
}

class Connection {
  readonly #socket: Socket;
  readonly #rest: (connection: Connection) => void;
  #call: Call | undefined;
  #error: Error | undefined;

  /** `rest` is told when the connection can be used again. */
  constructor({ protocol, hostname, port }: URL, rest: (connection: Connection) => void) {
    this.#rest = rest;
    const host = hostname.replace(/^\[|\]$/g, '');
    const secure = protocol === 'https:';
    const onread = { buffer: room, callback: (length: number) => this.#read(length) };
    const options = { host, port: Number(port || (secure ? 443 : 80)), onread, ...(isIP(host) ? {} : { servername: host }) };
    this.#socket = secure ? connectSecurely(options) : connect(options);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', (error) => {
      this.#error = error;
    });
    this.#socket.on('close', () => this.#closed());
  }

  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  send({ url, headers, body, deadlineMs, take }: PostRequest): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#give(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs);
      const settle = (status: number): void => {
        clearTimeout(timer);
        resolve(status);
      };
      const fail = (error: Error): void => {
        clearTimeout(timer);
        reject(error);
      };
      this.#call = { answer: new HttpAnswer(take), settle, fail };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      const socket = this.#socket;
      socket.ref();
      socket.cork();
      socket.write(
        `POST ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n`,
        'latin1',
      );
      socket.write(body);
      socket.uncork();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(length: number): boolean {
    const call = this.#call;
    // Nobody asked: the place of what comes in no answer is known any more.
    if (!call) this.close();
    else {
      try {
        call.answer.take(room.subarray(0, length));
        if (call.answer.whole) this.#answered(call);
      } catch (error) {
        this.#give(error as Error);
      }
    }
    return true;
  }

  #answered({ answer, settle }: Call): void {
    this.#call = undefined;
    // An answer to a request that was not sent whole is the last one.
    if (answer.reusable && this.#socket.writableLength === 0) {
      this.#socket.unref();
      this.#rest(this);
    } else this.close();
    settle(answer.status);
  }

  #closed(): void {
    const call = this.#call;
    if (!call) return;
    try {
      if (this.#error) throw this.#error;
      call.answer.end();
      this.#answered(call);
    } catch (error) {
      this.#give(error as Error);
    }
  }

  #give(error: Error): void {
    const call = this.#call;
    this.#call = undefined;
    this.close();
    call?.fail(error);
  }
}

/** A connection for each call under way, kept for a moment for the next. A call that fails says nothing of whether the server got it. */
export const createPost = (steadyMs: () => number = () => performance.now()): Post => {
  const resting = new Map<string, { readonly connection: Connection; readonly sinceMs: number }[]>();
  return (request) => {
    const { origin } = request.url;
    const kept = resting.get(origin) ?? [];
    resting.set(origin, kept);
    const freshMs = steadyMs() - MAX_REST_MS;
    const usable = kept.filter(({ connection, sinceMs }) => {
      if (sinceMs < freshMs) connection.close();
      return connection.usable;
    });
    const connection =
      usable.pop()?.connection ??
      new Connection(request.url, (one) => void resting.get(origin)!.push({ connection: one, sinceMs: steadyMs() }));
    resting.set(origin, usable);
    return connection.send(request);
  };
};
