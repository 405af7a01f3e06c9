/**
 * The node agents' endpoints: the sync connection (socket or poll) and the dial-back of streams. Only a node's own identity may use them; what
 * it may see is the hub's business.
 */
import type { AgentMessage } from '#schema/sync/protocol.ts';
import type { Identified } from '../auth/authenticate.ts';
import { forbiddenPath } from '../auth/authorize.ts';
import { nodeOf } from '../auth/user.ts';
import { parseText, readBytes } from './body.ts';
import type { Server } from './call.ts';
import { badRequest, methodNotAllowed, unknownPath } from './errors.ts';
import { json } from './respond.ts';

const syncPath = '/kedge/v1/sync';
const streamsPrefix = '/kedge/v1/streams/';
const maxWaitMs = 25_000;

export const isAgentPath = (path: string): boolean => path === syncPath || path.startsWith(streamsPrefix);

const isUpgrade = (request: Request): boolean => request.headers.get('upgrade')?.toLowerCase() === 'websocket';

/** @throws ApiError Forbidden, BadRequest, MethodNotAllowed */
export const agentEndpoint = async (
  server: Server,
  request: Request,
  url: URL,
  { user, credentialId, expiresMs }: Identified,
): Promise<Response> => {
  const path = url.pathname;
  const node = nodeOf(user);
  if (node === undefined) throw forbiddenPath(user, request.method.toLowerCase(), path);
  const { hub, relay } = server.platform;
  if (path.startsWith(streamsPrefix)) {
    const session = path.slice(streamsPrefix.length);
    if (!/^[A-Za-z0-9_-]{8,128}$/.test(session)) throw unknownPath();
    if (request.method !== 'GET') throw methodNotAllowed();
    if (!isUpgrade(request)) throw badRequest('this path takes a WebSocket');
    return relay.attachAgent(node, session, request);
  }
  if (request.method === 'GET') {
    if (!isUpgrade(request)) throw badRequest('this path takes a WebSocket, or POST for polling');
    return hub.connectAgent(node, request, { id: credentialId, ...(expiresMs === undefined ? {} : { expiresMs }) });
  }
  if (request.method !== 'POST') throw methodNotAllowed();
  const { value } = await parseText(new TextDecoder().decode(await readBytes(request)), 'json', 'frames');
  if (!Array.isArray(value)) throw badRequest('the body must be a JSON array of frames');
  const asked = Number(url.searchParams.get('waitMs') ?? '0');
  const waitMs = Number.isFinite(asked) ? Math.max(0, Math.min(maxWaitMs, asked)) : 0;
  await hub.heard(node);
  return json(await hub.exchange(node, value as AgentMessage[], waitMs));
};
