/** Removes what test clusters of a scratch folder left on the machine when their own clean-up did not come to it: processes, containers, networks, packet rules. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { endProcess } from '#infra/cluster/end-process.ts';
import { clusterFolder, readJson } from '#infra/cluster/folder.ts';
import type { ClusterIdentity } from '#infra/cluster/identity.ts';
import { readRunning } from '#infra/cluster/lock.ts';
import { removeCluster } from '#infra/cluster/remove.ts';
import { endWorkerd } from '#infra/workers/leftovers.ts';

export const sweepScratch = async (scratch: string, docker: Docker): Promise<void> => {
  for (const entry of readdirSync(scratch, { withFileTypes: true }).filter((candidate) => candidate.isDirectory())) {
    const folder = clusterFolder(join(scratch, entry.name));
    const identity = readJson<ClusterIdentity>(folder.identity);
    if (!identity) continue;
    const running = readRunning(folder);
    // `up` is the test process itself, or a process that ends with it; only the children can be left over.
    for (const child of running?.children ?? []) await endProcess(child, 5_000);
    await endWorkerd(folder.data);
    await removeCluster(docker, identity, folder);
  }
};
