/**
 * pods/NAME/portforward: the client's WebSocket is spliced with the agent's stream. kubectl carries SPDY inside it, other clients one channel pair a port;
 * both end at the agent.
 */
import { toBase64Url } from '../../auth/encoding.ts';
import { parseBody } from '../../registry/body.ts';
import { credentialOf, type Handler } from '../call.ts';
import { badRequest } from '../errors.ts';
import { nodeOfPod } from './pod-container.ts';
import { isSpdy, protocolOf, refuseAbsent } from './upgrade-request.ts';

const TUNNEL = 'SPDY/3.1+portforward.k8s.io';
const CHANNELS = 'v4.channel.k8s.io';
const MAX_PORTS = 64;

/** @throws ApiError BadRequest */
const portsOf = (query: URLSearchParams): string[] => {
  const ports = query.getAll('ports').flatMap((text) => text.split(','));
  if (ports.length === 0) throw badRequest('query parameter "ports" is required');
  if (ports.length > MAX_PORTS) throw badRequest(`at most ${MAX_PORTS} ports can be forwarded at once`);
  for (const port of ports) {
    if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) throw badRequest(`invalid port ${JSON.stringify(port)}`);
  }
  return ports;
};

export const portForward: Handler = async (call) => {
  const { target, server, query, request } = call;
  const { platform, registry } = server;
  const stored = await registry.get(target.definition, target.namespace, target.name);
  const pod = parseBody(stored.body, stored.revision);
  const node = nodeOfPod(pod);
  if (pod.status?.phase !== 'Running') {
    throw badRequest(`unable to forward port because pod is not running. Current status=${pod.status?.phase ?? 'Pending'}`);
  }
  if (isSpdy(request)) await refuseAbsent(call, node);
  const protocol = protocolOf(request, [TUNNEL, CHANNELS]);
  const params: Record<string, string[]> = protocol === TUNNEL ? {} : { ports: portsOf(query) };
  const open = {
    session: toBase64Url(platform.random.bytes(24)),
    kind: 'portforward',
    namespace: target.namespace,
    pod: target.name,
    podUid: stored.uid,
    container: '',
    params,
  } as const;
  return platform.relay.splice(node, open, request, protocol, credentialOf(call));
};
