/** A pod controller over the runtime, view and sink in memory, for its tests: each test has its own, and what it kept on disk goes with the test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Pod } from '#schema/core/pod.ts';
import { MemoryRuntime } from '../runtime/memory/memory-runtime.ts';
import { memoryFolder } from '../volumes/pod-volumes.ts';
import { createPodController, type PodController } from './controller.ts';
import { ManualClock, MemorySink, MemoryView, noApi, noNetwork, quietLog } from './fixtures.ts';

type Container = Pod['spec']['containers'][number];
type PodStatus = NonNullable<Pod['status']>;

export interface TestAgent {
  readonly clock: ManualClock;
  readonly runtime: MemoryRuntime;
  readonly network: ReturnType<typeof noNetwork>;
  /** Of the agent on disk. */
  readonly dir: string;
  /** What the next start is given. */
  view: MemoryView;
  sink: MemorySink;
  /** Of the last start. */
  readonly controller: PodController;
  /** After a stop; the first start is done. */
  start(): void;
  stop(): Promise<void>;
  /** The status of a pod, once it fits. */
  until(uid: string, fits: (status: PodStatus) => unknown): Promise<PodStatus>;
  /** Once a pod was reported gone. */
  gone(): Promise<unknown>;
  /** The runtime's calls of a verb so far. */
  calls(verb: string): string[];
}

export const startAgent = async (): Promise<TestAgent> => {
  const dir = await mkdtemp(join(tmpdir(), 'kedge-pods-'));
  // folders in memory are named by cluster and node: other files' tests run at the same time
  const identity = { clusterUid: basename(dir), nodeName: 'n1' };
  const clock = new ManualClock();
  const runtime = new MemoryRuntime({ clock, clusterUid: identity.clusterUid, images: ['app:1'] });
  let controller: PodController;
  let stopping: AbortController;
  let running: Promise<void>;
  const agent: TestAgent = {
    ...{ clock, runtime, network: noNetwork(), dir, view: new MemoryView(), sink: new MemorySink() },
    get controller() {
      return controller;
    },
    start: () => {
      stopping = new AbortController();
      controller = createPodController({
        ...{ runtime, network: agent.network, clock, view: agent.view, reports: agent.sink },
        ...{ api: noApi, log: quietLog, hostIP: '192.0.2.10' },
        settings: { ...identity, dir, server: '', serviceCIDR: '', clusterDNS: '', clusterDomain: 'cluster.local' },
      });
      running = controller.run(stopping.signal);
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
    until: (uid, fits) =>
      agent.sink.until(() => {
        const status = agent.sink.status(uid);
        return status && fits(status) ? status : undefined;
      }),
    gone: () => agent.sink.until((reports) => reports.some(({ kind }) => kind === 'podGone')),
    calls: (verb) => runtime.journal.filter((line) => line.startsWith(verb)),
  };
  agent.start();
  onTestFinished(async () => {
    await agent.stop();
    // what was under way when the agent stopped may still write
    for (const folder of [dir, memoryFolder(identity)]) await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });
  return agent;
};

export const app = (more: Partial<Container> = {}): Container => ({
  ...{ name: 'app', image: 'app:1', imagePullPolicy: 'IfNotPresent' },
  ...more,
});
export const ready = (status: PodStatus): boolean => status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
export const waiting =
  (reason: string) =>
  (status: PodStatus): boolean =>
    status.containerStatuses?.[0]?.state?.waiting?.reason === reason;
export const deleted = (pod: Pod, seconds: number): Pod => ({
  ...pod,
  metadata: { ...pod.metadata, deletionTimestamp: '2030-01-01T00:00:00Z', deletionGracePeriodSeconds: seconds },
});
