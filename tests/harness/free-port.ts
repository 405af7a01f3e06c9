/** Ports for the servers of tests. */
import { createServer } from 'node:net';

/** A port outside the ranges of outgoing connections and of node ports, free at this moment. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 9_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '0.0.0.0', () => probe.close(() => resolve(true)));
    });
    if (isFree) return port;
  }
};
