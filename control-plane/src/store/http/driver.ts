/**
 * A Driver over HTTP: one POST a batch, in Protocol Buffers, where bodies cross as they are; and by `@libsql/client`, in JSON, to a server that does not
 * know them. Web standards only.
 */
import { createClient } from '@libsql/client/web';
import { type Driver, DriverError, type Row, type Rows, type Statement } from '../driver.ts';
import { toStoreOrDriverError } from '../libsql-errors.ts';
import { bodies } from './body.ts';
import { decodePipeline, encodePipeline, HranaReplyError } from './pipeline.ts';
import { type Post, postBy } from './post.ts';

export interface HttpDriverOptions {
  /** `https://...`, `libsql://...`, or `http://...`. */
  readonly url: string;
  readonly authToken?: string;
  readonly fetch?: typeof fetch;
  /** Sends what goes as Protocol Buffers. Default: `fetch`. */
  readonly post?: Post;
  /** For one call. Default 10,000. */
  readonly deadlineMs?: number;
}

type Mode = 'read' | 'write';

/** What a server, or a proxy before it, answers that does not know the path or the form. */
const unknownPath: readonly number[] = [404, 405, 415];

export function httpDriver(options: HttpDriverOptions): Driver {
  const send = options.fetch ?? fetch;
  const post = options.post ?? postBy(send);
  const { deadlineMs = 10_000 } = options;
  const client = createClient({
    url: options.url,
    ...(options.authToken === undefined ? {} : { authToken: options.authToken }),
    intMode: 'number',
    // No queue in the client: on Workers a call must not wait for another request's. (0 would mean its default, 20.)
    concurrency: Number.MAX_SAFE_INTEGER,
    fetch: (request: Request) => send(request, { signal: AbortSignal.timeout(deadlineMs) }),
  });
  const url = new URL('v3-protobuf/pipeline', options.url.replace(/^libsql:/, 'https:'));
  const headers = {
    'content-type': 'application/x-protobuf',
    ...(options.authToken === undefined ? {} : { authorization: `Bearer ${options.authToken}` }),
  };
  const newBody = bodies();
  let knowsProtobuf = true;

  /** Undefined: the server does not know the path. Nothing was run then. */
  async function byProtobuf(statements: readonly Statement[], mode: Mode): Promise<Rows[] | undefined> {
    const answer = newBody();
    const status = await post({ url, headers, body: encodePipeline(statements, mode), deadlineMs, take: answer.add });
    return answer.read((bytes) => {
      if (unknownPath.includes(status)) return undefined;
      if (status < 200 || status > 299) throw errorOf(status, bytes);
      return decodePipeline(bytes, statements, mode);
    });
  }

  async function byJson(statements: readonly Statement[], mode: Mode): Promise<Rows[]> {
    const calls = statements.map(({ sql, args }) => ({ sql, args: [...args] }));
    const results = mode === 'read' && calls.length === 1 ? [await client.execute(calls[0]!)] : await client.batch(calls, mode);
    return results.map((result) => result.rows as unknown as Row[]);
  }

  return {
    async batch(statements, mode): Promise<Rows[]> {
      if (client.closed) throw new DriverError('lost', 'the connection to the database is closed');
      try {
        const rows = knowsProtobuf ? await byProtobuf(statements, mode) : undefined;
        if (rows) return rows;
        const read = await byJson(statements, mode);
        // Only now: a database that is missing answers 404 too.
        knowsProtobuf = false;
        return read;
      } catch (error) {
        throw toStoreOrDriverError(error);
      }
    },
    close: () => client.close(),
  };
}

/** Of a reply that is not 2xx: what its JSON says, or its status. */
function errorOf(status: number, bytes: Uint8Array): HranaReplyError {
  try {
    const { code, message } = JSON.parse(new TextDecoder().decode(bytes)) as { code?: unknown; message?: unknown };
    if (typeof code === 'string') return new HranaReplyError(code, String(message ?? code));
  } catch {
    // a page of a proxy
  }
  return new HranaReplyError('SERVER_ERROR', `the database answered ${status}`, { cause: { status } });
}
