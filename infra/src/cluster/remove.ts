/**
 * Takes a cluster's traces off the machine: containers and networks by the label with its uid, packet rules by the table with its uid, mounts below its
 * folder, its volumes in memory.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import type Docker from 'dockerode';
import { removeNodeNetwork } from '#node-agent/network/cleanup.ts';
import { memoryFolder } from '#node-agent/volumes/pod-volumes.ts';
import type { ClusterFolder } from './folder.ts';
import type { ClusterIdentity } from './identity.ts';

export const clusterLabel = 'kedge.dev/cluster';

/** Several at a time: enough to be quick, few enough for a small machine. */
const inFlight = 8;

const ignoreGone = (error: { statusCode?: number }): void => {
  // 404: gone already. 409: its removal is in progress.
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
};

/** Idempotent. Returns how much there was. */
export const removeCluster = async (
  docker: Docker,
  identity: Pick<ClusterIdentity, 'clusterUid' | 'nodeName' | 'serviceCIDR'>,
  folder: Pick<ClusterFolder, 'node'>,
): Promise<{ containers: number; networks: number }> => {
  const filters = { label: [`${clusterLabel}=${identity.clusterUid}`] };
  const containers = await docker.listContainers({ all: true, filters });
  const queue = [...containers];
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop())
      await docker.getContainer(next.Id).remove({ force: true, v: true }).catch(ignoreGone);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));

  const networks = await docker.listNetworks({ filters });
  await removeNodeNetwork(docker, identity);
  for (const network of networks) await docker.getNetwork(network.Id).remove().catch(ignoreGone);
  const inMemory = memoryFolder(identity);
  for (const dir of [folder.node, inMemory]) unmountBelow(dir);
  rmSync(inMemory, { recursive: true, force: true });
  return { containers: containers.length, networks: networks.length };
};

/** Some volumes are mounts. */
const unmountBelow = (dir: string): void => {
  let mounts: string[];
  try {
    mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  } catch {
    return; // Not Linux: there are none.
  }
  const paths = mounts.map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' ')).filter((path) => path.startsWith(`${dir}/`));
  for (const path of paths.reverse()) spawnSync('umount', [path]);
};
