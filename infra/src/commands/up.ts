/** `kedge up`: control plane on Node.js and a node agent on this machine. */

import { resolve } from 'node:path';
import { controlPlaneEntry } from '../cluster/prepare.ts';
import { runCluster } from '../cluster/run.ts';
import type { Command } from '../commands.ts';

export const command: Command = (input) =>
  runCluster(input, {
    entry: controlPlaneEntry,
    watched: true,
    // the folder may have been named for this start alone, and `down` without it is for another cluster
    down: input.dir === resolve('.kedge') ? 'npm run down' : `KEDGE_DIR=${input.dir} npm run down`,
    foreign: { file: 'objects', command: 'npm run dev:workers' },
  });
