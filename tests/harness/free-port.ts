/** Ports for the servers of tests. */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** Between the choice of a port and its use nobody else of the run, other processes included, may choose it: the scratch folder of the run is theirs in common. */
const isOurs = (port: number): boolean => {
  const scratch = process.env.KEDGE_TEST_SCRATCH;
  if (!scratch) return true;
  try {
    writeFileSync(join(scratch, `port-${port}`), '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
};

/** A port outside the ranges of outgoing connections and of node ports, free at this moment, and for this caller alone. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 9_000);
    const isFree = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen(port, '0.0.0.0', () => probe.close(() => resolve(true)));
    });
    if (isFree && isOurs(port)) return port;
  }
};
