/**
 * `kedge down`: stops a running `up` of this folder and removes from the machine what this cluster put there: its containers, networks, packet rules
 * and mounts, known by the cluster's uid. Database, keys and kubeconfig stay; nothing of anybody else is touched.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { assertOwnMachine } from '../cluster/claim.ts';
import { connectDocker } from '../cluster/docker.ts';
import { endProcess } from '../cluster/end-process.ts';
import { clusterFolder, readJson } from '../cluster/folder.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { clearRunning, isRunning, lockFolder, readRunning } from '../cluster/lock.ts';
import { removeCluster } from '../cluster/remove.ts';
import type { Command } from '../commands.ts';
import { endWorkerd } from '../workers/leftovers.ts';

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

export const command: Command = async ({ dir }) => {
  const folder = clusterFolder(dir);
  const identity = readJson<ClusterIdentity>(folder.identity);
  if (!identity) {
    console.log(`There is no cluster in ${dir}: nothing to remove.`);
    return 0;
  }
  assertOwnMachine(identity, folder);
  const running = readRunning(folder);
  if (running && isRunning(running.up)) {
    console.log('  … stopping the running Kedge of this folder');
    // it gives each of its two children 20 s
    await endProcess(running.up, 60_000);
  }
  const unlock = lockFolder(folder);
  try {
    for (const child of readRunning(folder)?.children ?? []) await endProcess(child);
    await endWorkerd(folder.data);
    clearRunning(folder);
    const engine = await connectDocker(process.env);
    const removed = await removeCluster(engine.docker, identity, folder);
    console.log(
      `  ✓ Removed ${counted(removed.containers, 'container')} and ${counted(removed.networks, 'network')} of cluster ${identity.clusterUid.slice(0, 8)}.`,
    );
    console.log(
      `The cluster's data stays in ${dir}; \`${existsSync(join(folder.data, 'objects')) ? 'npm run dev:workers' : 'npm start'}\` brings it back.`,
    );
    return 0;
  } finally {
    unlock();
  }
};
