/** Port forwarding both ways over real sockets: kubectl's SPDY with its compressor, and the channel form. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { constants, deflateSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { serveChannelForward } from './channel-forward.ts';
import { socketPair } from './fixtures.ts';
import { servePortForward } from './port-forward.ts';
import { spdyDictionary } from './spdy/dictionary.ts';
import { dataFrame, pingFrame, readFrames, rstStreamFrame, type SpdyFrame, synStreamFrame } from './spdy/frames.ts';
import { createHeaderWriter } from './spdy/header-block.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const pod = async (serve: (socket: Socket) => void): Promise<number> => {
  const sockets = new Set<Socket>();
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.on('error', () => undefined));
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as { port: number }).port;
};

const dial = (port: number): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.once('connect', () => resolve(socket.on('error', () => undefined)));
    socket.once('error', reject);
  });

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const setUp = (options: { stallMs?: number } = {}) => {
  const pair = socketPair();
  const served = servePortForward(pair.socket, { connect: dial, pod: 'web', ...options });
  ends.push(() => {
    pair.leave();
    return served;
  });
  const writer = createHeaderWriter();
  const openStream = (id: number, streamtype: string, port: number, requestid: string): void =>
    pair.say(synStreamFrame(id, writer(new Map(Object.entries({ streamtype, port: String(port), requestid })))));
  /** What the agent said so far. */
  const heard = async (): Promise<SpdyFrame[]> => {
    const frames: SpdyFrame[] = [];
    const source = (async function* () {
      for (const frame of [...pair.sent]) yield frame as Uint8Array;
    })();
    for await (const frame of readFrames(source)) frames.push(frame);
    return frames;
  };
  const dataOf = async (id: number): Promise<{ text: string; fin: boolean }> => {
    const mine = (await heard()).flatMap((frame) => (frame.type === 'data' && frame.streamId === id ? [frame] : []));
    return { text: Buffer.concat(mine.map(({ data }) => data)).toString(), fin: mine.some(({ fin }) => fin) };
  };
  return { ...pair, served, openStream, heard, dataOf };
};

