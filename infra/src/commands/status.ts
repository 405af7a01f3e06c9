/** `kedge status`: what runs of this folder's cluster. Exit code 0 when the control plane and the agent run, 3 when they do not, as service managers say it. */

import { connectDocker } from '../cluster/docker.ts';
import { clusterFolder, readJson } from '../cluster/folder.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { isRunning, readRunning } from '../cluster/lock.ts';
import { clusterLabel } from '../cluster/remove.ts';
import type { Command } from '../commands.ts';

export const command: Command = async ({ dir }) => {
  const folder = clusterFolder(dir);
  const identity = readJson<ClusterIdentity>(folder.identity);
  if (!identity) {
    console.log(`There is no cluster in ${dir}: \`npm start\` makes one.`);
    return 3;
  }
  const running = readRunning(folder);
  const isUp = running !== undefined && isRunning(running.up);
  console.log(`Cluster  ${identity.clusterUid} in ${dir}`);
  console.log(`Running  ${isUp ? `yes, pid ${running.up.pid}, ${running.url}` : 'no'}`);
  const { docker, dockerHost } = await connectDocker(process.env);
  const containers = await docker.listContainers({ all: true, filters: { label: [`${clusterLabel}=${identity.clusterUid}`] } });
  const alive = containers.filter(({ State }) => State === 'running').length;
  console.log(`Engine   ${dockerHost}: ${containers.length} containers of this cluster, ${alive} running`);
  return isUp ? 0 : 3;
};
