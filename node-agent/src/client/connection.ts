/**
 * How the agent reaches the control plane: one undici dispatcher that trusts the cluster's CA, the node's token, and what is made of them: API calls,
 * sync WebSockets, polls. Only outbound; redirects are not followed.
 */
import { Agent, fetch, WebSocket } from 'undici';
import { SYNC_SUBPROTOCOL } from '#schema/sync/protocol.ts';
import type { ApiClient } from '../context.ts';

export interface Connection {
  readonly api: ApiClient;
  /** Dials the sync endpoint. */
  dial(): WebSocket;
  /** One poll: frames up, frames down. @throws Error with the HTTP status in it */
  poll(body: string, waitMs: number, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

export interface ConnectionOptions {
  /** https://HOST:PORT */
  readonly server: string;
  /** PEM; absent where the control plane's certificate is publicly trusted. */
  readonly ca?: string;
  /** Asked for with every request: it may be renewed. */
  readonly token: () => string;
}

export const SYNC_PATH = '/kedge/v1/sync';

export const createConnection = ({ server, ca, token }: ConnectionOptions): Connection => {
  const dispatcher = new Agent({ connect: ca ? { ca, timeout: 10_000 } : { timeout: 10_000 }, allowH2: false });
  const authorization = (): Record<string, string> => ({ authorization: `Bearer ${token()}` });

  return {
    api: {
      request: async (path, init = {}) => {
        const response = await fetch(new URL(path, server), {
          method: init.method ?? 'GET',
          headers: { ...authorization(), ...init.headers },
          ...(init.body === undefined ? {} : { body: init.body }),
          ...(init.signal ? { signal: init.signal } : {}),
          redirect: 'error',
          dispatcher,
        });
        return response as unknown as Response;
      },
    },
    dial: () => {
      const url = new URL(SYNC_PATH, server);
      url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
      return new WebSocket(url, { protocols: [SYNC_SUBPROTOCOL], headers: authorization(), dispatcher });
    },
    poll: async (body, waitMs, signal) => {
      const url = new URL(SYNC_PATH, server);
      url.searchParams.set('waitMs', String(waitMs));
      const headers = { ...authorization(), 'content-type': 'application/json' };
      const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error', dispatcher });
      const text = await response.text();
      if (!response.ok) throw new Error(`the control plane answered ${response.status}: ${text.slice(0, 200)}`);
      return JSON.parse(text);
    },
    close: () => dispatcher.destroy(),
  };
};
