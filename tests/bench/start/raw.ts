/**
 * The floor: the same pods made straight through the Docker API. One pod = a pause container on a bridge network and an app container in its network
 * namespace with the same limits, created and started; nothing else. Best of several numbers in flight. `bare`: the pause container only has an empty
 * network namespace, as the agent asks for where it connects pods itself; such a pod has no address, so this is a floor that no real pod can reach.
 */
import type Docker from 'dockerode';

export interface Workload {
  readonly pods: number;
  readonly image: string;
  readonly command: readonly string[];
  readonly memoryBytes: number;
  readonly cpuShares: number;
  readonly cpuQuotaMicros: number;
}

export const PAUSE_IMAGE = 'kedge/pause:latest';
const LABEL = 'kedge.dev/bench';
export const IN_FLIGHT = [1, 2, 4, 8, 16] as const;

export type RawNetwork = 'bridge' | 'bare';

const startPod = async (docker: Docker, network: string, workload: Workload, name: string, kind: RawNetwork): Promise<void> => {
  const Labels = { [LABEL]: network };
  const pause = await docker.createContainer({
    name: `${name}-pause`,
    Image: PAUSE_IMAGE,
    Labels,
    ...(kind === 'bare' ? { NetworkDisabled: true } : {}),
    HostConfig: { NetworkMode: kind === 'bare' ? 'none' : network, IpcMode: 'shareable' },
  });
  await pause.start();
  const app = await docker.createContainer({
    name: `${name}-app`,
    Image: workload.image,
    Cmd: [...workload.command],
    Labels,
    HostConfig: {
      NetworkMode: `container:${pause.id}`,
      IpcMode: `container:${pause.id}`,
      Memory: workload.memoryBytes,
      CpuShares: workload.cpuShares,
      CpuQuota: workload.cpuQuotaMicros,
      CpuPeriod: 100_000,
    },
  });
  await app.start();
};

export const removeRaw = async (docker: Docker, network: string): Promise<void> => {
  const containers = await docker.listContainers({ all: true, filters: { label: [`${LABEL}=${network}`] } });
  // Few at a time: an engine in swarm mode that removes many at once can forget that an endpoint is gone.
  const left = containers.map(({ Id }) => Id);
  const worker = async (): Promise<void> => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) await docker.getContainer(id).remove({ force: true });
  };
  await Promise.all([worker(), worker()]);
  await docker
    .getNetwork(network)
    .remove()
    .catch((error: Error) => console.log(`left behind: ${error.message}`));
};

/** Seconds for all pods of the workload with `inFlight` of them being made at a time. */
export const timeRaw = async (
  docker: Docker,
  workload: Workload,
  options: { readonly inFlight: number; readonly run: string; readonly kind?: RawNetwork },
): Promise<number> => {
  const { inFlight, run, kind = 'bridge' } = options;
  const network = `kedge-bench-${process.pid}-${run}`;
  await docker.createNetwork({ Name: network, Driver: 'bridge', CheckDuplicate: true, Labels: { [LABEL]: network } });
  try {
    const started = performance.now();
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let i = next++; i < workload.pods; i = next++) await startPod(docker, network, workload, `${network}-${i}`, kind);
    };
    await Promise.all(Array.from({ length: Math.min(inFlight, workload.pods) }, worker));
    return (performance.now() - started) / 1000;
  } finally {
    await removeRaw(docker, network);
  }
};
