/**
 * One HTTP request to a port of a pod, for the API server's proxy and for webhooks in the cluster: the control plane sends a head (text), the body (binary) and
 * `end` (text); the agent makes the request and sends back a head, the body, and the close. A reader that cannot be held up by the network speaks of credit
 * besides, see ./credit.ts. The agent ends TLS, so it runs on the node whose pod is asked, which sees the plain text in any case.
 */
import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { creditOf, takenTo } from './credit.ts';
import type { StreamParams } from './logs.ts';
import type { StreamSocket } from './stream-socket.ts';

interface Head {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
  /** For https. */
  readonly ca?: string;
  readonly serverName?: string;
  readonly insecure?: boolean;
  /** A client certificate, PEM. */
  readonly cert?: string;
  readonly key?: string;
}

const CHUNK_BYTES = 64 * 1024;
const FAILED = 4000;
const TIMEOUT_MS = 60_000;

/** Resolves when the exchange is over. Never throws. */
export const servePodHttp = async (socket: StreamSocket, address: string | undefined, params: StreamParams): Promise<void> => {
  const port = Number(params.port?.[0]);
  const scheme = params.scheme?.[0] === 'https' ? 'https' : 'http';
  const credit = creditOf(params);
  const taken = takenTo(socket, params);
  const left = new AbortController();
  const leave = (): void => {
    left.abort();
    credit.end();
  };
  void socket.closed.then(leave);

  const answer = async (response: IncomingMessage): Promise<void> => {
    // whoever reads it hears of it too; one that is not read any more must not end the agent
    response.on('error', () => undefined);
    const headers: [string, string][] = [];
    for (let i = 0; i + 1 < response.rawHeaders.length; i += 2) headers.push([response.rawHeaders[i]!, response.rawHeaders[i + 1]!]);
    await socket.send(JSON.stringify({ status: response.statusCode, headers }));
    for await (const chunk of response as AsyncIterable<Buffer>) {
      for (let at = 0; at < chunk.byteLength; at += CHUNK_BYTES) {
        const part = chunk.subarray(at, at + CHUNK_BYTES);
        await credit.take(part.byteLength);
        await socket.send(part);
      }
    }
    socket.close(1000, '');
  };

  const fail = async (error: Error): Promise<void> => {
    await socket.send(JSON.stringify({ error: error.message })).catch(() => undefined);
    socket.close(FAILED, error.message);
  };

  const begin = ({ method, path, headers, ca, serverName, insecure, cert, key }: Head) => {
    if (!address) throw new Error('the pod has no address yet');
    const client = cert && key ? { cert, key } : {};
    const tls = { ...(ca ? { ca } : {}), ...client, ...(serverName ? { servername: serverName } : {}), rejectUnauthorized: !insecure };
    const options = { host: address, port, method, path, headers: headers.flat(), timeout: TIMEOUT_MS };
    const request = scheme === 'https' ? secure({ ...options, ...tls }) : plain(options);
    request.once('response', (response) => {
      // what has begun may pause: a watch, a log that is followed
      request.setTimeout(0);
      void answer(response).catch(fail);
    });
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.on('error', (error) => void fail(error));
    left.signal.addEventListener('abort', () => request.destroy(), { once: true });
    return request;
  };

  let request: ClientRequest | undefined;
  const passOn = (data: Uint8Array): Promise<void> | undefined => {
    const open = request && !request.destroyed;
    // whoever asks what was taken sends no more than that ahead: he is not to be held up, as credit comes the same way
    if (taken) {
      if (open) request!.write(data, () => taken(data.byteLength));
      else taken(data.byteLength);
    } else if (open && !request!.write(data)) return drained(request!);
    return undefined;
  };

  try {
    for await (const frame of socket.frames) {
      if (typeof frame !== 'string') await passOn(frame);
      else if (credit.hear(frame)) continue;
      else if (frame === 'end') request?.end();
      else request ??= begin(JSON.parse(frame) as Head);
    }
  } catch (error) {
    await fail(error as Error);
  } finally {
    leave();
  }
};

const drained = (request: ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done);
      request.off('close', done);
      resolve();
    };
    request.once('drain', done).once('close', done);
  });
