/**
 * exec and attach: the client's WebSocket is spliced with the agent's stream; what flows is between client and agent. SPDY cannot be carried,
 * so its upgrade is answered with a Status that says which kubectl speaks WebSocket.
 */
import { toBase64Url } from '../../auth/encoding.ts';
import { parseBody } from '../../registry/body.ts';
import type { Call, Handler } from '../call.ts';
import { ApiError, badRequest, serviceUnavailable } from '../errors.ts';
import { chooseContainer, nodeOfPod, paramsOf } from './pod-container.ts';

/** Sub-protocols of remote command, best first. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const finished = new Set(['Succeeded', 'Failed']);

const offered = (request: Request): string[] => (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((p) => p.trim());

const upgradeOf = (request: Request): string => request.headers.get('upgrade')?.toLowerCase() ?? '';
const isSpdy = (request: Request): boolean => upgradeOf(request).startsWith('spdy/');

const protocolOf = (request: Request): string => {
  const upgrade = upgradeOf(request);
  if (isSpdy(request)) {
    throw new ApiError(
      'BadRequest',
      'SPDY is not supported: use kubectl 1.30 or newer, which speaks WebSocket (KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true)',
      {},
    );
  }
  if (upgrade !== 'websocket') throw badRequest('Upgrade request required');
  const offers = offered(request);
  const protocol = protocols.find((p) => offers.includes(p));
  if (!protocol)
    throw badRequest(`unable to upgrade: no supported sub-protocol among [${offers.join(' ')}], supported: [${protocols.join(' ')}]`);
  return protocol;
};

const refuseAbsent = async (call: Call, node: string): Promise<void> => {
  const { nodes } = await call.server.platform.hub.liveness();
  if (!nodes.some((n) => n.node === node && n.connected)) {
    throw serviceUnavailable(`node "${node}" cannot be reached: its agent is not connected`);
  }
};

const flag = (query: URLSearchParams, name: string): boolean => ['true', '1'].includes(query.get(name) ?? '');

export const exec: Handler = async (call) => {
  const { target, server, query } = call;
  const { platform, registry } = server;
  const stored = await registry.get(target.definition, target.namespace, target.name);
  const pod = parseBody(stored.body, stored.revision);
  const container = chooseContainer(pod, query.get('container') ?? '');
  const kind = target.subresource === 'attach' ? 'attach' : 'exec';
  if (finished.has(pod.status?.phase)) {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${pod.status.phase}`);
  }
  const node = nodeOfPod(pod);
  if (kind === 'exec' && query.getAll('command').length === 0) throw badRequest('you must specify at least 1 command for the container');
  if (!['stdin', 'stdout', 'stderr'].some((name) => flag(query, name))) {
    throw badRequest('you must specify at least 1 of stdin, stdout, stderr');
  }
  // kubectl asks again by SPDY when the WebSocket was refused, and shows the answer to that: the true reason must come first.
  if (isSpdy(call.request)) await refuseAbsent(call, node);
  const protocol = protocolOf(call.request);
  const open = {
    session: toBase64Url(platform.random.bytes(24)),
    kind,
    namespace: target.namespace,
    pod: target.name,
    podUid: stored.uid,
    container,
    params: { ...paramsOf(query), protocol: [protocol] },
  } as const;
  return platform.relay.splice(node, open, call.request, protocol);
};
