/** How a driver sends one POST and gets its answer: by `fetch` here; Node.js has a way of its own that costs a tenth (platform/node/post.ts). */

export interface PostRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** From the call to the last byte of the answer. */
  readonly deadlineMs: number;
  /** Gets the body of the answer, piece by piece; each is only lent. */
  readonly take: (piece: Uint8Array) => void;
}

/** Resolves with the status when the answer is whole; redirects are not followed by every implementation. Rejects when it did not come, or not in time. */
export type Post = (request: PostRequest) => Promise<number>;

export const postBy =
  (send: typeof fetch): Post =>
  async ({ url, headers, body, deadlineMs, take }) => {
    const response = await send(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(deadlineMs) });
    for await (const piece of response.body ?? []) take(piece);
    return response.status;
  };
