/** Many watchers of all pods while pods change at a steady rate. */
import type { Client } from './client.ts';
import { startHelper } from './helper-process.ts';
import type { Plane } from './plane.ts';
import { mergePatch, PODS, stampPatch } from './pods.ts';
import type { WatchOrder, WatchReport } from './watch-process.ts';

export interface WatchOptions {
  readonly watchers: number;
  readonly perSecond: number;
  readonly events: number;
  /** Pods `prefix-0` to `prefix-(pods - 1)` change in turn. */
  readonly prefix: string;
  readonly pods: number;
}

export interface WatchResult extends WatchReport {
  readonly failedWrites: number;
  /** What was reached of `perSecond`. */
  readonly writesPerSecond: number;
  /** Of the control plane, for each second. */
  readonly cpuShare: number;
}

const GRACE_MS = 120_000;

export const timeWatches = async (plane: Plane, client: Client, options: WatchOptions): Promise<WatchResult> => {
  const { resourceVersion } = (await client.send('GET', `${PODS}?limit=1`)).json().metadata;
  const child = startHelper('watch-process.ts');
  try {
    const { url, ca, token } = plane;
    const opened = child.message();
    child.send({ access: { url, ca, token }, watchers: options.watchers, resourceVersion, events: options.events } satisfies WatchOrder);
    await opened;
    const cpu = plane.cpuSeconds();
    const startMs = performance.now();
    const writes: Promise<void>[] = [];
    let failedWrites = 0;
    const write = async (i: number): Promise<void> => {
      const { status } = await client.send('PATCH', `${PODS}/${options.prefix}-${i % options.pods}`, {
        body: stampPatch(i),
        type: mergePatch,
      });
      if (status !== 200) failedWrites++;
    };
    for (let i = 0; i < options.events; i++) {
      const dueMs = startMs + (i * 1000) / options.perSecond;
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      writes.push(write(i));
    }
    await Promise.all(writes);
    const seconds = (performance.now() - startMs) / 1000;
    const reported = child.message<WatchReport>();
    child.send(GRACE_MS);
    const report = await reported;
    const cpuShare = (plane.cpuSeconds() - cpu) / ((performance.now() - startMs) / 1000);
    return { ...report, failedWrites, writesPerSecond: options.events / seconds, cpuShare };
  } finally {
    child.stop();
  }
};
