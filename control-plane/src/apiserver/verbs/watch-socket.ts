/**
 * Watch over WebSocket, as browsers ask for it: the stream of ./watch.ts cut at its newlines, one event a text frame. What the client sends is
 * not looked at. The socket ends with 1000 when the watch ends; a client that leaves ends the watch.
 */
import { isUpgrade } from '../../relay/upgrade.ts';
import type { Handler } from '../call.ts';

const NORMAL_CLOSURE = 1000;
const NEWLINE = 10;
const bearer = 'base64url.bearer.authorization.k8s.io.';

/** The offered sub-protocol that is not a token: it is echoed, whatever it is, and changes nothing. */
export const watchProtocol = (request: Request): string | undefined =>
  (request.headers.get('sec-websocket-protocol') ?? '')
    .split(',')
    .map((name) => name.trim())
    .find((name) => name !== '' && !name.startsWith(bearer));

/** Lines of a stream, each with its newline; a rest without one is the last. */
export async function* linesOf(stream: ReadableStream<Uint8Array>, stop: AbortSignal): AsyncGenerator<string, void> {
  const reader = stream.getReader();
  const leave = () => void reader.cancel().catch(() => undefined);
  stop.addEventListener('abort', leave, { once: true });
  if (stop.aborted) leave();
  let pending: Uint8Array[] = [];
  const text = (last: Uint8Array): string => {
    const decoder = new TextDecoder();
    const head = pending.map((part) => decoder.decode(part, { stream: true })).join('');
    pending = [];
    return head + decoder.decode(last);
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      let from = 0;
      for (let at = value.indexOf(NEWLINE); at >= 0; at = value.indexOf(NEWLINE, from)) {
        yield text(value.subarray(from, at + 1));
        from = at + 1;
      }
      if (from < value.length) pending.push(value.subarray(from));
    }
    if (pending.length > 0) yield text(new Uint8Array(0));
  } finally {
    stop.removeEventListener('abort', leave);
    leave();
  }
}

/** A watch that answers an upgrade request with a socket, every other one as it did. */
export const overSocket =
  (watch: Handler): Handler =>
  async (call) => {
    const response = await watch(call);
    const { upgrader, log } = call.server.platform;
    if (!upgrader || !response.body || !isUpgrade(call.request)) return response;
    const accepted = upgrader.accept(call.request, watchProtocol(call.request));
    const { socket } = accepted;
    const left = new AbortController();
    void socket.closed.then(() => left.abort());
    const listen = async (): Promise<void> => {
      for await (const _ of socket.frames);
    };
    const send = async (body: ReadableStream<Uint8Array>): Promise<void> => {
      for await (const line of linesOf(body, left.signal)) await socket.send(line);
      socket.close(NORMAL_CLOSURE, '');
    };
    void listen().catch(() => undefined);
    void send(response.body).catch((error: unknown) => {
      if (!left.signal.aborted) log.debug('a watch over WebSocket ended', { error: String(error) });
      socket.close(NORMAL_CLOSURE, '');
    });
    return accepted.response;
  };
