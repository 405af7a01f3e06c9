/** The WebSocketUpgrader of a Worker: one end of a pair is the answer, the other the Worker's own. It lives as long as the request that opened it. */
import type { WebSocketUpgrader } from '../../relay/upgrade.ts';
import { buffered, clientStream } from './sockets.ts';

export const workerUpgrader: WebSocketUpgrader = {
  accept: (request, protocol) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') throw new Error('not a WebSocket upgrade');
    const { 0: client, 1: server } = new WebSocketPair();
    const { frames, closed, send, close } = clientStream(server);
    return {
      response: new Response(null, {
        status: 101,
        webSocket: client,
        ...(protocol ? { headers: { 'sec-websocket-protocol': protocol } } : {}),
      }),
      socket: {
        get bufferedAmount() {
          return buffered(server);
        },
        ...{ frames, closed, send, close },
      },
    };
  },
};
