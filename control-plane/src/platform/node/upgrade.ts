/**
 * The WebSocketUpgrader of Node.js, over `ws`. An upgrade of the HTTP server becomes an ordinary Request for the app; when a handler accepts it, the
 * handshake happens at once and the Response that comes back is only a sign. Everything else is written to the socket as the HTTP answer it is.
 * Back-pressure: `send` waits above a bound, and a socket nobody reads from is paused.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import { FrameQueue } from '../../relay/frame-queue.ts';
import type { FrameSocket, WebSocketUpgrader } from '../../relay/upgrade.ts';

interface Pending {
  readonly incoming: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  protocol: string | undefined;
  accepted: boolean;
}

export interface NodeUpgrader extends WebSocketUpgrader {
  /** The listener for the server's `upgrade` event. `origin`: scheme and host that request URLs are made with, such as `https://localhost:6443`. */
  handle(
    origin: string,
    fetch: (request: Request) => Response | Promise<Response>,
  ): (incoming: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Ends every open WebSocket; for a stop. */
  close(): void;
}

const MAX_FRAME_BYTES = 16 * 1024 * 1024;
/** Above this a send waits for the network. */
const HIGH_WATER_BYTES = 256 * 1024;
const PING_MS = 25_000;

export const createNodeUpgrader = (): NodeUpgrader => {
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: MAX_FRAME_BYTES, clientTracking: true });
  const pendingOf = new WeakMap<Request, Pending>();
  const pendingOfIncoming = new WeakMap<IncomingMessage, Pending>();

  // names such as `SPDY/3.1+portforward.k8s.io` are no tokens, so ws would refuse them: the header is taken out before and put back here
  server.on('headers', (headers, incoming) => {
    const protocol = pendingOfIncoming.get(incoming)?.protocol;
    if (protocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
  });

  const accept: WebSocketUpgrader['accept'] = (request, protocol) => {
    const pending = pendingOf.get(request);
    if (!pending || pending.accepted) throw new Error('not a WebSocket upgrade, or accepted already');
    pending.protocol = protocol;
    pending.accepted = true;
    delete pending.incoming.headers['sec-websocket-protocol'];
    let socket: FrameSocket | undefined;
    server.handleUpgrade(pending.incoming, pending.socket, pending.head, (ws) => {
      socket = frameSocket(ws);
    });
    // the handshake answered for itself (a bad key, a version that is not known): what is left is a socket that is closed
    return { response: new Response(null, { status: 200 }), socket: socket ?? closedSocket() };
  };

  const handle: NodeUpgrader['handle'] = (origin, fetch) => (incoming, socket, head) => {
    socket.on('error', () => socket.destroy());
    const aborted = new AbortController();
    socket.once('close', () => aborted.abort());
    const request = requestOf(incoming, origin, aborted.signal);
    const pending: Pending = { incoming, socket, head, protocol: undefined, accepted: false };
    pendingOf.set(request, pending);
    pendingOfIncoming.set(incoming, pending);
    Promise.resolve()
      .then(() => fetch(request))
      .then((response) => (pending.accepted ? undefined : answer(socket, response)))
      .catch(() => socket.destroy());
  };

  return {
    accept,
    handle,
    close: () => {
      for (const ws of server.clients) ws.terminate();
      server.close();
    },
  };
};

const requestOf = (incoming: IncomingMessage, origin: string, signal: AbortSignal): Request => {
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  return new Request(new URL(incoming.url ?? '/', origin), { method: incoming.method ?? 'GET', headers, signal });
};

/** A refusal: the whole answer, then the end of the connection. */
const answer = async (socket: Duplex, response: Response): Promise<void> => {
  const body = Buffer.from(await response.arrayBuffer());
  const lines = [`HTTP/1.1 ${response.status} ${STATUS_CODES[response.status] ?? ''}`];
  for (const [name, value] of response.headers) {
    if (name !== 'content-length' && name !== 'connection' && name !== 'transfer-encoding') lines.push(`${name}: ${value}`);
  }
  lines.push(`content-length: ${body.byteLength}`, 'connection: close', '', '');
  socket.end(Buffer.concat([Buffer.from(lines.join('\r\n')), body]));
};

/** Codes that may be sent in a close frame. */
const sendable = (code: number): boolean =>
  (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);

export const frameSocket = (ws: WebSocket): FrameSocket => {
  const queue = new FrameQueue({ pause: () => ws.pause(), resume: () => ws.resume() });
  let alive = true;
  const pings = setInterval(() => {
    // a paused socket cannot show its pong
    if (!alive && !ws.isPaused) return ws.terminate();
    alive = ws.isPaused;
    ws.ping();
  }, PING_MS);
  pings.unref();
  ws.on('pong', () => {
    alive = true;
  });
  ws.on('message', (data, isBinary) => {
    alive = true;
    queue.push(isBinary ? (data as Buffer) : (data as Buffer).toString('utf8'));
  });
  ws.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.once('close', (code, reason) => {
      clearInterval(pings);
      queue.end();
      resolve({ code, reason: reason.toString('utf8') });
    });
  });
  return {
    get bufferedAmount() {
      return ws.bufferedAmount;
    },
    frames: queue,
    closed,
    send: (frame) =>
      new Promise((resolve, reject) => {
        if (ws.readyState !== WebSocket.OPEN) return reject(new Error('the WebSocket is closed'));
        ws.send(frame, { binary: typeof frame !== 'string' }, (error) => (error ? reject(error) : resolve()));
        if (ws.bufferedAmount < HIGH_WATER_BYTES) resolve();
      }),
    close: (code, reason) => {
      if (sendable(code)) ws.close(code, Buffer.from(reason).subarray(0, 120).toString('utf8'));
      else ws.close();
      // the peer's close frame must be read, whoever waits for data
      ws.resume();
    },
  };
};

const closedSocket = (): FrameSocket => ({
  bufferedAmount: 0,
  frames: (async function* () {})(),
  closed: Promise.resolve({ code: 1006, reason: 'handshake failed' }),
  send: () => Promise.reject(new Error('the WebSocket is closed')),
  close: () => undefined,
});
