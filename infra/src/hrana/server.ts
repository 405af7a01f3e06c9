/**
 * A small libSQL-over-HTTP server for development and tests: `POST /v2/pipeline` (JSON) and `/v3-protobuf/pipeline` over one database file. It can be slow
 * and lose requests or replies on purpose, with a seed, so that what a network does can be tried at will. A pipeline runs without pause, hence batches are
 * atomic.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Database from 'libsql';
import { counted, type Figures, noFigures } from './figures.ts';
import { decodePipelineRequest, encodePipelineReply, replyRoom } from './protobuf.ts';
import type { BatchResult, PipelineRequest, StreamResult } from './protocol.ts';
import { Stream, totalChanges } from './stream.ts';

const maxRequestBytes = 32_000_000;
/** Memory for replies is kept for the next one up to this: pages of lists are a little above a megabyte. */
const maxKeptBytes = 4_194_304;

type Form = 'json' | 'protobuf';

export interface HranaServerOptions {
  /** The database file. */
  readonly path: string;
  /** 0: any free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Asked for as bearer token when given. */
  readonly authToken?: string;
  /** Before each request is worked on. Default 0. */
  readonly latencyMs?: number;
  /** Share (0..1) of committed writes whose reply is lost. Default 0. */
  readonly dropRate?: number;
  /** Of the losses. Default 1. */
  readonly seed?: number;
  /** False: it knows JSON only, as other servers may. Default true. */
  readonly protobuf?: boolean;
  /** How long a stream waits for its next pipeline before it is rolled back. Default 10,000. */
  readonly streamExpiryMs?: number;
  /** Runs `work` after a time, unless the returned function is called before. Default: real time. */
  readonly after?: (ms: number, work: () => void) => () => void;
}

const realAfter = (ms: number, work: () => void): (() => void) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

export interface HranaServer {
  readonly url: string;
  /** Pipelines served so far. */
  readonly pipelines: number;
  /** What they did so far. */
  readonly figures: Figures;
  /** Loses the replies of the next n pipelines that commit a write. */
  dropNext(n: number): void;
  /** Loses the next n pipelines before they are worked on. */
  loseNext(n: number): void;
  /** Answers the next n pipelines with this HTTP status and error code, with no work done. */
  failNext(n: number, status: number, code?: string): void;
  /** Answers every pipeline so until the returned function is called. */
  refuse(status: number, code: string): () => void;
  close(): Promise<void>;
}

