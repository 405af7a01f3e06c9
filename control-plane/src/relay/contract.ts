/**
 * What every Relay promises, run over real WebSockets: frames pass verbatim in both directions, closes pass on, a slow reader holds up its writer instead
 * of filling memory, and a client hears why its node cannot be reached.
 */
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';

export interface OpenedRelay {
  /** ws:// URL whose upgrade is spliced with the agent of the connected node, echoing the first offered sub-protocol. */
  readonly clientUrl: string;
  /** The same, of a relay that gives up after `hastySeconds` without progress. */
  readonly hastyUrl: string;
  readonly hastySeconds: number;
  /** The same, of a relay that waits for the agent's dialling back for moments only. */
  readonly briefUrl: string;
  /** The same for a node that is not connected. */
  readonly absentUrl: string;
  /** The agent's dial-back URL of a session. */
  readonly agentUrl: (session: string) => string;
  /** Resolves with the session the agent is told of next. */
  readonly nextSession: () => Promise<string>;
  readonly close: () => Promise<void>;
}

const opened = (ws: WebSocket): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    ws.once('open', () => resolve(ws));
    ws.once('error', reject);
    ws.once('unexpected-response', (_, response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => reject(new Error(`${response.statusCode} ${body}`)));
    });
  });

/** The next `count` messages. */
const messages = (ws: WebSocket, count: number): Promise<(string | Uint8Array)[]> =>
  new Promise((resolve) => {
    const all: (string | Uint8Array)[] = [];
    ws.on('message', function take(data: Buffer, isBinary: boolean) {
      all.push(isBinary ? new Uint8Array(data) : data.toString());
      if (all.length < count) return;
      ws.off('message', take);
      resolve(all);
    });
  });

/** Resolves after `count` messages. */
const received = (ws: WebSocket, count: number): Promise<void> =>
  new Promise((resolve) => {
    let left = count;
    ws.on('message', function take() {
      if (--left > 0) return;
      ws.off('message', take);
      resolve();
    });
  });

/** What both ends of one connection can hold in the kernel: the third number is how far a buffer may grow. 64 MiB where that cannot be read. */
const connectionBytes = (): number => {
  const most = (name: string): number => {
    const path = `/proc/sys/net/ipv4/${name}`;
    return existsSync(path) ? Number(readFileSync(path, 'utf8').trim().split(/\s+/)[2]) : 32 * 1024 * 1024;
  };
  return most('tcp_rmem') + most('tcp_wmem');
};
/** More than a relay and the sockets of a process hold by themselves. */
const RELAY_BYTES = 8 * 1024 * 1024;

/** Bytes as text: looking at each of many bytes for a difference takes seconds. */
const seen = (all: readonly (string | Uint8Array)[]): string[] =>
  all.map((one) => (typeof one === 'string' ? `text ${one}` : `bytes ${Buffer.from(one).toString('hex')}`));

const closed = (ws: WebSocket): Promise<{ code: number; reason: string }> =>
  new Promise((resolve) => ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() })));

