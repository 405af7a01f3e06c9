/**
 * `npm run bench:edge [-- --quick] [--no-verbs]`: what clusters of several sizes cost a day at Cloudflare and at a libSQL host. The real Worker and its objects
 * run in workerd with the real agents' client; rest, runs of the cron trigger, a pod's life and leader elections are counted, and days are put together from them.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { nodePath, repoDir } from '../../harness/paths.ts';
import { waitFor } from '../../harness/process.ts';
import type { TestAgent } from '../../workerd/agent.ts';
import { startWorkerdPlane } from '../../workerd/plane.ts';
import { avoided, DEAR_MS, verbCpu } from './cpu.ts';
import { duration, freeShare, MESSAGES_A_REQUEST, monthly, noWork, objectRequests, plus, times, type Work } from './prices.ts';
import { allReady, announced, atRest, cronDay, DAY_MS, electionsDay, joined, nodeName, podLife, restingDay } from './workloads.ts';

const quick = process.argv.includes('--quick');
const withVerbs = !process.argv.includes('--no-verbs');
const sizes = quick ? [1, 10] : [1, 10, 100, 1_000];
/** Nodes of clusters up to this size come into being as their agents join; of larger ones they are there before. */
const JOINED_ONE_BY_ONE = 100;
/** At least, and from alarm to alarm. The hub's alarm rings every 30 to 50 s. */
const restMs = (size: number): number => (size === JOINED_ONE_BY_ONE ? 60_000 : 30_000);
const electionMs = quick ? 20_000 : 60_000;
const JOIN_AT_ONCE = 10;
const COLD_START_MS = 180_000;
const CPU_MS = 10;
const PINGS_A_DAY = 86_400 / 20;
/** The stated churn. */
const PODS_A_NODE_AND_DAY = 10;
const OPERATORS = 3;
const fees = { 'EKS, GKE (a cluster)': 73, 'AKS Standard': 73 };

/** Pings run no code, and workerd's own time for sockets is nobody's bill: each event at the most the free plan allows it. */
const boundedCpu = ({ workerRequests, objects }: Work): number =>
  CPU_MS * (workerRequests + Object.values(objects).reduce((sum, { events }) => sum + events, 0));

const pings = (nodes: number): Work => ({ ...noWork, socketMessages: nodes * PINGS_A_DAY });

const figure = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value === 0 ? '0' : value.toPrecision(3);
const dollars = (value: number): string => `$${value < 0.1 ? value.toFixed(4) : value.toFixed(2)}`;

const line = (name: string, day: Work): void => {
  const { share, of } = freeShare(day);
  const cells = [
    figure(day.workerRequests),
    figure(objectRequests(day)),
    `${figure(duration(day, false))} / ${figure(duration(day, true))}`,
    figure(day.objectRowsWritten),
    figure(day.rowsRead),
    figure(day.rowsWritten),
    figure(day.cpuMs / 1000),
    `${(share * 100).toFixed(1)} % (${of.replace(/ \(.*/, '')})`,
    dollars(monthly(day)),
  ];
  console.log(`| ${[name, ...cells].join(' | ')} |`);
};

