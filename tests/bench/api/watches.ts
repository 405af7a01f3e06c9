/** Many watchers of all pods while pods change at a steady rate; the same watchers at a bare server of the same bytes, as the measure of the machine. */
import { readFileSync } from 'node:fs';
import { cpuMsOf } from '../../harness/process.ts';
import type { BareOrder } from './bare-server.ts';
import type { Client } from './client.ts';
import { startHelper } from './helper-process.ts';
import type { Access, Plane } from './plane.ts';
import { mergePatch, PODS, STAMP, stampPatch } from './pods.ts';
import type { WatchOrder, WatchReport } from './watch-process.ts';

export interface WatchOptions {
  readonly watchers: number;
  readonly perSecond: number;
  readonly events: number;
  /** Of them, the first ones. */
  readonly warmup: number;
  /** Pods `prefix-0` to `prefix-(pods - 1)` change in turn. */
  readonly prefix: string;
  readonly pods: number;
}

export interface Measured extends WatchReport {
  /** Of the server, for each second. */
  readonly cpuShare: number;
}

export interface WatchResult extends Measured {
  readonly failedWrites: number;
  /** What was reached of `perSecond`. */
  readonly writesPerSecond: number;
}

const GRACE_MS = 120_000;
/** Where the revision and the stamp stand in a line of the bare server. */
const mark = '@here@';

/** Opens the watches, has the events made, and returns what the watchers saw of them. `cpuMs`: of the server, so far. */
const watching = async (
  { url, ca, token }: Access,
  order: Omit<WatchOrder, 'access'>,
  cpuMs: () => number,
  makeEvents: () => Promise<void>,
): Promise<Measured> => {
  const child = startHelper('watch-process.ts');
  try {
    const opened = child.message();
    child.send({ ...order, access: { url, ca, token } } satisfies WatchOrder);
    await opened;
    const before = cpuMs();
    const startMs = performance.now();
    await makeEvents();
    const reported = child.message<WatchReport>();
    child.send(GRACE_MS);
    return { ...(await reported), cpuShare: (cpuMs() - before) / (performance.now() - startMs) };
  } finally {
    child.stop();
  }
};

export const timeWatches = async (plane: Plane, client: Client, options: WatchOptions): Promise<WatchResult> => {
  const { watchers, events, warmup, perSecond, prefix, pods } = options;
  const { resourceVersion } = (await client.send('GET', `${PODS}?limit=1`)).json().metadata;
  let failedWrites = 0;
  let writesPerSecond = 0;
  const write = async (i: number): Promise<void> => {
    const { status } = await client.send('PATCH', `${PODS}/${prefix}-${i % pods}`, { body: stampPatch(i), type: mergePatch });
    if (status !== 200) failedWrites++;
  };
  const writeAll = async (): Promise<void> => {
    const startMs = performance.now();
    const writes: Promise<void>[] = [];
    for (let i = 0; i < events; i++) {
      const waitMs = startMs + (i * 1000) / perSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      writes.push(write(i));
    }
    await Promise.all(writes);
    writesPerSecond = events / ((performance.now() - startMs) / 1000);
  };
  const measured = await watching(plane, { watchers, events, warmup, resourceVersion }, () => plane.cpuSeconds() * 1000, writeAll);
  return { ...measured, failedWrites, writesPerSecond };
};

/** The events of a pod of `plane`, as many and as often, from a server that does nothing else. */
export const timeBareWatches = async (plane: Plane, client: Client, options: WatchOptions): Promise<Measured> => {
  const { watchers, events, warmup, perSecond, prefix, pods } = options;
  // not the first: those the writers before have made larger
  const pod = (await client.send('GET', `${PODS}/${prefix}-${pods - 1}`)).json();
  pod.metadata.resourceVersion = mark;
  pod.metadata.annotations[STAMP] = mark;
  const parts = JSON.stringify({ type: 'MODIFIED', object: pod }).split(mark) as [string, string, string];
  const server = startHelper('bare-server.ts');
  try {
    const listening = server.message<number>();
    const [cert, key] = [readFileSync(plane.certFile, 'utf8'), readFileSync(plane.keyFile, 'utf8')];
    server.send({ cert, key, parts, perSecond, events } satisfies BareOrder);
    const access = { ...plane, url: `https://127.0.0.1:${await listening}` };
    return await watching(
      access,
      { watchers, events, warmup, resourceVersion: '0' },
      () => cpuMsOf(server.pid),
      async () => {
        const sent = server.message();
        server.send('begin');
        await sent;
      },
    );
  } finally {
    server.stop();
  }
};