export const describeRelay = (name: string, open: () => Promise<OpenedRelay>): void => {
  describe(`${name} is a Relay`, () => {
    const closing: (() => Promise<void> | void)[] = [];
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close();
    });
    const setUp = async () => {
      const relay = await open();
      closing.push(relay.close);
      const socket = (url: string, protocol = 'kedge.stream.v1'): WebSocket => {
        // what is compressed says nothing of what waits; and a connection that is not ended must not hold up its close
        const ws = new WebSocket(url, protocol, { perMessageDeflate: false, ...{ closeTimeout: 200 } });
        ws.on('error', () => undefined);
        closing.push(() => ws.terminate());
        return ws;
      };
      const pair = async (url = relay.clientUrl) => {
        const session = relay.nextSession();
        const client = socket(url, 'v5.channel.k8s.io');
        const connected = opened(client);
        connected.catch(() => undefined);
        const agent = socket(relay.agentUrl(await session));
        await opened(agent);
        return { client: await connected, agent };
      };
      return { relay, socket, pair };
    };

    it('copies frames verbatim both ways, text and binary', async () => {
      const { pair } = await setUp();
      const { client, agent } = await pair();
      expect(client.protocol).toBe('v5.channel.k8s.io');
      const atAgent = messages(agent, 3);
      client.send(new Uint8Array([0, 1, 2]));
      client.send('text');
      client.send(new Uint8Array(100_000).fill(7));
      expect(seen(await atAgent)).toEqual(seen([new Uint8Array([0, 1, 2]), 'text', new Uint8Array(100_000).fill(7)]));
      const atClient = messages(client, 2);
      agent.send('back');
      agent.send(new Uint8Array([3]));
      expect(seen(await atClient)).toEqual(seen(['back', new Uint8Array([3])]));
    });

    it('passes what was sent before a close, then the close, to the other side', async () => {
      const { pair } = await setUp();
      const { client, agent } = await pair();
      const atClient = messages(client, 2);
      const end = closed(client);
      agent.send('output');
      agent.send('status');
      agent.close(1000, 'done');
      expect(await atClient).toEqual(['output', 'status']);
      expect(await end).toEqual({ code: 1000, reason: 'done' });
    });

    it("closes the agent's side when the client leaves, orderly or not", async () => {
      const { pair } = await setUp();
      const first = await pair();
      const orderly = closed(first.agent);
      first.client.close(1000);
      expect((await orderly).code).toBe(1000);
      const second = await pair();
      const abrupt = closed(second.agent);
      second.client.terminate();
      expect(await abrupt).toEqual({ code: 1011, reason: 'the other side went away' });
    });

    it.each(['client', 'agent'] as const)('holds up a writer whose reader, the %s, does not read', async (side) => {
      const { pair } = await setUp();
      const ends = await pair();
      const reader = ends[side];
      const writer = ends[side === 'client' ? 'agent' : 'client'];
      reader.pause();
      const chunk = new Uint8Array(64 * 1024);
      const total = Math.ceil((4 * connectionBytes()) / chunk.length);
      let sent = 0;
      const writing = (async () => {
        for (; sent < total; sent++) await new Promise((resolve) => writer.send(chunk, resolve));
      })();
      // the kernel's buffers of both connections and the relay's own fill; then nothing moves
      let before = -1;
      while (sent !== before) {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      expect(sent * chunk.length).toBeLessThan(2 * connectionBytes() + RELAY_BYTES);
      const all = received(reader, total);
      reader.resume();
      await writing;
      await all;
    });

    it.each(['client', 'agent'] as const)(
      'ends both sides with the reason when the %s takes nothing of what waits for it',
      async (side) => {
        const { relay, pair } = await setUp();
        const ends = await pair(relay.hastyUrl);
        const [reader, writer] = side === 'client' ? [ends.client, ends.agent] : [ends.agent, ends.client];
        reader.pause();
        const over = closed(writer);
        const chunk = new Uint8Array(64 * 1024);
        void (async () => {
          while (writer.readyState === WebSocket.OPEN) await new Promise((resolve) => writer.send(chunk, resolve));
        })();
        const reason = `no progress for ${relay.hastySeconds} s`;
        expect(await over).toEqual({ code: 1011, reason });
        const other = closed(reader);
        reader.resume();
        expect(await other).toEqual({ code: 1011, reason });
      },
    );

    it('carries many sessions side by side', async () => {
      const { pair } = await setUp();
      const pairs: Awaited<ReturnType<typeof pair>>[] = [];
      for (let i = 0; i < 20; i++) pairs.push(await pair());
      const echoed = pairs.map(async ({ client, agent }, i) => {
        agent.on('message', (data) => agent.send(data));
        const back = messages(client, 4);
        for (let j = 0; j < 4; j++) client.send(new Uint8Array(10_000).fill(i));
        return seen(await back);
      });
      const expected = pairs.map((_, i) => seen(Array(4).fill(new Uint8Array(10_000).fill(i))));
      expect(await Promise.all(echoed)).toEqual(expected);
    });

    it('answers a client with an error when its node is away', async () => {
      const { relay, socket } = await setUp();
      await expect(opened(socket(relay.absentUrl, 'v5.channel.k8s.io'))).rejects.toThrow(/503/);
    });

    it('answers a client with an error when the agent does not dial back, and the late agent with 404', async () => {
      const { relay, socket } = await setUp();
      const session = relay.nextSession();
      await expect(opened(socket(relay.briefUrl, 'v5.channel.k8s.io'))).rejects.toThrow(/504/);
      await expect(opened(socket(relay.agentUrl(await session)))).rejects.toThrow(/404/);
    });

    it('serves a session to one agent only', async () => {
      const { relay, socket } = await setUp();
      const session = relay.nextSession();
      const client = opened(socket(relay.clientUrl, 'v5.channel.k8s.io'));
      const id = await session;
      await opened(socket(relay.agentUrl(id)));
      await client;
      await expect(opened(socket(relay.agentUrl(id)))).rejects.toThrow(/404/);
    });
  });
};