describe('servePortForward', () => {
  it('carries many connections side by side, with half-close, and ends both streams of each', async () => {
    const port = await pod((socket) => socket.pipe(socket));
    const { openStream, say, dataOf } = setUp();
    for (const request of [0, 1, 2]) {
      const [error, data] = [4 * request + 1, 4 * request + 3];
      openStream(error, 'error', port, String(request));
      say(dataFrame(error, new Uint8Array(0), true));
      openStream(data, 'data', port, String(request));
    }
    for (const request of [2, 0, 1]) say(dataFrame(4 * request + 3, text(`hello ${request}`)));
    for (const request of [0, 1, 2]) {
      await expect.poll(() => dataOf(4 * request + 3)).toEqual({ text: `hello ${request}`, fin: false });
      say(dataFrame(4 * request + 3, text(' and bye'), true));
      await expect.poll(() => dataOf(4 * request + 3)).toEqual({ text: `hello ${request} and bye`, fin: true });
      await expect.poll(() => dataOf(4 * request + 1)).toEqual({ text: '', fin: true });
    }
  });

  it('says on the error stream why a port cannot be reached, and goes on', async () => {
    const port = await pod((socket) => socket.end('here'));
    // a port of one's own that was closed may be another program's by now
    const closed = 1;
    const { openStream, dataOf } = setUp();
    openStream(1, 'error', closed, '0');
    openStream(3, 'data', closed, '0');
    await expect
      .poll(() => dataOf(1))
      .toMatchObject({ text: expect.stringMatching(/^error forwarding port \d+ to pod web: .*ECONNREFUSED/), fin: true });
    expect(await dataOf(3)).toEqual({ text: '', fin: true });
    openStream(5, 'error', port, '1');
    openStream(7, 'data', port, '1');
    await expect.poll(() => dataOf(7)).toEqual({ text: 'here', fin: true });
  });

  it('ends the pod connection of a stream that the client resets, and the error stream with it', async () => {
    const gone = Promise.withResolvers<void>();
    const port = await pod((socket) => socket.on('end', () => gone.resolve()).resume());
    const { openStream, say, dataOf, heard } = setUp();
    openStream(1, 'error', port, '0');
    openStream(3, 'data', port, '0');
    say(dataFrame(3, text('x')));
    say(rstStreamFrame(3, 5));
    await gone.promise;
    await expect.poll(() => dataOf(1)).toEqual({ text: '', fin: true });
    say(pingFrame(9));
    await expect.poll(async () => (await heard()).at(-1)).toEqual({ type: 'ping', id: 9 });
  });

  it('reads frames in any cuts, compressed with the dictionary as clients do', async () => {
    const port = await pod((socket) => socket.pipe(socket));
    const { say, dataOf } = setUp();
    const pairs = (headers: Record<string, string>): Buffer => {
      const parts: Buffer[] = [];
      const word = (value: string): void => {
        const length = Buffer.alloc(4);
        length.writeUInt32BE(value.length);
        parts.push(length, Buffer.from(value));
      };
      for (const [name, value] of Object.entries(headers)) {
        word(name);
        word(value);
      }
      const count = Buffer.alloc(4);
      count.writeUInt32BE(Object.keys(headers).length);
      return Buffer.concat([count, ...parts]);
    };
    const block = deflateSync(pairs({ streamtype: 'data', port: String(port), requestid: '0' }), {
      dictionary: spdyDictionary,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    const bytes = Buffer.concat([synStreamFrame(1, block), dataFrame(1, text('cut to pieces'), true)]);
    for (let at = 0; at < bytes.length; at += 3) say(bytes.subarray(at, at + 3));
    await expect.poll(() => dataOf(1)).toEqual({ text: 'cut to pieces', fin: true });
  });

  it('refuses what is no SPDY, streams without a port, and a header that would fill the memory', async () => {
    const none = setUp();
    none.say(new Uint8Array([0x80, 9, 0, 1, 0, 0, 0, 0]));
    await none.served;
    expect(none.closes).toEqual([[1002, 'not SPDY/3']]);
    const noPort = setUp();
    noPort.openStream(1, 'data', 0, '0');
    await expect.poll(async () => await noPort.heard()).toEqual([{ type: 'rstStream', streamId: 1 }]);
    const bomb = setUp();
    bomb.say(synStreamFrame(1, deflateSync(Buffer.alloc(10_000_000), { dictionary: spdyDictionary })));
    await bomb.served;
    expect(bomb.closes).toEqual([[1002, 'a header block is too large']]);
  });

  it('holds little of 64 MiB either way when the other end takes nothing', async () => {
    const sent: { socket?: Socket } = {};
    const port = await pod((socket) => {
      sent.socket = socket.pause();
    });
    const up = setUp();
    up.openStream(1, 'data', port, '0');
    const chunk = new Uint8Array(64 * 1024);
    for (let i = 0; i < 1024; i++) up.say(dataFrame(1, chunk));
    // what is left with the sender: the network's own buffers and the agent's bound have the rest
    await expect.poll(() => sent.socket).toBeDefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect(up.untaken()).toBeGreaterThan(800);

    const source = await pod((socket) => {
      for (let i = 0; i < 1024; i++) socket.write(chunk);
    });
    const down = setUp();
    down.hold();
    down.openStream(1, 'data', source, '0');
    await expect.poll(() => down.sent.length).toBeGreaterThan(0);
    const bytes = (): number => down.sent.reduce((sum, frame) => sum + frame.length, 0);
    expect(bytes()).toBeLessThan(1024 * 1024);
    down.release();
    await expect.poll(bytes, { timeout: 60_000 }).toBeGreaterThan(64 * 1024 * 1024);
  });

  it('gives up a connection to a pod that takes nothing, and keeps the others', async () => {
    const stuck = await pod((socket) => socket.pause());
    const echo = await pod((socket) => socket.pipe(socket));
    const { openStream, say, heard, dataOf } = setUp({ stallMs: 200 });
    openStream(1, 'error', stuck, '0');
    openStream(3, 'data', stuck, '0');
    openStream(7, 'data', echo, '1');
    // more than the network holds
    for (let i = 0; i < 1024; i++) say(dataFrame(3, new Uint8Array(64 * 1024)));
    say(dataFrame(7, text('still here')));
    await expect.poll(() => dataOf(7), { timeout: 60_000 }).toMatchObject({ text: 'still here' });
    expect((await dataOf(1)).text).toMatch(/the pod took nothing for 0.2 s/);
    expect(await heard()).toContainEqual({ type: 'rstStream', streamId: 3 });
  });
});

describe('serveChannelForward', () => {
  it('names the port on each channel first, then copies', async () => {
    const port = await pod((socket) => socket.pipe(socket));
    const { socket, sent, say, leave } = socketPair();
    const served = serveChannelForward(socket, [port, 1], {
      connect: (number) => (number === port ? dial(number) : Promise.reject(new Error('nothing there'))),
      pod: 'web',
    });
    ends.push(leave);
    say(Uint8Array.of(0, ...text('hello')));
    await expect
      .poll(() => sent.map((frame) => [...(frame as Uint8Array)]))
      .toEqual(
        expect.arrayContaining([
          [0, port & 0xff, port >> 8],
          [1, port & 0xff, port >> 8],
          [2, 1, 0],
          [3, 1, 0],
          [3, ...text('error forwarding port 1 to pod web: nothing there')],
          [0, ...text('hello')],
        ]),
      );
    leave();
    await served;
  });

  it('ends a connection whose pod takes nothing, and says so', async () => {
    const { socket, sent, say } = socketPair();
    const stuck = new Duplex({ read: () => undefined, write: () => undefined });
    const served = serveChannelForward(socket, [80], { connect: async () => stuck, pod: 'web', stallMs: 5 });
    say(new Uint8Array(128 * 1024));
    await served;
    const last = sent.at(-1) as Uint8Array;
    expect([last[0], Buffer.from(last.subarray(1)).toString()]).toEqual([
      1,
      'error forwarding port 80 to pod web: the pod took nothing for too long',
    ]);
  });
});
