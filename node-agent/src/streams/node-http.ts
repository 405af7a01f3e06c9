/**
 * One HTTP request to the node itself, in the frames of ./pod-http.ts: a head (text), the body (binary, not looked at) and `end` (text) come in; a head, the
 * body and the close go out.
 */
import { bytesOf, type KubeletAnswer } from '../kubelet/answer.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';
import { creditOf, takenTo } from './credit.ts';
import type { StreamParams } from './logs.ts';
import type { StreamSocket } from './stream-socket.ts';

const CHUNK_BYTES = 64 * 1024;
const FAILED = 4000;

/** Resolves when the exchange is over. Never throws. */
export const serveNodeHttp = async (socket: StreamSocket, kubelet: Kubelet, params: StreamParams): Promise<void> => {
  const left = new AbortController();
  const credit = creditOf(params);
  const taken = takenTo(socket, params);
  const leave = (): void => {
    left.abort();
    credit.end();
  };
  void socket.closed.then(leave);

  const send = async ({ status, contentType, body }: KubeletAnswer, withBody: boolean): Promise<void> => {
    await socket.send(JSON.stringify({ status, headers: [['content-type', contentType]] }));
    for await (const chunk of withBody ? bytesOf(body) : []) {
      for (let at = 0; at < chunk.byteLength && !left.signal.aborted; at += CHUNK_BYTES) {
        const part = chunk.subarray(at, at + CHUNK_BYTES);
        await credit.take(part.byteLength);
        await socket.send(part);
      }
      if (left.signal.aborted) return;
    }
    socket.close(1000, '');
  };

  const answer = async (text: string): Promise<void> => {
    try {
      const { method, path } = JSON.parse(text) as { readonly method: string; readonly path: string };
      const { pathname, searchParams: query } = new URL(path, 'http://node');
      await send(await kubelet({ method, path: pathname, query, signal: left.signal }), method !== 'HEAD');
    } catch (error) {
      const { message } = error as Error;
      await socket.send(JSON.stringify({ error: message })).catch(() => undefined);
      socket.close(FAILED, message);
    }
  };

  let begun = false;
  try {
    for await (const frame of socket.frames) {
      if (typeof frame !== 'string') taken?.(frame.byteLength);
      else if (frame !== 'end' && !credit.hear(frame) && !begun) {
        begun = true;
        void answer(frame);
      }
    }
  } finally {
    leave();
  }
};
