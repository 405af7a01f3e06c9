/**
 * The `kubernetes` Service on this node: TLS for the ClusterIP ends here with a certificate of the cluster's CA, and every request goes on over the agent's
 * own outbound HTTPS with the pod's own credential, watches and upgrades included. The agent's token is never added.
 */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { createServer, Agent as HttpsAgent, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Logger } from '../context.ts';

export interface ApiEndpointOptions {
  readonly address: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  /** https://HOST:PORT of the control plane. */
  readonly server: string;
  /** PEM; absent where the control plane's certificate is publicly trusted. */
  readonly ca?: string;
  readonly log: Logger;
}

export interface ApiEndpoint {
  readonly port: number;
  close(): Promise<void>;
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'te', 'trailer', 'host']);

const forwardedHeaders = (request: IncomingMessage, keepUpgrade: boolean): OutgoingHttpHeaders => {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || HOP_BY_HOP.has(name) || (name === 'upgrade' && !keepUpgrade)) continue;
    headers[name] = value;
  }
  if (keepUpgrade) headers.connection = 'Upgrade';
  return headers;
};

const statusBody = (message: string): string =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason: 'ServiceUnavailable', code: 503 });

const refuse = (response: ServerResponse, message: string): void => {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(statusBody(message));
};

const headOf = (reply: IncomingMessage): string => {
  const lines = [`HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}`];
  for (let i = 0; i + 1 < reply.rawHeaders.length; i += 2) lines.push(`${reply.rawHeaders[i]}: ${reply.rawHeaders[i + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
};

/** @throws Error when the address cannot be bound. */
export const startApiEndpoint = async (options: ApiEndpointOptions): Promise<ApiEndpoint> => {
  const upstream = new URL(options.server);
  const agent = new HttpsAgent({ keepAlive: true, maxSockets: 256, ...(options.ca ? { ca: options.ca } : {}) });
  const sockets = new Set<Duplex>();

  const target = (request: IncomingMessage, headers: OutgoingHttpHeaders): RequestOptions => ({
    host: upstream.hostname,
    port: upstream.port || 443,
    method: request.method ?? 'GET',
    path: request.url ?? '/',
    headers,
    agent,
    ...(options.ca ? { ca: options.ca } : {}),
  });

  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const outgoing = httpsRequest(target(request, forwardedHeaders(request, false)), (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      response.flushHeaders();
      reply.pipe(response);
      reply.on('error', () => response.destroy());
    });
    outgoing.on('error', (error) => refuse(response, `the control plane cannot be reached from this node: ${error.message}`));
    response.on('close', () => outgoing.destroy());
    request.pipe(outgoing);
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const outgoing = httpsRequest(target(request, forwardedHeaders(request, true)));
    const end = (): void => {
      outgoing.destroy();
      socket.destroy();
    };
    outgoing.on('error', end);
    socket.on('error', end);
    outgoing.on('response', (reply) => {
      socket.write(headOf(reply));
      reply.pipe(socket);
    });
    outgoing.on('upgrade', (reply, remote, remoteHead) => {
      socket.write(headOf(reply));
      if (remoteHead.length > 0) socket.write(remoteHead);
      if (head.length > 0) remote.write(head);
      remote.on('error', end);
      remote.on('close', () => socket.destroy());
      socket.on('close', () => remote.destroy());
      remote.pipe(socket);
      socket.pipe(remote);
    });
    outgoing.end();
  };

  const server = createServer({ cert: options.certificate, key: options.key }, forward);
  server.on('upgrade', upgrade);
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', (error) => options.log.debug('api endpoint: TLS', { error: error.message }));
  // Watches are long; the control plane ends them.
  server.requestTimeout = 0;
  server.timeout = 0;
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, options.address, () => resolve((server.address() as { port: number }).port));
  });
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
