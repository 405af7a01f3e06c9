/** The peer: Docker Swarm on the same engine, from the service's creation until every task runs. */
import type Docker from 'dockerode';
import type { Workload } from './raw.ts';

const POLL_MS = 20;
const DEADLINE_MS = 120_000;

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

/** Seconds until all replicas are in state `running`. */
export const timeSwarm = async (docker: Docker, workload: Workload, run: string): Promise<number> => {
  const started = performance.now();
  const service = await docker.createService({
    Name: `bench-${run}`,
    TaskTemplate: {
      ContainerSpec: { Image: workload.image, Command: [...workload.command] },
      Resources: { Limits: { MemoryBytes: workload.memoryBytes, NanoCPUs: workload.cpuQuotaMicros * 10_000 } },
    },
    Mode: { Replicated: { Replicas: workload.pods } },
  });
  try {
    for (;;) {
      const tasks = (await docker.listTasks({ filters: { service: [`bench-${run}`] } })) as Task[];
      if (tasks.filter((task) => task.Status.State === 'running').length >= workload.pods) return (performance.now() - started) / 1000;
      if (performance.now() - started > DEADLINE_MS) throw new Error('swarm: the tasks did not all start within two minutes');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    await docker.getService(service.id).remove();
    await waitGone(docker, `bench-${run}`);
  }
};

const waitGone = async (docker: Docker, service: string): Promise<void> => {
  const until = performance.now() + DEADLINE_MS;
  while (performance.now() < until) {
    const left = await docker.listContainers({ all: true, filters: { label: [`com.docker.swarm.service.name=${service}`] } });
    if (left.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('swarm: its containers did not go away');
};
