/**
 * `kedge dev-workers [--latency-ms N] [--drop-rate SHARE]`: the same cluster with its control plane on workerd, as Cloudflare runs it. The options slow the
 * database down and lose replies of committed writes.
 */
import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { clusterFolder } from '../cluster/folder.ts';
import { repoDir } from '../cluster/prepare.ts';
import { runCluster } from '../cluster/run.ts';
import type { Command } from '../commands.ts';
import { PersonError } from '../person-error.ts';

/** Not the one of `npm start`: both may run beside each other. */
const defaultPort = 6444;
const loopback = '127.0.0.1';

const numeric = (options: Readonly<Record<string, string>>, name: string, max: number): string[] => {
  const text = options[name];
  if (text === undefined) return [];
  const value = Number(text);
  if (text === '' || !(value >= 0 && value <= max)) throw new PersonError(`--${name} ${text}: a number from 0 to ${max}.`);
  return [`--${name}`, text];
};

export const command: Command = async ({ dir, port, host, options, args }) => {
  const database = [...numeric(options, 'latency-ms', 10_000), ...numeric(options, 'drop-rate', 0.9)];
  const chosen = port ?? (existsSync(clusterFolder(dir).identity) ? undefined : defaultPort);
  const shown = relative(process.cwd(), dir);
  return runCluster(
    { dir, host: host ?? loopback, options, args, ...(chosen !== undefined && { port: chosen }) },
    {
      entry: join(repoDir, 'infra/src/workers/main.ts'),
      args: database,
      note: ' on workerd',
      down: `KEDGE_DIR=${shown !== '' && !shown.startsWith('..') ? shown : dir} npm run down`,
      foreign: { file: 'kedge.db', command: 'npm start' },
    },
  );
};
