/**
 * Container logs as binary frames of log bytes, then a close. A log that cannot be read is a text frame with a Status. The options are the query
 * parameters of the pod's `log` subresource, checked by the API server. A reader that cannot hold up the network gives credit instead, see ./credit.ts.
 */
import { parseTime } from '#schema/meta/time.ts';
import type { ContainerRuntime, LogOptions } from '../runtime/runtime.ts';
import type { Credit } from './credit.ts';
import type { StreamSocket } from './stream-socket.ts';

export type StreamParams = Readonly<Record<string, readonly string[]>>;

export interface LogRequest extends LogOptions {
  /** Bytes after which the log is cut; absent: none. */
  readonly limitBytes?: number;
}

/** The last word of a stream that could not be served. Never throws. */
export const refuseStream = async (
  socket: StreamSocket,
  reason: 'BadRequest' | 'NotFound' | 'InternalError',
  message: string,
): Promise<void> => {
  await socket.send(JSON.stringify({ status: 'Failure', reason, message })).catch(() => undefined);
  socket.close(CANNOT_SERVE, message);
};

/** Close code of a stream that could not be served. */
const CANNOT_SERVE = 4000;
const MAX_FRAME_BYTES = 64 * 1024;

export const isTrue = (params: StreamParams, name: string): boolean => {
  const value = params[name]?.[0];
  return value === 'true' || value === '1';
};

const number = (params: StreamParams, name: string): number | undefined => {
  const text = params[name]?.[0];
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : undefined;
};

/** A `sinceSeconds` counts back from `nowMs`; it goes before `sinceTime`. */
export const logRequest = (params: StreamParams, nowMs: number): LogRequest => {
  const ago = number(params, 'sinceSeconds');
  const since = parseTime(params.sinceTime?.[0] ?? '');
  const sinceSeconds = ago !== undefined ? nowMs / 1000 - ago : Number.isNaN(since) ? undefined : since / 1000;
  const tailLines = number(params, 'tailLines');
  const limitBytes = number(params, 'limitBytes');
  return {
    follow: isTrue(params, 'follow'),
    timestamps: isTrue(params, 'timestamps'),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
};

/** Resolves when the log has been sent or the client has gone. Never throws. */
export const serveLogs = async (
  socket: StreamSocket,
  runtime: Pick<ContainerRuntime, 'logs'>,
  containerId: string,
  request: LogRequest,
  credit: Credit,
): Promise<void> => {
  const left = new AbortController();
  void socket.closed.then(() => left.abort());
  const { limitBytes, ...options } = request;
  void hear(socket, credit);
  let remaining = limitBytes ?? Number.POSITIVE_INFINITY;
  try {
    for await (const chunk of joined(runtime.logs(containerId, options, left.signal))) {
      const data = chunk.byteLength > remaining ? chunk.subarray(0, remaining) : chunk;
      await credit.take(data.byteLength);
      if (data.byteLength > 0) await socket.send(data);
      remaining -= data.byteLength;
      if (remaining <= 0) break;
    }
    socket.close(1000, '');
  } catch (error) {
    if (!left.signal.aborted) await refuseStream(socket, 'InternalError', (error as Error).message);
  } finally {
    left.abort();
  }
};

/** Until the reader leaves. */
const hear = async (socket: StreamSocket, credit: Credit): Promise<void> => {
  for await (const frame of socket.frames) credit.hear(frame);
  credit.end();
};

/** Lines that are there already are sent together; one that comes alone goes at once. */
async function* joined(lines: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const source = lines[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): Uint8Array => {
    const all = held.length === 1 ? held[0]! : Buffer.concat(held);
    held = [];
    bytes = 0;
    return all;
  };
  try {
    let next = source.next();
    for (;;) {
      const result = held.length === 0 ? await next : await Promise.race([next, soon()]);
      if (result === undefined) {
        yield flush();
        continue;
      }
      if (result.done) {
        if (held.length > 0) yield flush();
        return;
      }
      held.push(result.value);
      bytes += result.value.byteLength;
      next = source.next();
      if (bytes >= MAX_FRAME_BYTES) yield flush();
    }
  } finally {
    await source.return?.();
  }
}

/** After everything that is ready now. */
const soon = (): Promise<undefined> => new Promise((resolve) => setImmediate(() => resolve(undefined)));
