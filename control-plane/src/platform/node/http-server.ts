/**
 * HTTPS in front of the Hono app on Node.js: HTTP/1.1 (kubectl's exec needs upgrades), certificates re-read when their files change, orderly end.
 */
import { existsSync, readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { DEFAULT_CIPHERS } from 'node:tls';
import { getRequestListener } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { sourceOf } from '../../apiserver/piece-source.ts';
import { wholeText } from '../../apiserver/respond.ts';
import { compressed, isCompressible, isShort } from './compression.ts';
import { sendPieces, takesChunks } from './piece-sender.ts';

export interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly onCertificateError: (error: unknown) => void;
}

export interface HttpServer {
  readonly port: number;
  /** Stops listening and ends every connection; streams end as with a lost network. */
  close(): Promise<void>;
}

const CERTIFICATE_POLL_MS = 5_000;
/** Longest request head; URLs of label selectors can be long. */
const MAX_HEADER_BYTES = 64 * 1024;

/** The cheapest one first: watches are many bytes. What Node.js would offer otherwise follows. */
export const CIPHERS = `TLS_AES_128_GCM_SHA256:${DEFAULT_CIPHERS}`;

const readPair = (options: HttpServerOptions) => ({ cert: readFileSync(options.cert), key: readFileSync(options.key) });

/** Most answers are short texts: head and body go out in one piece, and no stream is made for them. */
const sendText = (text: string, { status, headers }: Response, outgoing: ServerResponse): Response => {
  outgoing.writeHead(status, { ...Object.fromEntries(headers), 'content-length': Buffer.byteLength(text) });
  outgoing.end(text);
  return RESPONSE_ALREADY_SENT;
};

/** @throws Error `EADDRINUSE`, `EACCES` from listen; an unreadable certificate. */
export const startHttpServer = async (options: HttpServerOptions): Promise<HttpServer> => {
  const sockets = new Set<Duplex>();
  const answer = async (request: Request, outgoing: ServerResponse): Promise<Response> => {
    const response = await options.fetch(request);
    const text = wholeText(response);
    if (text !== undefined && isShort(text)) return sendText(text, response, outgoing);
    const pieces = sourceOf(response.body);
    if (!pieces || !takesChunks(outgoing) || isCompressible(request, response)) return compressed(request, response);
    sendPieces(pieces, response, outgoing);
    return RESPONSE_ALREADY_SENT;
  };
  // its Response, which becomes the global one, makes no stream of a text before somebody asks for it
  const listener = getRequestListener((request, { outgoing }) => answer(request, outgoing as ServerResponse));
  const server = createServer(
    { ...readPair(options), maxHeaderSize: MAX_HEADER_BYTES, ciphers: CIPHERS, honorCipherOrder: true },
    listener,
  );
  server.on('upgrade', options.upgrade);
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  // A watch is one long request; its own timeoutSeconds ends it.
  server.requestTimeout = 0;
  server.timeout = 0;
  server.keepAliveTimeout = 120_000;
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => resolve((server.address() as { port: number }).port));
  });
  const renew = (): void => {
    try {
      if (existsSync(options.cert)) server.setSecureContext(readPair(options));
    } catch (error) {
      options.onCertificateError(error);
    }
  };
  watchFile(options.cert, { interval: CERTIFICATE_POLL_MS, persistent: false }, renew);
  return {
    port,
    close: async () => {
      unwatchFile(options.cert, renew);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
};
