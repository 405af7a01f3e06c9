/**
 * Which relay sessions are open, by credential and node, in the hub's own storage: memory does not outlast a sleep, and a revoked credential must end what it
 * began before one. A session that ended by itself stays noted until its day is over; ending it again does nothing.
 */
import type { Env } from './env.ts';
import { relayOf } from './rpc.ts';

export interface NotedStream {
  readonly node: string;
  readonly credentialId: string;
  readonly atMs: number;
}

const PREFIX = 'stream/';
/** Longer than a session is likely to last. */
const KEPT_MS = 24 * 3_600_000;

export const createStreamLedger = (storage: DurableObjectStorage, env: Env) => ({
  note: (session: string, stream: NotedStream): Promise<void> => storage.put(PREFIX + session, stream),

  /** Ends every session that matches. */
  end: async (matches: (stream: NotedStream) => boolean, reason: string): Promise<void> => {
    const found = [...(await storage.list<NotedStream>({ prefix: PREFIX }))].filter(([, stream]) => matches(stream));
    for (const [key] of found) await relayOf(env, key.slice(PREFIX.length)).end(reason);
    for (const [key] of found) await storage.delete(key);
  },

  dropOld: async (nowMs: number): Promise<void> => {
    for (const [key, { atMs }] of await storage.list<NotedStream>({ prefix: PREFIX }))
      if (nowMs - atMs > KEPT_MS) await storage.delete(key);
  },
});
