/**
 * `npm run bench:start`: how long pods take to start, beside the raw Docker API and Docker Swarm, all in one run on one engine. Prints a table and the
 * ratios; judges nothing. Figures are seconds, medians of several runs; in each run every contestant has its turn, and who begins changes.
 */
import { startCluster, type TestCluster } from '../../harness/cluster.ts';
import { acquireEngine } from '../../harness/engine.ts';
import { ensureImages } from '../../harness/images.ts';
import { type Api, connectApi, timeDeployment, timePod, waitGone } from './kedge.ts';
import { IN_FLIGHT, timeRaw, type Workload } from './raw.ts';
import { hasDockerCommand, NO_LIMITS, prepareOverlay, timeSwarm, timeSwarmCommand, withSwarm } from './swarm.ts';

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
const typed: Workload = { ...many, ...NO_LIMITS };

interface Contestant {
  readonly name: string;
  measure(run: string): Promise<number>;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** What a person types: create, then wait until rolled out. */
const timeKubectl = async (cluster: TestCluster, api: Api, workload: Workload, name: string): Promise<number> => {
  const started = performance.now();
  const create = ['create', 'deployment', name, `--image=${workload.image}`, `--replicas=${workload.pods}`];
  await cluster.ok([...create, '--', ...workload.command]);
  await cluster.ok(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
  const taken = (performance.now() - started) / 1000;
  await cluster.ok(['delete', 'deployment', name, '--wait=false']);
  await cluster.ok(['delete', 'pod', '-l', `app=${name}`, '--grace-period=1', '--wait=false']);
  await waitGone(api, name);
  return taken;
};

const measureAll = async (contestants: readonly Contestant[]): Promise<Map<string, number[]>> => {
  const values = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let run = 0; run < RUNS; run++) {
    const shift = Math.floor((run * contestants.length) / RUNS);
    for (const [index, { name, measure }] of [...contestants.slice(shift), ...contestants.slice(0, shift)].entries())
      values.get(name)!.push(await measure(`${run}-${index}`));
    console.log(`run ${run + 1} of ${RUNS} is done`);
  }
  return values;
};

const rowsOf = (
  docker: Parameters<typeof timeRaw>[0],
  cluster: TestCluster,
  api: Api,
  dockerHost: string | undefined,
  overlay: boolean,
) => {
  const raw = IN_FLIGHT.map(
    (inFlight): Contestant => ({
      name: `20 pods, raw Docker API, ${inFlight} in flight`,
      measure: (run) => timeRaw(docker, many, { inFlight, run }),
    }),
  );
  const bare = ([4, 8] as const).map(
    (inFlight): Contestant => ({
      name: `20 pods without an address, raw Docker API, ${inFlight} in flight`,
      measure: (run) => timeRaw(docker, many, { inFlight, run, kind: 'bare' }),
    }),
  );
  const of = (name: string, measure: Contestant['measure']): Contestant => ({ name, measure });
  return {
    raw,
    bare,
    kedge: of('20 pods, Kedge', (run) => timeDeployment(api, many, `many-${run}`)),
    swarm: of('20 tasks, Docker Swarm, bare service', (run) => timeSwarm(docker, many, { run })),
    overlay: overlay
      ? of('20 tasks, Docker Swarm, on an overlay network', (run) => timeSwarm(docker, many, { run, overlay: true }))
      : undefined,
    kubectl: of('typed: kubectl create deployment + rollout status', (run) => timeKubectl(cluster, api, typed, `typed-${run}`)),
    command: dockerHost
      ? of('typed: docker service create --replicas 20', (run) => timeSwarmCommand(docker, dockerHost, typed, `typed-${run}`))
      : undefined,
    rawOne: of('1 pod, raw Docker API', (run) => timeRaw(docker, one, { inFlight: 1, run })),
    kedgeOne: of('1 pod, Kedge', (run) => timePod(api, one, `one-${run}`)),
    swarmOne: of('1 task, Docker Swarm', (run) => timeSwarm(docker, one, { run })),
  };
};

const report = (rows: ReturnType<typeof rowsOf>, values: Map<string, number[]>): void => {
  console.log(`\nseconds: median of ${RUNS} runs (least to most)`);
  for (const [name, found] of values)
    console.log(`  ${name.padEnd(60)} ${median(found).toFixed(2)}  (${Math.min(...found).toFixed(2)} to ${Math.max(...found).toFixed(2)})`);
  const of = (row: Contestant): number => median(values.get(row.name)!);
  const best = (list: readonly Contestant[]): Contestant => list.reduce((a, b) => (of(b) < of(a) ? b : a));
  const ratio = (row: Contestant, other: Contestant, mark: string): void =>
    console.log(`  ${`${row.name} / ${other.name}`.padEnd(100)} ${(of(row) / of(other)).toFixed(2)}   ${mark}`);
  console.log('\nratios');
  ratio(rows.kedge, best(rows.raw), '(mark 1.6, goal 1.3)');
  ratio(rows.kedge, best(rows.bare), '(no mark: those pods have no address)');
  ratio(rows.kedge, rows.swarm, '(mark: below 1)');
  if (rows.overlay) ratio(rows.kedge, rows.overlay, '(mark: below 1)');
  if (rows.command) ratio(rows.kubectl, rows.command, '(mark: below 1)');
  ratio(rows.kedgeOne, rows.rawOne, `(one pod in ${of(rows.kedgeOne).toFixed(2)} s, mark 0.50 s)`);
  ratio(rows.kedgeOne, rows.swarmOne, '');
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
      await withSwarm(docker, async () => {
        const noOverlay = await prepareOverlay(docker);
        if (noOverlay) console.log(`no overlay networks here: ${noOverlay}`);
        await timeDeployment(api, many, 'warm-up');
        const command = await hasDockerCommand();
        if (!command) console.log('no docker command here');
        const rows = rowsOf(docker, cluster, api, command ? engine.dockerHost : undefined, noOverlay === undefined);
        const contestants = Object.values(rows)
          .flat()
          .filter((row) => row !== undefined);
        report(rows, await measureAll(contestants));
      });
    } finally {
      await api.close();
      await cluster.stop();
    }
  } finally {
    await engine.dispose();
  }
};

if (import.meta.main) await runStartBench();
