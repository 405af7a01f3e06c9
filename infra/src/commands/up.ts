/** `kedge up`: control plane on Node.js and a node agent on this machine. */

import { controlPlaneEntry } from '../cluster/prepare.ts';
import { runCluster } from '../cluster/run.ts';
import type { Command } from '../commands.ts';

export const command: Command = (input) =>
  runCluster(input, {
    entry: controlPlaneEntry,
    watched: true,
    down: 'npm run down',
    foreign: { file: 'objects', command: 'npm run dev:workers' },
  });
