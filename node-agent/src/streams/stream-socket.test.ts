/** The agent's end of a stream against a relay that grants, and against one that does not know of windows: real WebSockets on loopback. */
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { GREETING, GREETING_AHEAD, grantFrame, takenFrame } from '#schema/sync/stream-window.ts';
import { dialStream } from './stream-socket.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const WINDOW = 4_000;

const setUp = async (window?: number, ahead?: number) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  closing.push(() => server.close());
  const heard: (string | number)[] = [];
  const arrived = new Promise<WebSocket>((resolve) =>
    server.once('connection', (ws) => {
      ws.on('message', (data: Buffer, isBinary) => heard.push(isBinary ? data.length : data.toString()));
      resolve(ws);
    }),
  );
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const socket = await dialStream({ server: `http://127.0.0.1:${port}`, token: () => '' }, 's', { window, ahead });
  const relay = await arrived;
  closing.push(() => relay.terminate());
  return { socket, relay, heard };
};

describe('a stream socket', () => {
  it('says nothing of windows to a relay that did not, and sends what the network takes', async () => {
    const { socket, heard } = await setUp();
    for (let i = 0; i < 5; i++) await socket.send(new Uint8Array(2_000));
    await expect.poll(() => heard).toEqual([2_000, 2_000, 2_000, 2_000, 2_000]);
  });

  it('greets a relay with a window, sends no more than that ahead of its grants, and keeps the order of many senders', async () => {
    const { socket, relay, heard } = await setUp(WINDOW);
    const sends = [2_000, 2_001, 10, 20, 30].map((size) => socket.send(new Uint8Array(size)));
    await expect.poll(() => heard).toEqual([GREETING, 2_000, 2_001]);
    relay.send(grantFrame(5));
    await expect.poll(() => heard).toEqual([GREETING, 2_000, 2_001, 10]);
    relay.send(grantFrame(4_000));
    await Promise.all(sends);
    await expect.poll(() => heard).toEqual([GREETING, 2_000, 2_001, 10, 20, 30]);
  });

  it('hears a grant behind more than it would read ahead, and hands out all of that', async () => {
    const { socket, relay, heard } = await setUp(WINDOW);
    await socket.send(new Uint8Array(WINDOW));
    const late = socket.send(new Uint8Array(1));
    for (let i = 0; i < 64; i++) relay.send(new Uint8Array(64 * 1024));
    relay.send(grantFrame(WINDOW));
    await late;
    await expect.poll(() => heard).toEqual([GREETING, WINDOW, 1]);
    let bytes = 0;
    for await (const frame of socket.frames) {
      bytes += frame.length;
      if (bytes === 64 * 64 * 1024) break;
    }
    expect(bytes).toBe(4_194_304);
  });

  it('says what was taken, in lumps, whatever it has read', async () => {
    const { socket, relay, heard } = await setUp(WINDOW, 4_000);
    await socket.send(new Uint8Array(WINDOW));
    void socket.send(new Uint8Array(1)).catch(() => undefined);
    for (let i = 0; i < 5; i++) relay.send(new Uint8Array(600));
    const frames = socket.frames[Symbol.asyncIterator]();
    // a frame is taken when the next is asked for
    for (let i = 0; i < 2; i++) await frames.next();
    await expect.poll(() => heard).toEqual([GREETING_AHEAD, WINDOW]);
    await frames.next();
    await expect.poll(() => heard).toEqual([GREETING_AHEAD, WINDOW, takenFrame(1_200)]);
    for (let i = 0; i < 2; i++) await frames.next();
    await expect.poll(() => heard).toEqual([GREETING_AHEAD, WINDOW, takenFrame(1_200), takenFrame(1_200)]);
  });

  it('lets go of whoever waits for a grant when the stream ends', async () => {
    const { socket, relay } = await setUp(WINDOW);
    await socket.send(new Uint8Array(WINDOW));
    const late = socket.send(new Uint8Array(1));
    relay.close(1011, 'no progress');
    await expect(late).rejects.toThrow('the stream is closed');
    await socket.closed;
  });
});
