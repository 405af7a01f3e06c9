/** The agent's files over HTTP on loopback, for a Worker under `wrangler dev`, which has no folder and no static assets. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { agentFilesIn } from '#control-plane/platform/node/agent-files.ts';

export interface AgentFileServer {
  readonly url: string;
  close(): Promise<void>;
}

export const serveAgentFiles = async (dir: string): Promise<AgentFileServer> => {
  const files = agentFilesIn(dir);
  const server = createServer((request, response) => {
    files((request.url ?? '/').slice(1))
      .then((found) => {
        response.writeHead(found ? 200 : 404, found ? Object.fromEntries(found.headers) : {});
        if (found?.body && request.method === 'GET') Readable.fromWeb(found.body as never).pipe(response);
        else response.end();
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
