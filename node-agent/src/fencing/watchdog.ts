/**
 * A process of its own that outlives the agent: when a promise is overdue and its pod's containers still run, because the agent is dead, hangs or could not
 * stop them, it ends them. It decides from the same file with the same functions, asks the engine only then, and leaves when there is nothing to watch or
 * another agent's watchdog has taken over. Started by fencing.ts as a command of the agent's own program.
 */
import { existsSync } from 'node:fs';
import type Docker from 'dockerode';
import { dockerAt } from '../runtime/docker/docker-at.ts';
import { LABEL } from '../runtime/docker/identity.ts';
import { bootId, momentNow } from './moment.ts';
import { type PromiseFile, readPromises } from './promise-file.ts';
import { overdue } from './promises.ts';

export interface WatchdogSettings {
  readonly dir: string;
  readonly keeper: string;
  /** Of the process that starts it. */
  readonly agentPid: number;
  readonly clusterUid: string;
  readonly dockerHost?: string | undefined;
}

const LOOK_MS = 1_000;

const running = async (docker: Docker, clusterUid: string, uid: string): Promise<Docker.Container[]> => {
  const label = [`${LABEL.cluster}=${clusterUid}`, `${LABEL.podUid}=${uid}`, `${LABEL.role}=container`];
  const found = await docker.listContainers({ filters: { label } });
  return found.map(({ Id }) => docker.getContainer(Id));
};

/** Until there is nothing to watch. `argument`: WatchdogSettings as JSON. */
export const runWatchdog = async (argument: string | undefined): Promise<void> => {
  const { dir, keeper, agentPid, clusterUid, dockerHost } = JSON.parse(argument ?? '') as WatchdogSettings;
  const docker = dockerAt(dockerHost);
  const asked = new Set<string>();
  let known: PromiseFile | undefined;

  /** True when nothing is left. */
  const look = async ({ promises }: PromiseFile): Promise<boolean> => {
    const agentIsAlive = process.ppid === agentPid;
    const uids = Object.keys(promises.pods);
    if (uids.length === 0 || promises.boot !== bootId()) return true;
    const { ask, kill } = overdue(promises, momentNow(), agentIsAlive);
    for (const uid of ask) {
      if (asked.has(uid)) continue;
      asked.add(uid);
      // the engine follows with SIGKILL; until then the next looks do not wait
      const graceSeconds = Math.ceil((promises.pods[uid]?.graceMs ?? 0) / 1000);
      for (const container of await running(docker, clusterUid, uid)) void container.stop({ t: graceSeconds }).catch(() => undefined);
    }
    let left = 0;
    for (const uid of kill) {
      for (const container of await running(docker, clusterUid, uid)) {
        left++;
        await container.kill().catch(() => undefined);
      }
    }
    return !agentIsAlive && left === 0 && kill.length === uids.length;
  };

  // whoever ends the agent's process group, or its terminal, does not mean this one
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
  while (existsSync(dir)) {
    known = readPromises(dir) ?? known;
    if (known && known.keeper !== keeper) return;
    // an engine that does not answer is asked again
    if (known && (await look(known).catch(() => false))) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
};
