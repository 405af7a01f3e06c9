/**
 * Large answers are sent compressed to clients that can read them, as upstream does: gzip, fast, from 128 KiB on. Never a stream of events, which says
 * `content-encoding: identity` itself. On Workers the runtime does this. zlib works on threads of its own.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

const LEAST_BYTES = 128 * 1024;

/** Such a text is sent as it is: in UTF-8 a character has three bytes at most. */
export const isShort = (text: string): boolean => text.length * 3 < LEAST_BYTES;

const wantsGzip = (request: Request): boolean =>
  (request.headers.get('accept-encoding') ?? '').split(',').some((part) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/i.test(part));

const isDocument = (headers: Headers): boolean => /^application\/(json|yaml)\b/.test(headers.get('content-type') ?? '');

/** Whether the response is compressed if it is large. */
export const isCompressible = (request: Request, { body, headers }: Response): boolean =>
  body !== null && !headers.has('content-encoding') && isDocument(headers) && wantsGzip(request);

/** The response as it is, or compressed. Waits for as much of the body as tells which. */
export const compressed = async (request: Request, response: Response): Promise<Response> => {
  const { body, headers, status } = response;
  if (!body || !isCompressible(request, response)) return response;
  const reader = body.getReader();
  const first: Uint8Array[] = [];
  let size = 0;
  let ended = false;
  while (size < LEAST_BYTES && !ended) {
    const { done, value } = await reader.read();
    if (value) first.push(value);
    size += value?.length ?? 0;
    ended = done;
  }
  if (size < LEAST_BYTES) return new Response(Buffer.concat(first), { status, headers });
  const gzip = createGzip({ level: 1 });
  void pipeline(Readable.from(bodyOf(first, reader)), gzip).catch((error) => gzip.destroy(error));
  const encoded = new Headers(headers);
  encoded.delete('content-length');
  encoded.set('content-encoding', 'gzip');
  encoded.append('vary', 'Accept-Encoding');
  return new Response(Readable.toWeb(gzip) as unknown as ReadableStream<Uint8Array>, { status, headers: encoded });
};

async function* bodyOf(first: readonly Uint8Array[], reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* first;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // the client may have gone before the end
    await reader.cancel().catch(() => undefined);
  }
}