export async function startHranaServer(options: HranaServerOptions): Promise<HranaServer> {
  const random = seeded(options.seed ?? 1);
  const idle: Database.Database[] = [];
  const streams = new Map<string, { stream: Stream; keepOn: () => void }>();
  const after = options.after ?? realAfter;
  const pending = { drop: 0, lose: 0, fail: 0, status: 503, code: '' };
  let pipelines = 0;
  let figures = noFigures;
  let closing = false;
  let spare: Uint8Array<ArrayBuffer> | undefined;

  function connect(): Database.Database {
    const connection = new Database(options.path);
    for (const pragma of ['journal_mode = WAL', 'synchronous = FULL']) connection.exec(`PRAGMA ${pragma}`);
    return connection;
  }

  function release(stream: Stream): void {
    stream.rollback();
    if (closing) stream.database.close();
    else idle.push(stream.database);
  }

  /** The stream of a baton, or a new one; undefined for an unknown or expired baton. */
  function take(baton: string | null | undefined): Stream | undefined {
    if (baton == null) return new Stream(idle.pop() ?? connect());
    const held = streams.get(baton);
    streams.delete(baton);
    held?.keepOn();
    return held?.stream;
  }

  function keep(stream: Stream): string {
    const baton = randomUUID();
    const keepOn = after(options.streamExpiryMs ?? 10_000, () => {
      streams.delete(baton);
      release(stream);
    });
    streams.set(baton, { stream, keepOn });
    return baton;
  }

  async function servePipeline(request: IncomingMessage, response: ServerResponse, form: Form): Promise<void> {
    pipelines++;
    const bytes = await readBody(request);
    if (options.latencyMs) await new Promise((resolve) => setTimeout(resolve, options.latencyMs));
    if (pending.lose > 0) {
      pending.lose--;
      request.socket.destroy();
      return;
    }
    if (pending.fail > 0) {
      pending.fail--;
      return reply(response, pending.status, { message: 'refused on purpose', code: pending.code });
    }
    const body = parsePipeline(bytes, form);
    if (!body) return reply(response, 400, { message: 'the body is not a pipeline', code: 'HTTP_BAD_REQUEST' });
    const stream = take(body.baton);
    if (!stream) return reply(response, 400, { message: 'Received an invalid or expired baton', code: 'STREAM_EXPIRED' });
    const changes = totalChanges(stream.database);
    const results = stream.run(body.requests);
    figures = counted(figures, results, totalChanges(stream.database) - changes);
    const wrote = stream.takeCommitted() && results.every(isDone);
    const baton = stream.closed ? null : keep(stream);
    if (stream.closed) release(stream);
    if (wrote && (pending.drop > 0 || random() < (options.dropRate ?? 0))) {
      if (pending.drop > 0) pending.drop--;
      request.socket.destroy();
      return;
    }
    if (form === 'json') return reply(response, 200, { baton, base_url: null, results });
    const memory = spare && spare.length >= replyRoom(stream.replyBytes) ? spare : new Uint8Array(replyRoom(stream.replyBytes));
    spare = undefined;
    const encoded = encodePipelineReply(baton, results, memory);
    response.writeHead(200, { 'content-type': 'application/x-protobuf', 'content-length': encoded.length });
    response.end(encoded, () => {
      if (memory.length <= maxKeptBytes && memory.length > (spare?.length ?? 0)) spare = memory;
    });
  }

  const formOf = (version: string | undefined): Form | undefined =>
    version === '/v2' ? 'json' : version === '/v3-protobuf' && options.protobuf !== false ? 'protobuf' : undefined;

  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    // Clients ask so, without a token, for the versions that are known.
    if (request.method === 'GET' && formOf(path)) return reply(response, 200, { status: 'ok' });
    if (options.authToken !== undefined && request.headers.authorization !== `Bearer ${options.authToken}`) {
      return reply(response, 401, { message: 'the token is missing or wrong', code: 'AUTH_REJECTED' });
    }
    if (request.method === 'GET' && path === '/health') return reply(response, 200, { status: 'ok' });
    const form = path?.endsWith('/pipeline') ? formOf(path.slice(0, -'/pipeline'.length)) : undefined;
    if (request.method !== 'POST' || !form) {
      return reply(response, 404, { message: `no such path: ${request.method} ${path}`, code: 'NOT_FOUND' });
    }
    servePipeline(request, response, form).catch((error: unknown) => {
      if (!response.headersSent) reply(response, 500, { message: String(error), code: 'INTERNAL' });
    });
  });

  // the client closes first: workerd keeps an idle connection for five seconds, and Node.js would close it just then
  server.keepAliveTimeout = 60_000;
  idle.push(connect());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host ?? '127.0.0.1', resolve);
  });
  const { address, port } = server.address() as AddressInfo;

  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    get pipelines() {
      return pipelines;
    },
    get figures() {
      return figures;
    },
    dropNext(n) {
      pending.drop += n;
    },
    loseNext(n) {
      pending.lose += n;
    },
    failNext(n, status, code = 'ON_PURPOSE') {
      pending.fail += n;
      pending.status = status;
      pending.code = code;
    },
    refuse(status, code) {
      pending.fail = Number.POSITIVE_INFINITY;
      pending.status = status;
      pending.code = code;
      return () => {
        pending.fail = 0;
      };
    },
    async close() {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      for (const { stream, keepOn } of streams.values()) {
        keepOn();
        release(stream);
      }
      for (const connection of idle) connection.close();
    },
  };
}

function isDone(result: StreamResult): boolean {
  if (result.type === 'error') return false;
  const { step_errors: errors } = (result.response.result ?? {}) as Partial<BatchResult>;
  return errors === undefined || errors.every((error) => error === null);
}

function parsePipeline(bytes: Buffer, form: Form): PipelineRequest | undefined {
  try {
    const body = form === 'json' ? (JSON.parse(bytes.toString('utf8')) as PipelineRequest) : decodePipelineRequest(bytes);
    return Array.isArray(body?.requests) ? body : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxRequestBytes) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
