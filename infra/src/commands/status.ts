/**
 * `kedge status`: what runs of this folder's cluster, and live figures of the control plane, wherever it runs. Exit code 0 when the control plane answers and, for a
 * cluster on this machine, its processes run; 3 when they do not, as service managers say it.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { accessOf, createApi, kubeconfigPath } from '../backup/api.ts';
import { connectDocker } from '../cluster/docker.ts';
import { type ClusterFolder, clusterFolder, readJson } from '../cluster/folder.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { isRunning, readRunning } from '../cluster/lock.ts';
import { clusterLabel } from '../cluster/remove.ts';
import type { Command, CommandInput } from '../commands.ts';
import { deploymentFile } from '../deploy/deployment.ts';
import { liveText, readLive } from '../status/live.ts';

/** The processes and containers of a cluster on this machine. */
const machineOf = async (folder: ClusterFolder, { clusterUid }: ClusterIdentity) => {
  const running = readRunning(folder);
  const isUp = running !== undefined && isRunning(running.up);
  const { docker, dockerHost } = await connectDocker(process.env);
  const containers = await docker.listContainers({ all: true, filters: { label: [`${clusterLabel}=${clusterUid}`] } });
  const left = isUp ? [] : (running?.children.filter(isRunning) ?? []).map(({ name, pid }) => `${name} (pid ${pid})`);
  const alive = containers.filter(({ State }) => State === 'running').length;
  return { isUp, pid: running?.up.pid, url: running?.url, dockerHost, containers: containers.length, alive, left };
};

const liveOf = async (kubeconfig: string, context: string | undefined) => {
  const access = accessOf(kubeconfig, context);
  const api = createApi(access);
  try {
    return { server: access.server, ...(await readLive(api)) };
  } finally {
    await api.close();
  }
};

/** A cluster that a kubeconfig names, or the one that this folder deployed. */
const remote = async ({ dir, options }: CommandInput): Promise<number> => {
  const live = await liveOf(kubeconfigPath(options, clusterFolder(dir).kubeconfig), options.context);
  if (options.json) console.log(JSON.stringify(live, null, 2));
  else console.log(`Server   ${live.server}\n${liveText(live, Date.now())}`);
  return 0;
};

export const command: Command = async (input) => {
  const { dir, options } = input;
  const folder = clusterFolder(dir);
  const identity = readJson<ClusterIdentity>(folder.identity);
  const named = options.kubeconfig !== undefined || options.context !== undefined;
  if (named || (!identity && readJson(deploymentFile(folder)) !== undefined)) return remote(input);
  if (!identity) {
    // as a plugin of kubectl, from any folder
    const other = kubeconfigPath(options, folder.kubeconfig, { KUBECONFIG: process.env.KUBECONFIG });
    if (dir === resolve('.kedge') && process.env.KUBECONFIG && existsSync(other)) return remote(input);
    const text = `There is no cluster in ${dir}: \`npm start\` makes one, --kubeconfig or KUBECONFIG names another.`;
    console.log(options.json ? JSON.stringify({ dir, isUp: false, message: text }, null, 2) : text);
    return 3;
  }
  const machine = await machineOf(folder, identity);
  const { isUp } = machine;
  let silent: string | undefined;
  const live = isUp
    ? await liveOf(folder.kubeconfig, undefined).catch((error: unknown) => {
        silent = error instanceof Error ? error.message : String(error);
        return undefined;
      })
    : undefined;
  if (options.json) console.log(JSON.stringify({ clusterUid: identity.clusterUid, dir, ...machine, ...live }, null, 2));
  else {
    console.log(`Cluster  ${identity.clusterUid} in ${dir}`);
    console.log(
      `Running  ${isUp ? `yes, pid ${machine.pid}, ${machine.url}` : machine.left.length > 0 ? `no: it was killed and left ${machine.left.join(' and ')}; starting it again ends them` : 'no'}`,
    );
    console.log(`Engine   ${machine.dockerHost}: ${machine.containers} containers of this cluster, ${machine.alive} running`);
    if (live) console.log(liveText(live, Date.now()));
    if (silent) console.log(`API      does not answer: ${silent}`);
  }
  return live ? 0 : 3;
};
