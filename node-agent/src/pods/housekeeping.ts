/**
 * What a node does for its pods beside running them, each at its own pace: says again what the view does not show, removes folders that nobody knows,
 * evicts pods that outgrew a volume, removes volumes and images that nothing uses.
 */
import { join } from 'node:path';
import type { AgentSettings, ApiClient, Clock, Logger, ViewStore } from '../context.ts';
import { createImageCollector } from '../node/image-collector.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import { createLocalDirectories } from '../volumes/local-directories.ts';
import { claimNameOf } from '../volumes/persistent.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { containersIn } from './plan/containers.ts';
import type { PodWorker } from './worker.ts';

const SWEEP_MS = 60_000;
/** The kubelet's pace of looking for pods to evict. */
const MEASURE_MS = 10_000;

export interface HousekeepingOptions {
  readonly runtime: ContainerRuntime;
  readonly view: ViewStore;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: AgentSettings;
  readonly volumes: PodVolumes;
  readonly workers: ReadonlyMap<string, PodWorker>;
  /** Pods whose containers are here, though no worker attends them; undefined before the runtime's list was taken. */
  readonly unclaimed: () => ReadonlyMap<string, unknown> | undefined;
}

export interface Housekeeping {
  /** A pull brought an image that was not there. */
  pulled(image: string): Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

interface Claim {
  readonly namespace: string;
  readonly name: string;
}

const mayUse = ({ pod, state }: PodWorker, claim: Claim): boolean => {
  // Of a pod that the view no longer has, only its containers are known.
  if (!pod) return true;
  const { phase } = pod.status ?? {};
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const runs = [...state.containers.values()].some((record) => record.state === 'running');
  if (pod.metadata.namespace !== claim.namespace || (ended && !runs)) return false;
  return (pod.spec.volumes ?? []).some((volume) => claimNameOf(volume, pod.metadata.name!) === claim.name);
};

const imagesOf = ({ pod }: PodWorker): string[] =>
  (['containers', 'initContainers', 'ephemeralContainers'] as const).flatMap((list) =>
    containersIn(pod, list).flatMap(({ image }) => image ?? []),
  );

export const createHousekeeping = (options: HousekeepingOptions): Housekeeping => {
  const { runtime, view, clock, log, settings, volumes, workers, unclaimed } = options;
  const images = createImageCollector({
    runtime,
    dir: settings.dir,
    clock,
    log,
    inUse: () => new Set([...workers.values()].flatMap(imagesOf)),
  });
  const directories = createLocalDirectories({
    volumesDir: join(settings.dir, 'volumes'),
    nodeName: settings.nodeName,
    view,
    api: options.api,
    clock,
    log,
    inUse: (claim) => unclaimed()?.size !== 0 || [...workers.values()].some((worker) => mayUse(worker, claim)),
  });

  /** Folders of pods that neither the view nor the runtime knows. */
  const removeLeftovers = async (): Promise<void> => {
    const others = unclaimed();
    if (!view.complete || !others) return;
    for (const uid of await volumes.list()) if (!workers.has(uid) && !others.has(uid)) await volumes.remove(uid);
  };

  const every = async (ms: number, signal: AbortSignal, what: string, work: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      await clock.sleep(ms, signal);
      if (!signal.aborted) await work().catch((error: Error) => log.warn(`${what}: ${error.message}`));
    }
  };

  return {
    pulled: (image) => images.pulled(image),
    run: async (signal) => {
      await Promise.all([
        every(SWEEP_MS, signal, 'leftovers', async () => {
          for (const worker of workers.values()) worker.reportAgain();
          await removeLeftovers();
        }),
        every(MEASURE_MS, signal, 'size of volumes', async () => {
          for (const worker of workers.values()) await worker.checkVolumes();
        }),
        images.run(signal),
        directories.run(signal).catch((error: Error) => log.error(`volumes: ${error.message}`)),
      ]);
    },
  };
};
