/**
 * Port forwarding as kubectl speaks it: one SPDY/3.1 byte stream inside the binary frames of a WebSocket; for each connection an error stream and a data
 * stream that share a request id. Each data stream is one connection to the pod. Memory is bounded: what the pod sends waits for the client, what the client
 * sends waits for the pod, and a pod that takes nothing for a minute loses that connection, not the others.
 */
import { type Duplex, PassThrough } from 'node:stream';
import { dataFrame, pingFrame, readFrames, rstStreamFrame, type SpdyFrame, synReplyFrame } from './spdy/frames.ts';
import { createHeaderWriter } from './spdy/header-block.ts';
import type { StreamSocket } from './stream-socket.ts';

export interface PortForwardOptions {
  /** Opens a connection to a port of the pod. @throws Error with the reason */
  readonly connect: (port: number, signal: AbortSignal) => Promise<Duplex>;
  /** How a failure names the pod. */
  readonly pod: string;
  /** Default 60 s. */
  readonly stallMs?: number;
}

interface Connection {
  readonly requestId: string;
  dataId: number | undefined;
  errorId: number | undefined;
  readonly opening: AbortController;
  /** What the client sent and the pod has not taken; made with the data stream. */
  inlet: Duplex | undefined;
}

export const STALL_MS = 60_000;
const MAX_STREAMS = 256;
/** Bytes the client may send ahead of the pod that takes them, for each connection. */
const AHEAD_BYTES = 64 * 1024;
const CHUNK_BYTES = 64 * 1024;
const REFUSED_STREAM = 3;
const CANCEL = 5;

/** Binary frames as bytes; text frames are no part of the protocol. */
async function* bytesOf(socket: StreamSocket): AsyncGenerator<Uint8Array, void> {
  for await (const frame of socket.frames) if (typeof frame !== 'string' && frame.byteLength > 0) yield frame;
}

