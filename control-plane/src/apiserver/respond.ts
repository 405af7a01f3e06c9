/** Responses. JSON text is passed in ready wherever it can be; YAML is made from it. */
import { type ApiError, PageNotFound, type StatusBody, toStatus } from './errors.ts';
import type { Wanted } from './negotiation.ts';

export const jsonHeaders = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' } as const;

/** On the response itself, so that it goes with it: @see ./last-made.ts */
const wholly = Symbol('the whole body');
type Known = Response & { [wholly]?: string };

/** The whole body of a response, where it was at hand when the response was made: whoever sends it need not read the stream. */
export const wholeText = (response: Response): string | undefined => (response as Known)[wholly];

const ofText = (text: string, init: ResponseInit): Response => {
  const response: Known = new Response(text, init);
  response[wholly] = text;
  return response;
};

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  ofText(`${JSON.stringify(value)}\n`, { status, headers: { ...jsonHeaders, ...headers } });

/** Few ask for YAML, so what makes it is loaded with the first who does. */
const yamlOf = (text: string): ReadableStream<Uint8Array> =>
  new ReadableStream({
    pull: async (controller) => {
      const { stringify } = await import('yaml');
      controller.enqueue(new TextEncoder().encode(stringify(JSON.parse(text))));
      controller.close();
    },
  });

/** `text` is JSON already. */
export const jsonText = (text: string, options: { readonly status?: number; readonly format?: Wanted['format'] } = {}): Response => {
  if (options.format === 'yaml') {
    return new Response(yamlOf(text), {
      status: options.status ?? 200,
      headers: { ...jsonHeaders, 'content-type': 'application/yaml' },
    });
  }
  return ofText(text, { status: options.status ?? 200, headers: jsonHeaders });
};

export const plain = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' } });

export const failure = (error: ApiError): Response => {
  if (error instanceof PageNotFound) return plain('404 page not found\n', error.code);
  const retry = error.details?.retryAfterSeconds;
  return json(toStatus(error), error.code, {
    ...(retry ? { 'retry-after': String(retry) } : {}),
    ...(error.code === 401 ? { 'www-authenticate': 'Bearer realm="kedge"' } : {}),
  });
};

export const success = (status: StatusBody): Response => json(status);

/** `Warning: 299 - "text"`, once for each text. Long lists are cut: headers are bounded. */
export const withWarnings = (response: Response, warnings: readonly string[]): Response => {
  let size = 0;
  for (const text of new Set(warnings)) {
    size += text.length;
    if (size > 4096) break;
    response.headers.append('warning', `299 - "${headerText(text)}"`);
  }
  return response;
};

const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').replace(/[\\"]/g, '\\$&');
