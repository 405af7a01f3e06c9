/**
 * What exec, attach and port-forward ask of an upgrade: a WebSocket with a sub-protocol that is known. SPDY as the outer protocol cannot be carried, so it is
 * answered with a Status that says which kubectl speaks WebSocket.
 */
import type { Call } from '../call.ts';
import { ApiError, badRequest, serviceUnavailable } from '../errors.ts';

const offered = (request: Request): string[] => (request.headers.get('sec-websocket-protocol') ?? '').split(',').map((p) => p.trim());

const upgradeOf = (request: Request): string => request.headers.get('upgrade')?.toLowerCase() ?? '';

export const isSpdy = (request: Request): boolean => upgradeOf(request).startsWith('spdy/');

/** The best of `supported` (best first) that the client offers. @throws ApiError BadRequest */
export const protocolOf = (request: Request, supported: readonly string[]): string => {
  if (isSpdy(request)) {
    throw new ApiError(
      'BadRequest',
      'SPDY is not supported: use kubectl 1.31 or newer, which speaks WebSocket (with 1.30: KUBECTL_REMOTE_COMMAND_WEBSOCKETS=true and KUBECTL_PORT_FORWARD_WEBSOCKETS=true)',
      {},
    );
  }
  if (upgradeOf(request) !== 'websocket') throw badRequest('Upgrade request required');
  const offers = offered(request);
  const protocol = supported.find((p) => offers.includes(p));
  if (!protocol)
    throw badRequest(`unable to upgrade: no supported sub-protocol among [${offers.join(' ')}], supported: [${supported.join(' ')}]`);
  return protocol;
};

/**
 * kubectl asks again by SPDY when the WebSocket was refused, and shows the answer to that: the true reason must come first.
 * @throws ApiError ServiceUnavailable when the node's agent is away
 */
export const refuseAbsent = async (call: Call, node: string): Promise<void> => {
  const { nodes } = await call.server.platform.hub.liveness();
  if (!nodes.some((n) => n.node === node && n.connected)) {
    throw serviceUnavailable(`node "${node}" cannot be reached: its agent is not connected`);
  }
};
