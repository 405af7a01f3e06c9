/**
 * The peer: Docker Swarm on the same engine. A bare service's tasks share Docker's default bridge; tasks on an overlay network have, like a pod, an address
 * in the cluster's network. By the API from the service's creation until every task runs, and as the command a person types, which returns when the
 * service has converged by its own rules.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type Docker from 'dockerode';
import type { Workload } from './raw.ts';

const POLL_MS = 20;
const DEADLINE_MS = 120_000;
const OVERLAY = 'kedge-bench-overlay';
const run = promisify(execFile);

interface Task {
  readonly Status: { readonly State: string };
}

/** Makes the engine a one-node swarm for the time of `work`. */
export const withSwarm = async <T>(docker: Docker, work: () => Promise<T>): Promise<T> => {
  await docker.swarmInit({ ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1', ForceNewCluster: false });
  try {
    return await work();
  } finally {
    await docker.swarmLeave({ force: true });
  }
};

/** Why this kernel has no overlay networks; undefined when it has, and one is there now. */
export const prepareOverlay = async (docker: Docker): Promise<string | undefined> => {
  try {
    await docker.createNetwork({ Name: OVERLAY, Driver: 'overlay', CheckDuplicate: true });
    await timeSwarm(
      docker,
      { pods: 1, image: 'busybox:latest', command: ['sleep', '60'], ...NO_LIMITS },
      { run: 'overlay-try', overlay: true },
    );
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

export const NO_LIMITS = { memoryBytes: 0, cpuShares: 0, cpuQuotaMicros: 0 };

/** Seconds until all replicas are in state `running`. */
export const timeSwarm = async (
  docker: Docker,
  workload: Workload,
  options: { readonly run: string; readonly overlay?: boolean },
): Promise<number> => {
  const name = `bench-${options.run}`;
  const started = performance.now();
  const service = await docker.createService({
    Name: name,
    TaskTemplate: {
      ContainerSpec: { Image: workload.image, Command: [...workload.command] },
      Resources: { Limits: { MemoryBytes: workload.memoryBytes, NanoCPUs: workload.cpuQuotaMicros * 10_000 } },
      ...(options.overlay ? { Networks: [{ Target: OVERLAY }] } : {}),
    },
    Mode: { Replicated: { Replicas: workload.pods } },
  });
  try {
    for (;;) {
      const tasks = (await docker.listTasks({ filters: { service: [name] } })) as Task[];
      if (tasks.filter((task) => task.Status.State === 'running').length >= workload.pods) return (performance.now() - started) / 1000;
      if (performance.now() - started > DEADLINE_MS) throw new Error('swarm: the tasks did not all start within two minutes');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    await removeService(docker, service.id, name);
  }
};

/** Docker's own command line is not part of the engine. */
export const hasDockerCommand = (): Promise<boolean> =>
  run('docker', ['--version']).then(
    () => true,
    () => false,
  );

/** Seconds of `docker service create --replicas N IMAGE COMMAND`, as a person types it. */
export const timeSwarmCommand = async (docker: Docker, dockerHost: string, workload: Workload, name: string): Promise<number> => {
  const started = performance.now();
  const words = ['service', 'create', '--quiet', '--name', name, '--replicas', String(workload.pods), workload.image, ...workload.command];
  const { stdout } = await run('docker', ['--host', dockerHost, ...words], { timeout: DEADLINE_MS });
  const taken = (performance.now() - started) / 1000;
  await removeService(docker, stdout.trim(), name);
  return taken;
};

/** The service, and its containers at once: how long a task may take to end is not measured here. */
const removeService = async (docker: Docker, id: string, name: string): Promise<void> => {
  await docker.getService(id).remove();
  const until = performance.now() + DEADLINE_MS;
  while (performance.now() < until) {
    const left = await docker.listContainers({ all: true, filters: { label: [`com.docker.swarm.service.name=${name}`] } });
    if (left.length === 0) return;
    await Promise.all(
      left.map(({ Id }) =>
        docker
          .getContainer(Id)
          .kill()
          .catch(() => {}),
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('swarm: its containers did not go away');
};
