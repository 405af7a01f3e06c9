/** Removes what test clusters of a scratch folder left on the machine when their own clean-up did not come to it: processes, containers, networks, packet rules. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { endProcess } from '#infra/cluster/end-process.ts';
import { clusterFolder, readJson } from '#infra/cluster/folder.ts';
import type { ClusterIdentity } from '#infra/cluster/identity.ts';
import { readRunning } from '#infra/cluster/lock.ts';
import { removeCluster } from '#infra/cluster/remove.ts';
import { endWorkerd } from '#infra/workers/leftovers.ts';

/** Cluster folders lie in the scratch folder itself or up to two levels deeper. */
const clusterFolders = (scratch: string, depth = 3): string[] =>
  readdirSync(scratch, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(scratch, entry.name))
    .flatMap((dir) => (existsSync(clusterFolder(dir).identity) ? [dir] : depth > 1 ? clusterFolders(dir, depth - 1) : []));

export const sweepScratch = async (scratch: string, docker: Docker): Promise<void> => {
  for (const dir of clusterFolders(scratch)) {
    const folder = clusterFolder(dir);
    const identity = readJson<ClusterIdentity>(folder.identity) as ClusterIdentity;
    // The process that recorded them, `up` or a test, has ended; its children may be left over.
    for (const child of readRunning(folder)?.children ?? []) await endProcess(child, 5_000);
    await endWorkerd(folder.data);
    await removeCluster(docker, identity, folder);
  }
};
