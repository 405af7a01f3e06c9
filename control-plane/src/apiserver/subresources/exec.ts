/** exec and attach: the client's WebSocket is spliced with the agent's stream; what flows is between client and agent. */

import { paramsOf } from '#schema/sync/stream-params.ts';
import { toBase64Url } from '../../auth/encoding.ts';
import { parseBody } from '../../registry/body.ts';
import { credentialOf, type Handler } from '../call.ts';
import { badRequest } from '../errors.ts';
import { chooseContainer, nodeOfPod } from './pod-container.ts';
import { isSpdy, protocolOf, refuseAbsent } from './upgrade-request.ts';

/** Sub-protocols of remote command, best first. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];
const finished = new Set(['Succeeded', 'Failed']);

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
  if (isSpdy(call.request)) await refuseAbsent(call, node);
  const protocol = protocolOf(call.request, protocols);
  const open = {
    session: toBase64Url(platform.random.bytes(24)),
    kind,
    namespace: target.namespace,
    pod: target.name,
    podUid: stored.uid,
    container,
    params: { ...paramsOf(query), protocol: [protocol] },
  } as const;
  return platform.relay.splice(node, open, call.request, protocol, credentialOf(call));
};
