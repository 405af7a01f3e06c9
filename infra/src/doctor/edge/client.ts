/** Requests of the measurements: counted, so that what was said before holds, and streams that can be read slowly. */
import { Agent, type Response, fetch as undiciFetch, WebSocket } from 'undici';
import type { ApiAccess } from '../../backup/api.ts';

export interface EdgeClient {
  /** So far. */
  readonly made: number;
  /** Whatever it answers. @throws Error when there is no answer */
  ask(method: string, path: string, body?: unknown): Promise<Response>;
  /** A stream that stays open until `signal` ends it. @throws Error */
  stream(method: string, path: string, signal: AbortSignal): Promise<Response>;
  socket(path: string): WebSocket;
  close(): Promise<void>;
}

export const createEdgeClient = ({ server, caPem, token }: ApiAccess): EdgeClient => {
  // a stream that says nothing is what some checks are about
  const dispatcher = new Agent({ connect: caPem === undefined ? {} : { ca: caPem }, bodyTimeout: 0, headersTimeout: 120_000 });
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'kedge-doctor' };
  let made = 0;
  const request = (method: string, path: string, more: { body?: string; signal?: AbortSignal }): Promise<Response> => {
    made++;
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    return undiciFetch(new URL(path, server), { method, dispatcher, headers: { ...headers, 'content-type': type }, ...more });
  };
  return {
    get made() {
      return made;
    },
    ask: (method, path, body) => request(method, path, body === undefined ? {} : { body: JSON.stringify(body) }),
    stream: (method, path, signal) => request(method, path, { signal }),
    socket: (path) => {
      made++;
      return new WebSocket(new URL(path, server.replace(/^http/, 'ws')), { dispatcher, headers });
    },
    close: () => dispatcher.destroy(),
  };
};

/** Asks and reads. @throws Error with the server's words */
export const answered = async (client: EdgeClient, method: string, path: string, body?: unknown): Promise<any> => {
  const response = await client.ask(method, path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${messageIn(text)}`);
  return JSON.parse(text);
};

export const messageIn = (text: string): string => {
  try {
    return String(JSON.parse(text).message ?? text).slice(0, 200);
  } catch {
    return text.replace(/\s+/g, ' ').slice(0, 200);
  }
};
