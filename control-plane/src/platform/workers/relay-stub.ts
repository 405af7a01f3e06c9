/** The Relay port on Workers: one relay object a session, found by the session's id. Its 101 responses go back to the caller untouched. */
import { serviceUnavailable, timeout } from '../../apiserver/errors.ts';
import type { Credential, StreamOpen } from '../../hub/hub.ts';
import { credited, creditParams } from '../../relay/credited.ts';
import { AHEAD_BYTES, WINDOW_BYTES } from '../../relay/outlet.ts';
import type { Relay } from '../../relay/relay.ts';
import { stallGuarded } from '../../relay/stall-guard.ts';
import type { Env } from './env.ts';
import { CLIENT_PATH, CREDENTIAL_HEADER, DIAL_BACK_PATH, NODE_HEADER, OPEN_HEADER, PROTOCOL_HEADER, relayOf } from './rpc.ts';
import { clientStream } from './sockets.ts';

/** @throws ApiError when the agent is away or does not answer */
const checked = async (response: Response): Promise<Response> => {
  if (response.status === 101) return response;
  const message = await response.text();
  throw response.status === 504 ? timeout(message) : serviceUnavailable(message);
};

const headers = (node: string, open: StreamOpen, protocol: string, credential: Credential = { id: '' }): Record<string, string> => ({
  upgrade: 'websocket',
  [NODE_HEADER]: node,
  // header values are bytes; names and commands need not be ASCII
  [OPEN_HEADER]: encodeURIComponent(JSON.stringify({ ...open, window: WINDOW_BYTES, ahead: AHEAD_BYTES } satisfies StreamOpen)),
  [PROTOCOL_HEADER]: protocol,
  [CREDENTIAL_HEADER]: encodeURIComponent(JSON.stringify(credential)),
});

export const relayStub = (env: Env): Relay => ({
  splice: async (node, open, _request, protocol, credential) =>
    checked(await relayOf(env, open.session).fetch(CLIENT_PATH, { headers: headers(node, open, protocol, credential) })),
  dial: async (node, open, signal, credential) => {
    const told = { ...open, params: { ...open.params, ...creditParams } };
    const { webSocket } = await checked(
      await relayOf(env, open.session).fetch(CLIENT_PATH, { headers: headers(node, told, '', credential) }),
    );
    if (!webSocket) throw serviceUnavailable(`node "${node}" cannot be reached`);
    const stream = credited(clientStream(webSocket));
    const leave = (): void => stream.close(1001, 'the client went away');
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return stallGuarded(stream);
  },
  attachAgent: async (node, session, request) => {
    const protocol = request.headers.get('sec-websocket-protocol') ?? '';
    return relayOf(env, session).fetch(DIAL_BACK_PATH, {
      headers: { upgrade: 'websocket', [NODE_HEADER]: node, [PROTOCOL_HEADER]: protocol },
    });
  },
});
