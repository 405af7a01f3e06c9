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
  return {
    send: async (method, path, { body, type = 'application/json', accept = 'application/json' } = {}) => {
      const startMs = performance.now();
      const answer = await dispatcher.request({
        origin: access.url,
        path,
        method: method as 'GET',
        headers: {
          authorization: `Bearer ${access.token}`,
          accept,
          'user-agent': 'bench/1',
          ...(body === undefined ? {} : { 'content-type': type }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const chunks: Buffer[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      const ms = performance.now() - startMs;
      const bytes = chunks.reduce((size, chunk) => size + chunk.length, 0);
      return { status: answer.statusCode, ms, bytes, json: () => JSON.parse(Buffer.concat(chunks).toString()) };
    },
    close: () => dispatcher.destroy(),
  };
};