const startedMs = performance.now();
const progress = (what: string): void => console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${what}`);

const marks: (readonly [string, string, boolean])[] = [];
const plane = await startWorkerdPlane({ nodes: [], podCidr: '10.64.0.0/13' });
const agents: TestAgent[] = [];
let pod = noWork;

const grow = async (size: number): Promise<void> => {
  const names = Array.from({ length: size - agents.length }, (_, i) => nodeName(agents.length + i));
  await plane.admit(names);
  if (size > JOINED_ONE_BY_ONE) progress(`${names.length} nodes have tokens`);
  if (size > JOINED_ONE_BY_ONE) {
    await announced(plane, names, JOIN_AT_ONCE);
    progress(`${names.length} nodes are there`);
  }
  while (agents.length < size) {
    const count = Math.min(JOIN_AT_ONCE, size - agents.length);
    agents.push(...(await Promise.all(Array.from({ length: count }, (_, i) => joined(plane, agents.length + i)))));
  }
  await allReady(plane, agents);
  progress(`${size} nodes have joined`);
  await atRest(plane);
};

try {
  await plane.tick();
  await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
  const idle = new Map<number, Work>();
  const watched: string[] = [];
  let rowsWritten = 0;
  let [elections, cron, podOfMany] = [noWork, noWork, noWork];
  for (const size of sizes) {
    await grow(size);
    const rest = await restingDay(plane, restMs(size));
    rowsWritten = Math.max(rowsWritten, rest.rowsWritten);
    const seconds = rest.watchedMs / 1000;
    watched.push(`${size}: ${seconds.toFixed(0)} s`);
    const seen = [
      `${((rest.work.cpuMs / DAY_MS) * 1000).toFixed(1)} ms of CPU a second`,
      `${Math.round(plane.residentBytes() / 2 ** 20)} MiB resident`,
    ];
    progress(`${size} nodes have rested ${seconds.toFixed(0)} s; workerd: ${seen.join(', ')}`);
    if (size === 1) cron = await cronDay(plane);
    const work = plus(plus(rest.work, cron), pings(size));
    idle.set(size, { ...work, cpuMs: boundedCpu(work) });
    if (size > JOINED_ONE_BY_ONE) podOfMany = await podLife(plane, agents[0]!);
    if (size > 1) continue;
    pod = await podLife(plane, agents[0]!);
    await atRest(plane);
    elections = await electionsDay(plane, OPERATORS, electionMs);
    progress('a pod has lived, leaders were elected');
  }
  const [fewer, largest] = [sizes.at(-2)!, sizes.at(-1)!];
  const at = (size: number): Work => idle.get(size)!;
  // the first nodes bring the hub's alarm along, further ones only themselves
  const node = times(plus(at(largest), times(at(fewer), -1)), 1 / (largest - fewer));
  const podAt = (size: number): Work => (size > JOINED_ONE_BY_ONE ? podOfMany : pod);
  console.log(
    '\nA day. Duration in GB-s: by events of 50 ms, and with ten idle seconds after each; shares, dollars and marks are judged on the second.',
  );
  console.log(
    `Rows of the database are seen from above: four scanned for each returned, four written for each changed. Pings: ${MESSAGES_A_REQUEST} to a request.`,
  );
  console.log(
    `Rest was watched from alarm to alarm of the hub, and taken ${'`'}86,400 s / watched${'`'} times; nodes: ${watched.join(', ')}.\n`,
  );
  const columns = 'Worker requests | object requests | GB-s | object rows written | rows read | rows written | CPU, s';
  console.log(`| cluster | ${columns} | of the free plans | a month, paid plan |`);
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const size of sizes) line(`${size} idle`, at(size));
  for (const size of sizes)
    line(`${size}, ${PODS_A_NODE_AND_DAY} pods a node`, plus(at(size), times(podAt(size), PODS_A_NODE_AND_DAY * size)));
  const oneElection = { ...times(elections, 1 / OPERATORS), objects: elections.objects };
  line('1 idle, one leader election', plus(at(1), oneElection));
  for (const size of sizes) line(`${size} idle, three leader elections`, plus(at(size), elections));
  const rivals = Object.entries(fees).map(([name, fee]) => `${name} $${fee}`);
  console.log(`\nBeside them, the control plane alone: ${rivals.join(', ')} a month.\n`);

  marks.push([
    'a healthy idle node writes nothing to the database',
    `${rowsWritten} rows while up to ${largest} nodes rested`,
    rowsWritten === 0,
  ]);
  const free = freeShare(at(Math.min(100, largest)));
  marks.push([
    `${Math.min(100, largest)} idle nodes inside the free plans`,
    `${(free.share * 100).toFixed(1)} % of ${free.of}`,
    free.share <= 1,
  ]);
  const further = monthly({ ...node, cpuMs: Math.max(0, node.cpuMs) }, { marginal: true });
  marks.push(['a further idle node at most $0.002 a month', dollars(further), further <= 0.002]);
} finally {
  progress('ending');
  await Promise.all(agents.map((agent) => agent.stop()));
  await plane.stop();
}

const countVerbs = async (): Promise<void> => {
  const verbs = await verbCpu(quick ? 40 : 200);
  progress('the verbs were counted');
  console.log('CPU of workerd, all threads, a thousand operations:\n\n| verb | s |\n|---|---|');
  for (const { verb, ms } of verbs) console.log(`| ${verb} | ${ms.toFixed(2)} |`);
  console.log(
    `\nA pod's life, with all that hub and loop do for it (30 s an event): ${pod.cpuMs.toFixed(1)} ms; a day at rest in the tables is taken at ${CPU_MS} ms an event.`,
  );
  const base = verbs[0]?.ms ?? 0;
  const dear = verbs.filter(({ ms }) => ms - base > DEAR_MS);
  console.log(`\nAbove ${DEAR_MS} ms beyond an empty answer: ${dear.length === 0 ? 'none' : ''}`);
  for (const { verb, ms } of dear) console.log(`* ${verb}, ${(ms - base).toFixed(1)} ms: ${avoided[verb] ?? 'NOT EXPLAINED'}`);

  marks.push(['verbs above 5 ms are explained', `${dear.length} of ${verbs.length}`, dear.every(({ verb }) => avoided[verb])]);
};

const coldStart = (): void => {
  const { stdout } = spawnSync(nodePath, [join(repoDir, 'tests/bench/edge/cold-start.ts')], {
    ...{ stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', timeout: COLD_START_MS },
  });
  console.log(`\nCold start:\n\n${stdout}`);
  const [, ratio, seen] = /takes ([\d.]+) times .*: (met|missed)/.exec(stdout) ?? [];
  marks.push(["a cold start at most 4 times a bare Hono Worker's", ratio ? `${ratio} times` : 'it did not end', seen === 'met']);
};

if (withVerbs) {
  // what was counted before is worth more than one failure
  await countVerbs().catch((error: Error) => marks.push(['verbs above 5 ms are explained', error.message, false]));
}
if (!quick) coldStart();
console.log('');
for (const [mark, seen, met] of marks) console.log(`${met ? 'met   ' : 'MISSED'} ${mark}: ${seen}`);
