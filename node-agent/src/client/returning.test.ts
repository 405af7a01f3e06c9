/** When an agent comes back after its connection ended: within what the server asked for, so that a deploy of a large cluster is no stampede. */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { PROTOCOL_VERSION, SYNC_SUBPROTOCOL, viewDigest } from '#schema/sync/protocol.ts';
import type { Clock } from '../context.ts';
import { createSyncClient } from './sync-client.ts';

const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A server that greets, gives an empty view and ends the connection; resolves with the pause that the agent made then. */
const pauseAfter = async (
  greeting: object,
  random: number,
  end: (socket: { send(text: string): void; close(): void }) => void,
): Promise<number> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => SYNC_SUBPROTOCOL });
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      if (JSON.parse(String(data)).type !== 'hello') return;
      const known = { clusterUid: 'c1', incarnation: 'i1', revision: 7 };
      const versions = { protocolMin: PROTOCOL_VERSION, protocolMax: PROTOCOL_VERSION, version: 'test', features: [] };
      socket.send(JSON.stringify({ type: 'hello', ...versions, ...known, ...greeting }));
      socket.send(JSON.stringify({ type: 'view', ...known, complete: true, put: {}, remove: [], digest: viewDigest([]) }));
      end(socket);
    });
  });
  const stopping = new AbortController();
  const dir = await mkdtemp(join(tmpdir(), 'kedge-returning-'));
  closing.push(() => rm(dir, { recursive: true, force: true }));
  const pauses = Promise.withResolvers<number>();
  const clock: Clock = {
    now: () => Date.now(),
    sleep: async (ms, signal) => {
      // the pause between two connections is the one that ends with the agent; what a connection times out by never comes
      if (signal !== stopping.signal) return signal && new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      pauses.resolve(ms);
      stopping.abort();
    },
  };
  const client = createSyncClient({
    ...{ server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: () => 't', clusterUid: 'c1', nodeName: 'n1' },
    ...{ dir, version: 'test', clock, random: () => random, log },
  });
  await client.run(stopping.signal);
  return pauses.promise;
};

const cut = (socket: { close(): void }) => socket.close();

it.each([
  ['a server says nothing', {}, 0.5, 150],
  ['it has few agents', { returnWithinMs: 20 }, 0.5, 150],
  ['it has many', { returnWithinMs: 10_000 }, 0.5, 5_000],
  ['it is another moment for each', { returnWithinMs: 10_000 }, 0.9, 9_000],
  ['it asks too much', { returnWithinMs: 1e12 }, 0.5, 15_000],
])('after an end without a word when %s', async (_, greeting, random, expected) => {
  expect(await pauseAfter(greeting, random, cut)).toBe(expected);
});

it('no earlier than asked by a server that says when it goes', async () => {
  const goAway = { type: 'goAway', reason: 'a deploy', retryAfterMs: 500, final: false };
  const end = (socket: { send(text: string): void; close(): void }) => {
    socket.send(JSON.stringify(goAway));
    socket.close();
  };
  expect(await pauseAfter({ returnWithinMs: 100 }, 0.5, end)).toBe(562.5);
  expect(await pauseAfter({ returnWithinMs: 10_000 }, 0.5, end)).toBe(5_000);
});
