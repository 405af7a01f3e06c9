/** Does anything listen where a join line sends other machines? Asked from this one: a control plane that listens on loopback only answers nobody else. */
import { connect } from 'node:net';

export const listensAt = (origin: string, waitMs = 2_000): Promise<boolean> =>
  new Promise((resolve) => {
    const { hostname, port, protocol } = new URL(origin);
    const host = hostname.replace(/^\[|\]$/g, '');
    const socket = connect({ host, port: Number(port || (protocol === 'http:' ? 80 : 443)), timeout: waitMs });
    const end = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });

export const unreachableText = (origin: string): string =>
  `Nothing answers at ${origin}: the control plane listens for this machine only. Start it with --host 0.0.0.0 (npm run dev:workers -- --host 0.0.0.0), or name the address that other machines reach with --server.`;
