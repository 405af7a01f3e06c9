/** A test cluster's control plane on real workerd: the program that `kedge dev-workers` starts, its end by force, its cron trigger and its database. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { openHttpStore } from '#control-plane/store/http/open.ts';
import type { Store } from '#control-plane/store/store.ts';
import { descendants, workerdsBelow } from '#infra/workers/wrangler.ts';
import type { TestCluster } from './cluster.ts';
import { repoDir } from './paths.ts';
import { isAlive, stopProcess, waitFor } from './process.ts';

export interface WorkerdOptions {
  /** Of each request to the database. Default 30, as between a Worker and a database in its region. */
  readonly latencyMs?: number;
  /** Share of committed writes whose reply is lost. Default 1 %. */
  readonly dropRate?: number;
}

/** The cron trigger fires only when a test says so: whatever works without it works by pokes and alarms alone. */
export const workerdProgram = ({ latencyMs = 30, dropRate = 0.01 }: WorkerdOptions = {}) => ({
  entry: join(repoDir, 'infra/src/workers/main.ts'),
  args: ['--latency-ms', String(latencyMs), '--drop-rate', String(dropRate), '--cron-ms', '0'],
});

/** SIGKILL for all of them in one go, as when a machine loses power. */
export const killAll = async (pids: readonly number[]): Promise<void> => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  for (const pid of pids) if (isAlive(pid)) await stopProcess(pid, { signal: 'SIGKILL' });
};

/** A process and all it started. */
export const killTree = (pid: number): Promise<void> => killAll([pid, ...descendants(pid)]);

const againMs = 120_000;

/** Its arguments, separated by NUL; empty when it is gone. */
export const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
};

const hasOpen = (pid: number, dir: string): boolean => {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(dir));
  } catch {
    return false;
  }
};

/** Processes of a cluster's control plane that are workerd: the Worker's own, and wrangler's proxy. */
export const workerdsOf = (cluster: TestCluster): number[] => workerdsBelow(cluster.controlPlanePid());

/** The workerd that runs Worker and objects, alone, dies: the one below `pid` that has the folder of the objects open. @throws Error when none runs */
export const killServing = async (pid: number, objects: string): Promise<void> => {
  const victim = await waitFor('workerd to run', () => workerdsBelow(pid).find((below) => hasOpen(below, objects)), { timeoutMs: againMs });
  await killAll([victim]);
};

/** The same of a cluster, whose control plane's program sees to another one. */
export const killWorkerd = (cluster: TestCluster): Promise<void> =>
  killServing(cluster.controlPlanePid(), join(cluster.folder.data, 'objects'));

/** Resolves when the Worker serves requests. @throws Error when it does not within two minutes */
export const answersAgain = async (cluster: TestCluster): Promise<void> => {
  await waitFor('the Worker to answer', async () => (await cluster.fetch('/livez', { signal: AbortSignal.timeout(5_000) })).ok, {
    timeoutMs: againMs,
  });
};

/** mulberry32: from 0 to below 1. */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** What Cloudflare does each minute. */
export const fireCron = async (cluster: TestCluster): Promise<void> => {
  const response = await cluster.fetch('/cdn-cgi/handler/scheduled');
  if (!response.ok) throw new Error(`the cron trigger was answered with ${response.status} ${await response.text()}`);
};

/** The cluster's database, past the control plane: what is written here, nobody is told of. */
export const databaseOf = (cluster: TestCluster): Promise<Store> => {
  const variables = readFileSync(join(cluster.folder.data, 'worker-variables'), 'utf8');
  return openHttpStore({
    url: /^KEDGE_DATABASE_URL='(.*)'$/m.exec(variables)?.[1] as string,
    clock: { now: () => Date.now() },
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)), uuid: () => crypto.randomUUID(), float: Math.random },
  });
};
