/** What the kubelet's paths are asked with and answer: plain values, so that each path is a function. */
export interface KubeletRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** The client went away. */
  readonly signal: AbortSignal;
}

export interface KubeletAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | AsyncIterable<Uint8Array>;
}

const PLAIN = 'text/plain; charset=utf-8';
const encoder = new TextEncoder();

export const plain = (body: KubeletAnswer['body'], status = 200): KubeletAnswer => ({ status, contentType: PLAIN, body });
export const json = (value: unknown): KubeletAnswer => ({ status: 200, contentType: 'application/json', body: JSON.stringify(value) });

/** In the words of the kubelet's own server. */
export const pageNotFound = (): KubeletAnswer => plain('404 page not found\n', 404);

export async function* bytesOf(body: KubeletAnswer['body']): AsyncGenerator<Uint8Array, void> {
  if (typeof body === 'string') yield encoder.encode(body);
  else yield* body;
}
