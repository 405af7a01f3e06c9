/**
 * The agent's end of a stream: a WebSocket it dialled, with back-pressure both ways. `send` waits while the network does not take more; when nobody
 * takes what comes in, the socket is paused, so a stream's memory is bounded whatever is at its ends. Where the relay stated windows, `send` waits for its
 * grants too, and as long as any wait the socket is read, to hear them: the relay holds back what is more than was taken. @see #schema/sync/stream-window.ts
 */
import { WebSocket } from 'ws';
import { createSendWindow } from '#schema/sync/send-window.ts';
import { GREETING, GREETING_AHEAD, grantedBytes, takenFrame } from '#schema/sync/stream-window.ts';

export type Frame = Uint8Array | string;

export interface StreamSocket {
  /** @throws Error when the socket is closed */
  send(frame: Frame): Promise<void>;
  /** After everything sent before. */
  close(code: number, reason: string): void;
  /** One consumer; ends when the other side closed. */
  readonly frames: AsyncIterable<Frame>;
  /** Resolves when the socket is closed, however that came. */
  readonly closed: Promise<void>;
}

export interface DialOptions {
  /** https://HOST:PORT */
  readonly server: string;
  readonly ca?: string;
  readonly token: () => string;
}

export const STREAM_SUBPROTOCOL = 'kedge.stream.v1';
export const STREAM_PATH = '/kedge/v1/streams/';

const HIGH_WATER_BYTES = 256 * 1024;
const MAX_FRAME_BYTES = 16 * 1024 * 1024;
const OPEN_MS = 10_000;
/** A peer that said its last word has this long to end the connection; the types do not know the option. */
const closing = { closeTimeout: 1_000 };
const PING_MS = 25_000;

/** As the relay states them; absent when the network is held up instead. */
export interface StreamWindows {
  /** Bytes the relay takes ahead of its grants. */
  readonly window?: number;
  /** Bytes it sends ahead of what it is told was taken. */
  readonly ahead?: number;
}

/**
 * @throws Error when the control plane does not take the stream (404: nobody waits for it any more)
 */
export const dialStream = ({ server, ca, token }: DialOptions, session: string, windows: StreamWindows = {}): Promise<StreamSocket> =>
  new Promise((resolve, reject) => {
    const url = new URL(STREAM_PATH + encodeURIComponent(session), server);
    url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
    const ws = new WebSocket(url, STREAM_SUBPROTOCOL, {
      ...(ca ? { ca } : {}),
      headers: { authorization: `Bearer ${token()}` },
      handshakeTimeout: OPEN_MS,
      ...closing,
      perMessageDeflate: false,
      maxPayload: MAX_FRAME_BYTES,
    });
    // frames may follow the handshake in the same packet
    const socket = streamSocket(ws, windows);
    ws.once('open', () => {
      if (windows.window !== undefined) ws.send(windows.ahead === undefined ? GREETING : GREETING_AHEAD);
      resolve(socket);
    });
    ws.once('error', reject);
  });

const streamSocket = (ws: WebSocket, { window, ahead = Number.POSITIVE_INFINITY }: StreamWindows): StreamSocket => {
  const queue: Frame[] = [];
  let bytes = 0;
  /** Taken and not yet said. */
  let taken = 0;
  let ended = false;
  let wake: (() => void) | undefined;
  let alive = true;
  let closing = false;
  const sending = createSendWindow(window ?? Number.POSITIVE_INFINITY);

  const signal = (): void => {
    wake?.();
    wake = undefined;
  };

  /** Lets the network hold up the peer, but not the grants. */
  const pace = (): void => {
    // the peer's close frame must be read, whoever waits for data
    if (closing) ws.resume();
    else if (bytes >= HIGH_WATER_BYTES && !sending.exhausted()) ws.pause();
    else if (ws.isPaused && (bytes < HIGH_WATER_BYTES / 2 || sending.exhausted())) ws.resume();
  };

  const pings = setInterval(() => {
    if (!alive && !ws.isPaused) return ws.terminate();
    alive = ws.isPaused;
    if (ws.readyState === WebSocket.OPEN) ws.ping();
  }, PING_MS);
  pings.unref();
  ws.on('pong', () => {
    alive = true;
  });
  ws.on('message', (data, isBinary) => {
    alive = true;
    const frame = isBinary ? (data as Buffer) : (data as Buffer).toString('utf8');
    const granted = window !== undefined && typeof frame === 'string' ? grantedBytes(frame) : undefined;
    if (granted !== undefined) sending.granted(granted);
    else if (!closing) {
      queue.push(frame);
      bytes += frame.length;
      signal();
    }
    pace();
  });
  ws.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => {
    ws.once('close', () => {
      clearInterval(pings);
      ended = true;
      sending.end();
      signal();
      resolve();
    });
  });

  const took = (frame: Frame): void => {
    taken += frame.length;
    // in lumps: as long as there is less the relay counts nothing
    if (taken < ahead / 4 || ws.readyState !== WebSocket.OPEN) return;
    ws.send(takenFrame(taken));
    taken = 0;
  };

  async function* frames(): AsyncGenerator<Frame, void> {
    for (;;) {
      const frame = queue.shift();
      if (frame !== undefined) {
        bytes -= frame.length;
        pace();
        yield frame;
        took(frame);
      } else if (ended) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }

  const sendNow = (frame: Frame): Promise<void> =>
    new Promise((resolve, reject) => {
      if (ws.readyState !== WebSocket.OPEN) return reject(new Error('the stream is closed'));
      ws.send(frame, { binary: typeof frame !== 'string' }, (error) => (error ? reject(error) : resolve()));
      if (ws.bufferedAmount < HIGH_WATER_BYTES) resolve();
    });

  return {
    frames: frames(),
    closed,
    send: (frame) => {
      const turn = sending.take(frame.length);
      pace();
      return turn ? turn.then(() => sendNow(frame)) : sendNow(frame);
    },
    close: (code, reason) => {
      closing = true;
      sending.end();
      ws.close(code, Buffer.from(reason).subarray(0, 120).toString('utf8'));
      pace();
    },
  };
};
