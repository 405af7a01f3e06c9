/** The in-process relay over the WebSockets of Node.js: the contract, the sub-protocol of port-forward, and the server as a client of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ApiError } from '../apiserver/errors.ts';
import type { StreamOpen } from '../hub/hub.ts';
import { createOpenSessions, ofCredential, ofNode } from '../hub/sessions.ts';
import { createNodeUpgrader } from '../platform/node/upgrade.ts';
import { describeRelay } from './contract.ts';
import { createInProcessRelay } from './in-process.ts';

const open = async () => {
  const upgrader = createNodeUpgrader();
  const sessions = createOpenSessions(() => Date.now());
  let told: ((session: string) => void) | undefined;
  const hub = {
    openStream: async (node: string, { session }: StreamOpen) => {
      if (node !== 'n1') return false;
      told?.(session);
      return true;
    },
  };
  // a busy machine is slow, not away
  const dialBackMs = 60_000;
  const relay = createInProcessRelay({ hub, upgrader, sessions, dialBackMs });
  const hasty = createInProcessRelay({ hub, upgrader, sessions, dialBackMs, stallMs: 200 });
  const brief = createInProcessRelay({ hub, upgrader, sessions, dialBackMs: 200 });
  let serial = 0;
  const streamOpen = (): StreamOpen => ({
    session: `session-${++serial}`,
    kind: 'exec',
    namespace: 'default',
    pod: 'p',
    podUid: 'u',
    container: 'c',
    params: {},
  });
  const fetch = async (request: Request): Promise<Response> => {
    const [, side, name] = new URL(request.url).pathname.split('/');
    try {
      if (side === 'agent') {
        const attached = await relay.attachAgent('n1', name!, request);
        return attached.status === 404 ? await hasty.attachAgent('n1', name!, request) : attached;
      }
      const protocol = request.headers.get('sec-websocket-protocol')!.split(',')[0]!;
      return await (side === 'hasty' ? hasty : side === 'brief' ? brief : relay).splice(name!, streamOpen(), request, protocol, {
        id: 'c1',
      });
    } catch (error) {
      if (error instanceof ApiError) return new Response(error.message, { status: error.code });
      throw error;
    }
  };
  const server = createServer();
  server.on('upgrade', upgrader.handle('http://127.0.0.1', fetch));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    relay,
    sessions,
    streamOpen,
    clientUrl: `${url}/client/n1`,
    hastyUrl: `${url}/hasty/n1`,
    hastySeconds: 0.2,
    briefUrl: `${url}/brief/n1`,
    absentUrl: `${url}/client/n2`,
    agentUrl: (session: string) => `${url}/agent/${session}`,
    nextSession: () =>
      new Promise<string>((resolve) => {
        told = resolve;
      }),
    close: async () => {
      upgrader.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

describeRelay('the in-process relay', open);

describe('the in-process relay', () => {
  const closing: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('echoes a sub-protocol that is no token, as port-forward has it', async () => {
    const one = await open();
    closing.push(one.close);
    const session = one.nextSession();
    // ws refuses to offer such a name, so the handshake is written by hand
    const { hostname, port, pathname } = new URL(one.clientUrl);
    const { connect } = await import('node:net');
    const raw = connect(Number(port), hostname);
    closing.push(() => void raw.destroy());
    raw.write(
      `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: SPDY/3.1+portforward.k8s.io\r\n\r\n',
    );
    const agent = new WebSocket(one.agentUrl(await session), 'kedge.stream.v1');
    closing.push(() => agent.terminate());
    const head = await new Promise<string>((resolve) => raw.once('data', (data) => resolve(data.toString())));
    expect(head).toMatch(/^HTTP\/1.1 101 /);
    expect(head).toMatch(/sec-websocket-protocol: SPDY\/3\.1\+portforward\.k8s\.io/i);
  });

  it('lets the server read a stream itself and leave it', async () => {
    const one = await open();
    closing.push(one.close);
    const session = one.nextSession();
    const leaving = new AbortController();
    const dialled = one.relay.dial('n1', one.streamOpen(), leaving.signal);
    const agent = new WebSocket(one.agentUrl(await session), 'kedge.stream.v1');
    closing.push(() => agent.terminate());
    const end = new Promise<number>((resolve) => agent.once('close', resolve));
    agent.once('open', () => agent.send(new TextEncoder().encode('line\n')));
    const stream = await dialled;
    const { value } = await stream.frames[Symbol.asyncIterator]().next();
    expect(new TextDecoder().decode(value as Uint8Array)).toBe('line\n');
    leaving.abort();
    expect(await end).toBe(1001);
  });

  it('ends both sides of a session with its credential, its time, or its node', async () => {
    const one = await open();
    closing.push(one.close);
    const begin = async () => {
      const session = one.nextSession();
      const client = new WebSocket(one.clientUrl, 'v5.channel.k8s.io');
      const agent = new WebSocket(one.agentUrl(await session), 'kedge.stream.v1');
      closing.push(() => client.terminate());
      const ends = [client, agent].map(
        (ws) => new Promise<string>((resolve) => ws.once('close', (code, reason) => resolve(`${code} ${reason}`))),
      );
      await new Promise((resolve) => client.once('open', resolve));
      return Promise.all(ends);
    };
    const deleted = begin();
    await expect.poll(() => one.sessions.size).toBe(1);
    one.sessions.end(ofNode('n1'), 'node "n1" was deleted');
    expect(await deleted).toEqual(Array(2).fill('1008 node "n1" was deleted'));

    const session = one.nextSession();
    const dialled = one.relay.dial('n1', one.streamOpen(), new AbortController().signal, { id: 'c1', expiresMs: Date.now() + 5 });
    const agent = new WebSocket(one.agentUrl(await session), 'kedge.stream.v1');
    closing.push(() => agent.terminate());
    expect(await (await dialled).closed).toMatchObject({ reason: 'the credential has expired' });

    await expect.poll(() => one.sessions.size).toBe(0);
    const revoked = begin();
    await expect.poll(() => one.sessions.size).toBe(1);
    one.sessions.end(ofCredential('c1'), 'the credential was revoked');
    expect(await revoked).toEqual(Array(2).fill('1008 the credential was revoked'));
    expect(one.sessions.size).toBe(0);
  });

  it('answers an ordinary request for a stream with a plain refusal', async () => {
    const one = await open();
    closing.push(one.close);
    const session = one.nextSession();
    const leaving = new AbortController();
    const dialled = one.relay.dial('n1', one.streamOpen(), leaving.signal);
    const response = await one.relay.attachAgent('n1', await session, new Request('http://x/'));
    expect(response.status).toBe(426);
    leaving.abort();
    await expect(dialled).rejects.toThrow('the client went away');
  });
});