/** Resolves when the session is over. Never throws. */
export const servePortForward = async (socket: StreamSocket, options: PortForwardOptions): Promise<void> => {
  const { connect, stallMs = STALL_MS } = options;
  const writeHeaders = createHeaderWriter();
  const connections = new Map<string, Connection>();
  /** Stream id -> the connection it belongs to. */
  const streams = new Map<number, Connection>();

  const send = (frame: Uint8Array): Promise<void> => socket.send(frame).catch(() => undefined);
  const finish = (id: number | undefined): Promise<void> | undefined =>
    id === undefined ? undefined : send(dataFrame(id, new Uint8Array(0), true));

  const forget = (connection: Connection): void => {
    connections.delete(connection.requestId);
    for (const [id, owner] of streams) if (owner === connection) streams.delete(id);
  };

  /** Ends both streams; with a message the client shows it. */
  const end = async (connection: Connection, message?: string): Promise<void> => {
    const { dataId, errorId } = connection;
    forget(connection);
    if (message !== undefined && errorId !== undefined) await send(dataFrame(errorId, new TextEncoder().encode(message)));
    await finish(dataId);
    await finish(errorId);
  };

  const join = async (connection: Connection, dataId: number, inlet: Duplex, port: number): Promise<void> => {
    let pod: Duplex;
    try {
      pod = await connect(port, connection.opening.signal);
    } catch (error) {
      inlet.destroy();
      return end(connection, `error forwarding port ${port} to pod ${options.pod}: ${(error as Error).message}`);
    }
    connection.opening.signal.addEventListener('abort', () => pod.destroy(), { once: true });
    if (connection.opening.signal.aborted) pod.destroy();
    pod.once('close', () => inlet.destroy());
    inlet.pipe(pod);
    try {
      for await (const chunk of pod as AsyncIterable<Buffer>) {
        for (let at = 0; at < chunk.byteLength; at += CHUNK_BYTES)
          await socket.send(dataFrame(dataId, chunk.subarray(at, at + CHUNK_BYTES)));
      }
      await end(connection);
    } catch {
      // a connection the pod reset ends as one it closed: what came has been sent
      if (streams.get(dataId) === connection) await end(connection);
    } finally {
      pod.destroy();
    }
  };

  const open = async ({ streamId, headers, fin }: Extract<SpdyFrame, { type: 'synStream' }>): Promise<void> => {
    const kind = headers.get('streamtype');
    const port = Number(headers.get('port'));
    const requestId = headers.get('requestid') ?? headers.get('port') ?? '';
    const valid = (kind === 'error' || kind === 'data') && Number.isInteger(port) && port > 0 && port < 65_536;
    if (!valid || streams.has(streamId) || streams.size >= MAX_STREAMS) return send(rstStreamFrame(streamId, REFUSED_STREAM));
    const connection = connections.get(requestId) ?? newConnection(requestId);
    if (connection[kind === 'data' ? 'dataId' : 'errorId'] !== undefined) return send(rstStreamFrame(streamId, REFUSED_STREAM));
    connections.set(requestId, connection);
    streams.set(streamId, connection);
    await send(synReplyFrame(streamId, writeHeaders(new Map())));
    if (kind === 'error') {
      connection.errorId = streamId;
      return;
    }
    connection.dataId = streamId;
    const inlet = new PassThrough({ highWaterMark: AHEAD_BYTES });
    inlet.on('error', () => undefined);
    connection.inlet = inlet;
    void join(connection, streamId, inlet, port);
    if (fin) inlet.end();
  };

  /** Waits while the pod lags behind. */
  const takeIn = async (connection: Connection, data: Uint8Array): Promise<void> => {
    const { inlet, dataId, opening } = connection;
    if (!inlet || inlet.destroyed || inlet.writableEnded || inlet.write(data)) return;
    if ((await drained(inlet, stallMs)) || dataId === undefined || streams.get(dataId) !== connection) return;
    await end(connection, `error forwarding to pod ${options.pod}: the pod took nothing for ${stallMs / 1000} s`);
    await send(rstStreamFrame(dataId, CANCEL));
    opening.abort();
    inlet.destroy();
  };

  const reset = async (connection: Connection): Promise<void> => {
    connection.opening.abort();
    connection.inlet?.destroy();
    const { errorId } = connection;
    forget(connection);
    // the client waits for the end of the error stream even then
    await finish(errorId);
  };

  const handle = async (frame: SpdyFrame): Promise<void> => {
    if (frame.type === 'synStream') return open(frame);
    if (frame.type === 'ping') return send(pingFrame(frame.id));
    if (frame.type === 'goAway') return;
    const connection = streams.get(frame.streamId);
    if (!connection || connection.dataId !== frame.streamId) return;
    if (frame.type === 'rstStream') return reset(connection);
    if (frame.data.byteLength > 0) await takeIn(connection, frame.data);
    if (frame.fin) connection.inlet?.end();
  };

  try {
    for await (const frame of readFrames(bytesOf(socket))) await handle(frame);
    socket.close(1000, '');
  } catch (error) {
    socket.close(1002, (error as Error).message);
  } finally {
    for (const { opening, inlet } of connections.values()) {
      opening.abort();
      inlet?.destroy();
    }
  }
};

const newConnection = (requestId: string): Connection => ({
  requestId,
  dataId: undefined,
  errorId: undefined,
  opening: new AbortController(),
  inlet: undefined,
});

/** False when nothing of it was taken for so long. */
export const drained = (inlet: Duplex, stallMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    let before = inlet.writableLength + inlet.readableLength;
    const done = (answer: boolean): void => {
      clearInterval(watch);
      inlet.off('drain', took);
      inlet.off('close', took);
      resolve(answer);
    };
    const took = (): void => done(true);
    const watch = setInterval(() => {
      const now = inlet.writableLength + inlet.readableLength;
      if (now >= before) done(false);
      before = now;
    }, stallMs);
    inlet.once('drain', took);
    inlet.once('close', took);
  });
