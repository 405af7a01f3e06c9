/**
 * `npm run bench:start`: how long pods take to start, beside the raw Docker API and Docker Swarm, all in one run on one engine. Prints a table and the
 * ratios; judges nothing. Figures are seconds, medians of several runs; the order of the contestants turns with each run.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster, type TestCluster } from '../../harness/cluster.ts';
import { acquireEngine } from '../../harness/engine.ts';
import { ensureImages } from '../../harness/images.ts';
import { type Api, connectApi, deploymentManifest, timeDeployment, timePod, waitGone } from './kedge.ts';
import { IN_FLIGHT, timeRaw, type Workload } from './raw.ts';
import { timeSwarm, withSwarm } from './swarm.ts';

/** `KEDGE_BENCH_RUNS`: fewer for a quick look. */
const RUNS = Number(process.env.KEDGE_BENCH_RUNS ?? 5);
const many: Workload = {
  pods: 20,
  image: 'busybox:latest',
  command: ['sleep', '3600'],
  memoryBytes: 64 * 1024 * 1024,
  cpuShares: 102,
  cpuQuotaMicros: 50_000,
};
const one: Workload = { ...many, pods: 1 };

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const seconds = (values: readonly number[]): string =>
  `${median(values).toFixed(2)} s  (${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)})`;

/** kubectl's own wall time: create, then wait until rolled out. */
const timeKubectl = async (cluster: TestCluster, api: Api, workload: Workload, name: string): Promise<number> => {
  const file = join(cluster.folder.root, `${name}.json`);
  writeFileSync(file, JSON.stringify(deploymentManifest(name, workload)));
  const started = performance.now();
  await cluster.ok(['create', '-f', file]);
  await cluster.ok(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
  const taken = (performance.now() - started) / 1000;
  await cluster.ok(['delete', '-f', file]);
  await waitGone(api, name);
  rmSync(file);
  return taken;
};

/** Measures and prints one row. */
const row = async (name: string, measure: (run: number) => Promise<number>): Promise<number[]> => {
  const values: number[] = [];
  for (let run = 0; run < RUNS; run++) values.push(await measure(run));
  console.log(`  ${name.padEnd(44)} ${seconds(values)}`);
  return values;
};

export const runStartBench = async (): Promise<void> => {
  const engine = await acquireEngine((line) => console.log(line));
  try {
    process.env.DOCKER_HOST = engine.dockerHost;
    await ensureImages(engine, ['busybox'], (line) => console.log(line));
    const { docker } = engine;
    const cluster = await startCluster({ name: 'bench', dockerHost: engine.dockerHost });
    const api = connectApi(cluster.kubeconfig);
    try {
      await timeDeployment(api, many, 'warm-up');
      console.log(`\nmedian of ${RUNS} runs (least to most)`);
      const raw = new Map<number, number[]>();
      for (const inFlight of IN_FLIGHT) {
        raw.set(
          inFlight,
          await row(`20 pods, raw Docker API, ${inFlight} in flight`, (run) => timeRaw(docker, many, inFlight, `${inFlight}-${run}`)),
        );
      }
      const kedge = await row('20 pods, Kedge', (run) => timeDeployment(api, many, `many-${run}`));
      await row('20 pods, kubectl create + rollout status', (run) => timeKubectl(cluster, api, many, `kubectl-${run}`));
      const rawOne = await row('1 pod, raw Docker API', (run) => timeRaw(docker, one, 1, `one-${run}`));
      const kedgeOne = await row('1 pod, Kedge', (run) => timePod(api, one, `one-${run}`));
      const swarm = await withSwarm(docker, async () => {
        const values = await row('20 tasks, Docker Swarm', (run) => timeSwarm(docker, many, `many-${run}`));
        await row('1 task, Docker Swarm', (run) => timeSwarm(docker, one, `one-${run}`));
        return values;
      });
      const [bestInFlight, best] = [...raw].sort((a, b) => median(a[1]) - median(b[1]))[0]!;
      console.log(
        `\n  20 pods: Kedge / raw best (${bestInFlight} in flight) = ${(median(kedge) / median(best)).toFixed(2)}   (mark 1.6, goal 1.3)`,
      );
      console.log(`  20 pods: Kedge / Swarm = ${(median(kedge) / median(swarm)).toFixed(2)}   (mark: below 1)`);
      console.log(`  1 pod: ${median(kedgeOne).toFixed(2)} s   (mark 0.50 s), / raw = ${(median(kedgeOne) / median(rawOne)).toFixed(2)}`);
    } finally {
      api.close();
      await cluster.stop();
    }
  } finally {
    await engine.dispose();
  }
};

if (import.meta.main) await runStartBench();
