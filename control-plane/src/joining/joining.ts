/**
 * Everything a machine needs to become a node: `/install.sh`, the agent's files, the cluster's CA, the exchange of tokens, and the minting of them. The first three are
 * open to everybody and hold nothing secret.
 */
import type { Server } from '../apiserver/call.ts';
import { ApiError, badRequest, methodNotAllowed, unknownPath } from '../apiserver/errors.ts';
import { plain } from '../apiserver/respond.ts';
import type { Platform } from '../platform/platform.ts';
import { agentFilesPath, fileForm, readManifest } from './agent-files.ts';
import { installScript, isOrigin } from './install-script.ts';
import { isNodePath, nodeEndpoint } from './node-endpoint.ts';
import { caPath, scriptPath } from './paths.ts';

const absent = (): ApiError =>
  new ApiError('ServiceUnavailable', 'this control plane carries no agent: start it with `npm start`, or deploy it with `kedge deploy`');

/** PEM of the CA that signs the API's certificate; '' where everybody trusts that anyway. */
const ownCA = ({ cluster, publiclyTrusted }: Platform): string => (publiclyTrusted ? '' : cluster.rootCA);

const script = async ({ platform }: Server, url: URL): Promise<Response> => {
  if (!isOrigin(url.origin)) throw badRequest('the Host header names no host');
  const manifest = await readManifest(platform);
  if (!manifest) throw absent();
  const text = installScript({ server: url.origin, caPem: ownCA(platform), manifest });
  return new Response(text, {
    headers: { 'content-type': 'text/x-shellscript; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  });
};

/** @throws ApiError */
export const joiningEndpoint = async (server: Server, request: Request, url: URL): Promise<Response> => {
  const path = url.pathname;
  if (isNodePath(path)) return nodeEndpoint(server, request, path);
  if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
  if (path === scriptPath) return script(server, url);
  const rootCA = ownCA(server.platform);
  if (path === caPath) {
    if (!rootCA) throw new ApiError('NotFound', "the control plane's certificate is publicly trusted: there is no CA of its own");
    return plain(rootCA);
  }
  const name = path.slice(agentFilesPath.length);
  if (!fileForm.test(name)) throw unknownPath();
  const file = await server.platform.agentFiles?.(name);
  if (!file) throw server.platform.agentFiles ? unknownPath() : absent();
  return file;
};
