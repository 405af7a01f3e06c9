/**
 * The Docker Engine API as plain requests over kept-alive connections, at the version both sides know. The connection settings (socket, TCP, TLS)
 * are dockerode's; the requests are not, because a pod start is a handful of tiny calls and dockerode spends more on each than the engine does.
 */
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import type Dockerode from 'dockerode';

/** The newest API version this code was written against. */
const NEWEST_API = '1.47';

/** An answer of the engine that is not a success. `status` is HTTP's. */
export class EngineError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = 'EngineError';
    this.status = status;
  }
}

/**
 * Did the engine stop, or its containerd, rather than refuse? A connection that broke, or the words an engine finds for a start that its own shutdown cut off.
 */
export const isGone = (error: unknown): boolean =>
  !(error instanceof EngineError) ||
  error.status === 503 ||
  /context canceled|transport is closing|ttrpc: closed|shutting down|code = unavailable|connection (error|refused|reset)|unexpected EOF/i.test(
    error.message,
  );

export const isNotFound = (error: unknown): boolean => error instanceof EngineError && error.status === 404;
export const isConflict = (error: unknown): boolean => error instanceof EngineError && error.status === 409;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface CallOptions {
  readonly query?: Query;
  readonly body?: unknown;
  /** Sent as it is, as a tar archive. */
  readonly archive?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Engine {
  /** The parsed answer; undefined when it has no body. @throws EngineError, or Node's error when the engine does not answer. */
  call<T = unknown>(method: string, path: string, options?: CallOptions): Promise<T>;
  /** The answer's body as it comes. */
  stream(method: string, path: string, options?: CallOptions): Promise<IncomingMessage>;
  /** Takes the connection over for a two-way stream (exec, attach). */
  hijack(path: string, options?: CallOptions): Promise<Duplex>;
  /** The engine's own clock, unix seconds, to replay events from. */
  serverTime(): Promise<number>;
}

interface Connection {
  socketPath?: string | (() => string | Promise<string>);
  host?: string;
  port?: string | number;
  protocol?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

const older = (a: string, b: string): string => {
  const [x = 0, y = 0] = a.split('.').map(Number);
  const [v = 0, w = 0] = b.split('.').map(Number);
  return x < v || (x === v && y <= w) ? a : b;
};

const search = (query: Query | undefined): string => {
  const entries = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}`;
};

const read = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

const failure = async (response: IncomingMessage): Promise<EngineError> => {
  const text = await read(response);
  try {
    return new EngineError(response.statusCode ?? 0, (JSON.parse(text) as { message?: string }).message ?? text);
  } catch {
    return new EngineError(response.statusCode ?? 0, text.trim());
  }
};

/** A kept-alive connection that the engine closed in the same moment; nothing was sent that it answered. */
const wasStale = (error: NodeJS.ErrnoException, reused: boolean): boolean =>
  reused && (error.code === 'ECONNRESET' || error.code === 'EPIPE');

export const createEngine = (docker: Dockerode): Engine => {
  const connection = docker.modem as unknown as Connection;
  const secure = connection.protocol === 'https';
  if (connection.protocol === 'ssh') throw new Error('DOCKER_HOST=ssh://... is not supported; name a socket or tcp://');
  const agent = new (secure ? https.Agent : http.Agent)({ keepAlive: true, maxFreeSockets: 32 });
  let prefix: Promise<string> | undefined;

  const send = async (
    method: string,
    path: string,
    options: CallOptions,
    onUpgrade?: (socket: Duplex) => void,
  ): Promise<IncomingMessage | undefined> => {
    const payload = options.archive ?? (options.body === undefined ? undefined : Buffer.from(JSON.stringify(options.body)));
    const socketPath = typeof connection.socketPath === 'function' ? await connection.socketPath() : connection.socketPath;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage | undefined>();
    const request = (secure ? https : http).request({
      method,
      path: `${path}${search(options.query)}`,
      headers: {
        Host: 'docker',
        ...(payload
          ? { 'Content-Type': options.archive ? 'application/x-tar' : 'application/json', 'Content-Length': payload.byteLength }
          : { 'Content-Length': 0 }),
        ...(onUpgrade ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {}),
        ...options.headers,
      },
      ...(onUpgrade ? {} : { agent }),
      ...(socketPath ? { socketPath } : { host: connection.host, port: connection.port }),
      ...(secure ? { ca: connection.ca, cert: connection.cert, key: connection.key } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    request.on('response', resolve);
    request.on('upgrade', (_response, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      onUpgrade?.(socket);
      resolve(undefined);
    });
    request.on('error', (error) => {
      if (wasStale(error, request.reusedSocket)) resolve(send(method, path, options, onUpgrade));
      else reject(error);
    });
    request.end(payload);
    return promise;
  };

  const versioned = async (path: string): Promise<string> => {
    prefix ??= (async () => {
      const response = (await send('GET', '/_ping', {}))!;
      await read(response);
      return `/v${older(String(response.headers['api-version'] ?? NEWEST_API), NEWEST_API)}`;
    })();
    try {
      return `${await prefix}${path}`;
    } catch (error) {
      prefix = undefined;
      throw error;
    }
  };

  const stream: Engine['stream'] = async (method, path, options = {}) => {
    const response = (await send(method, await versioned(path), options))!;
    if ((response.statusCode ?? 0) >= 400) throw await failure(response);
    return response;
  };

  return {
    stream,
    async call<T>(method: string, path: string, options?: CallOptions): Promise<T> {
      const text = await read(await stream(method, path, options));
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async hijack(path, options = {}) {
      let taken: Duplex | undefined;
      const response = await send('POST', await versioned(path), options, (socket) => {
        taken = socket;
      });
      if (taken) return taken;
      throw response ? await failure(response) : new Error(`no stream for ${path}`);
    },
    async serverTime() {
      const response = (await send('GET', '/_ping', {}))!;
      await read(response);
      return Math.floor(Date.parse(String(response.headers.date)) / 1000);
    },
  };
};
