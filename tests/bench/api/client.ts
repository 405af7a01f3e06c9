/** A client over TLS with as many connections as it is given. Answers are counted; what is no success is returned, never thrown. */
import { Agent } from 'undici';
import type { Access } from './plane.ts';

export interface Reply {
  readonly status: number;
  readonly ms: number;
  /** Parsed only when asked. */
  json(): any;
  readonly bytes: number;
}

export interface Client {
  send(
    method: string,
    path: string,
    options?: { readonly body?: unknown; readonly type?: string; readonly accept?: string },
  ): Promise<Reply>;
  close(): Promise<void>;
}

export const createClient = (access: Access, connections = 1): Client => {
  const dispatcher = new Agent({
    connect: { ca: access.ca, timeout: 60_000 },
    connections,
    pipelining: 1,
    bodyTimeout: 0,
    headersTimeout: 0,
    keepAliveTimeout: 120_000,
  });
  const headersOf = (accept: string) => ({ authorization: `Bearer ${access.token}`, accept, 'user-agent': 'bench/1' });
  return {
    send: (method, path, { body, type = 'application/json', accept = 'application/json' } = {}) =>
      new Promise((resolve, reject) => {
        const startMs = performance.now();
        const chunks: Buffer[] = [];
        let status = 0;
        const carried = body === undefined ? undefined : { type, text: JSON.stringify(body) };
        dispatcher.dispatch(
          {
            origin: access.url,
            path,
            method: method as 'GET',
            headers: { ...headersOf(accept), ...(carried && { 'content-type': carried.type }) },
            ...(carried && { body: carried.text }),
          },
          // no stream for each answer: its cost would be the server's delay
          {
            onRequestStart: () => undefined,
            onResponseStart: (_, code) => {
              status = code;
            },
            onResponseData: (_, chunk) => {
              chunks.push(chunk);
            },
            onResponseEnd: () => {
              const ms = performance.now() - startMs;
              const bytes = chunks.reduce((size, chunk) => size + chunk.length, 0);
              resolve({ status, ms, bytes, json: () => JSON.parse(Buffer.concat(chunks).toString()) });
            },
            onResponseError: (_, error) => reject(error),
          },
        );
      }),
    close: () => dispatcher.destroy(),
  };
};
