/** The contracts of hub and relay, kept by the Durable Objects in real workerd. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { describeHub, type OpenedHub } from '#control-plane/hub/contract.ts';
import type { FollowBatch, FollowFilter, Hub } from '#control-plane/hub/hub.ts';
import { describeRelay, type OpenedRelay } from '#control-plane/relay/contract.ts';
import { AHEAD_BYTES, WINDOW_BYTES } from '#control-plane/relay/outlet.ts';
import { type Store, StoreError } from '#control-plane/store/store.ts';
import { startHranaServer } from '#infra/hrana/server.ts';
import { GREETING, GREETING_AHEAD, grantedBytes, grantFrame, takenFrame } from '#schema/sync/stream-window.ts';
import { freePort } from '../harness/free-port.ts';
import { repoDir } from '../harness/paths.ts';
import { type Dev, startDev } from './dev.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

let dir: string;
let origin: string;
let dev: Dev;
let output = '';

const keys = { tokenHmacKey: btoa('h'.repeat(32)), saSigningKey: {}, sealingKeys: [{ id: 'k1', key: btoa('x'.repeat(32)) }] };

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-contracts-'));
  mkdirSync(join(dir, 'state'));
  const binding = (name: string, className: string) => `[[durable_objects.bindings]]\nname = "${name}"\nclass_name = "${className}"\n`;
  writeFileSync(
    join(dir, 'wrangler.toml'),
    `name = "contracts"
main = "${join(repoDir, 'control-plane/src/platform/workers/contract-worker.ts')}"
compatibility_date = "2026-08-04"
compatibility_flags = ["enable_request_signal", "request_signal_passthrough"]
[alias]
util = "${join(repoDir, 'control-plane/src/platform/workers/util.ts')}"
${binding('HUB', 'ContractHub')}${binding('RELAY', 'ContractRelay')}${binding('LOOP', 'ContractLoop')}
[[migrations]]
tag = "v1"
new_sqlite_classes = ["ContractHub", "ContractRelay", "ContractLoop"]
`,
  );
  writeFileSync(
    join(dir, 'variables'),
    `KEDGE_CLUSTER_UID='x-0'\nKEDGE_DATABASE_URL='none'\nKEDGE_POD_CIDR='10.64.0.0/16'\nKEDGE_SERVICE_CIDR='10.96.0.0/16'\nKEDGE_BOOTSTRAP_TOKENS='[]'\nKEDGE_KEYS='${JSON.stringify(keys)}'\nKEDGE_LIMITS='free'\n`,
  );
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  dev = await startDev({
    ...{ config: join(dir, 'wrangler.toml'), variables: join(dir, 'variables'), state: join(dir, 'state'), port },
    answers: async () => (await fetch(origin, { signal: AbortSignal.timeout(15_000) })).ok,
    said: (text) => {
      output += text;
    },
  });
});
afterAll(async () => {
  if (process.env.KEDGE_TEST_LOG) console.log(output);
  await dev?.stop();
  rmSync(dir, { recursive: true, force: true });
});

type Answered = { readonly ok?: unknown; readonly error?: { readonly reason: never; readonly message: string } };

const unwrapped = ({ ok, error }: Answered): unknown => {
  if (error) throw new StoreError(error.reason, error.message);
  return ok;
};

/** A cluster of its own: its database, and doors to its objects. */
const openCluster = async () => {
  const folder = mkdtempSync(join(dir, 'db-'));
  const database = await startHranaServer({ path: join(folder, 'k.db'), port: 0 });
  const base = `${origin}/${crypto.randomUUID().slice(0, 8)}-${new URL(database.url).port}`;
  const call = async (part: string, method: string, args: readonly unknown[]): Promise<unknown> => {
    const response = await fetch(`${base}/${part}/${method}`, { method: 'POST', body: JSON.stringify(args) });
    if (!response.ok) throw new Error(`${part}.${method}: ${await response.text()}`);
    return unwrapped((await response.json()) as Answered);
  };
  const doors = <T extends object>(part: string, own: object = {}): T =>
    new Proxy(own as T, {
      get: (target, method) => {
        const away = (...args: unknown[]) => call(part, String(method), args);
        // whoever awaits it must not take it for a promise
        return Reflect.get(target, method) ?? (method === 'then' ? undefined : away);
      },
    });
  async function* follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncGenerator<FollowBatch, void> {
    try {
      const query = encodeURIComponent(JSON.stringify({ filter, after }));
      const response = await fetch(`${base}/follow?q=${query}`, { signal });
      let rest = '';
      for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop()!;
        for (const part of parts) if (part !== '') yield unwrapped(JSON.parse(part)) as FollowBatch;
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  return { base, call, hub: doors<Hub>('hub', { follow }), store: doors<Store>('store'), close: () => database.close() };
};

describeHub('the hub object', async (): Promise<OpenedHub> => {
  const { hub, store, call, close } = await openCluster();
  return {
    hub,
    store,
    mend: async () => void (await call('object', 'tick', [])),
    close,
  };
});

const openRelay = async (): Promise<OpenedRelay> => {
  const { base, close } = await openCluster();
  const url = base.replace('http', 'ws');
  const agent = new WebSocket(`${url}/agent/n1`, 'kedge.sync.v1');
  await new Promise((resolve, reject) => {
    agent.once('open', resolve);
    agent.once('error', reject);
  });
  return {
    clientUrl: `${url}/relay/client/n1`,
    hastyUrl: `${url}/relay/hasty/n1`,
    hastySeconds: 1,
    briefUrl: `${url}/relay/brief/n1`,
    absentUrl: `${url}/relay/client/n2`,
    agentUrl: (session) => `${url}/relay/agent/${session}`,
    nextSession: () =>
      new Promise((resolve) => {
        agent.on('message', function listen(data) {
          const message = JSON.parse(data.toString()) as { type: string; session: string };
          if (message.type !== 'openStream') return;
          agent.off('message', listen);
          resolve(message.session);
        });
      }),
    close: async () => {
      agent.terminate();
      await close();
    },
  };
};

describeRelay('the relay object', openRelay);

describe('the relay object', () => {
  it('grants an agent that greets it what the client has taken, and keeps their words from everybody else', async () => {
    const relay = await openRelay();
    const session = relay.nextSession();
    const client = new WebSocket(relay.clientUrl, 'v5.channel.k8s.io', { perMessageDeflate: false });
    const agent = new WebSocket(relay.agentUrl(await session), 'kedge.stream.v1', { perMessageDeflate: false });
    const atClient: (number | string)[] = [];
    const atAgent: string[] = [];
    client.on('message', (data: Buffer, isBinary) => atClient.push(isBinary ? data.length : data.toString()));
    agent.on('message', (data: Buffer) => atAgent.push(data.toString()));
    const granted = () => atAgent.reduce((sum, text) => sum + (grantedBytes(text) ?? 0), 0);
    try {
      await Promise.all([client, agent].map((ws) => new Promise((resolve) => ws.once('open', resolve))));
      agent.send(GREETING);
      for (let i = 0; i < 20; i++) agent.send(new Uint8Array(1_000));
      await expect.poll(granted).toBe(20_000);
      client.send(grantFrame(1_000_000));
      client.send('a word of its own');
      await expect.poll(() => atAgent.at(-1)).toBe('a word of its own');
      await expect.poll(() => [granted(), atClient]).toEqual([20_000, Array(20).fill(1_000)]);
      client.pause();
      // more than the kernel takes in: what the client has not read is not granted
      let sent = 20_000;
      for (let before = -1; before !== granted(); ) {
        before = granted();
        while (sent - granted() < WINDOW_BYTES) {
          agent.send(new Uint8Array(64 * 1024));
          sent += 64 * 1024;
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(sent).toBeLessThan(64 * 1024 * 1024);
      client.resume();
      await expect.poll(granted, { timeout: 120_000 }).toBe(sent);
    } finally {
      client.terminate();
      agent.terminate();
      await relay.close();
    }
  });

  it('sends an agent that says what was taken not much more than that, however fast it reads', async () => {
    const relay = await openRelay();
    const session = relay.nextSession();
    const client = new WebSocket(relay.clientUrl, 'v5.channel.k8s.io', { perMessageDeflate: false });
    const agent = new WebSocket(relay.agentUrl(await session), 'kedge.stream.v1', { perMessageDeflate: false });
    const frameBytes = 64 * 1024;
    const frames = 1_024;
    let read = 0;
    let said = 0;
    const say = (): void => {
      agent.send(takenFrame(read - said));
      said = read;
    };
    try {
      await Promise.all([client, agent].map((ws) => new Promise((resolve) => ws.once('open', resolve))));
      agent.send(GREETING_AHEAD);
      const atClient: string[] = [];
      client.on('message', (data: Buffer) => atClient.push(data.toString()));
      agent.send('ready');
      await expect.poll(() => atClient).toEqual(['ready']);
      agent.on('message', (data: Buffer) => {
        read += data.length;
      });
      for (let i = 0; i < frames; i++) client.send(new Uint8Array(frameBytes));
      for (let before = -1; before !== read >> 20; ) {
        before = read >> 20;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      expect(read).toBeGreaterThan(AHEAD_BYTES / 2);
      expect(read).toBeLessThan(AHEAD_BYTES + 4 * 1024 * 1024);
      agent.on('message', () => {
        if (read - said >= AHEAD_BYTES / 4) say();
      });
      say();
      await expect.poll(() => read, { timeout: 120_000 }).toBe(frames * frameBytes);
      expect(atClient).toEqual(['ready']);
    } finally {
      client.terminate();
      agent.terminate();
      await relay.close();
    }
  });
});
