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
import {
  duration,
  EVENT_S,
  freeShare,
  IDLE_S,
  MESSAGES_A_REQUEST,
  monthly,
  noWork,
  objectRequests,
  plus,
  times,
  type Work,
} from './prices.ts';
import { atRest, cronDay, electionsDay, joined, nodeName, podLife, restingDay } from './workloads.ts';

const quick = process.argv.includes('--quick');
const withVerbs = !process.argv.includes('--no-verbs');
const sizes = quick ? [1, 10] : [1, 10, 100];
const restMs = quick ? 30_000 : 60_000;
const electionMs = quick ? 20_000 : 100_000;
const JOIN_AT_ONCE = 10;
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

/** Nodes that ping in any order leave the hub this long between two alarms, at least: its silence less a ping. */
const SHORTEST_ALARM_S = 30;

/** A thousand nodes: as the largest size that was measured, with the pings of the rest, and the hub's alarm as often as it can ring. */
const thousandOf = (largest: Work, size: number): Work => {
  const alarms = 86_400 / SHORTEST_ALARM_S;
  const hub = { events: alarms, seconds: alarms * (EVENT_S + IDLE_S) };
  const rung = Math.max(0, alarms - (largest.objects.HubObject?.events ?? 0));
  const work = plus(
    { ...largest, objects: { ...largest.objects, HubObject: hub }, objectCalls: largest.objectCalls + rung },
    pings(1000 - size),
  );
  return { ...work, cpuMs: boundedCpu(work) };
};

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
const plane = await startWorkerdPlane({ nodes: Array.from({ length: sizes.at(-1)! }, (_, index) => nodeName(index)) });
const agents: TestAgent[] = [];
let pod = noWork;
try {
  await plane.tick();
  await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
  const idle = new Map<number, Work>();
  let rowsWritten = 0;
  let [elections, cron] = [noWork, noWork];
  for (const size of sizes) {
    while (agents.length < size) {
      const count = Math.min(JOIN_AT_ONCE, size - agents.length);
      agents.push(...(await Promise.all(Array.from({ length: count }, (_, i) => joined(plane, agents.length + i)))));
    }
    progress(`${size} nodes have joined`);
    await atRest(plane);
    const rest = await restingDay(plane, restMs);
    rowsWritten = Math.max(rowsWritten, rest.rowsWritten);
    if (size === 1) cron = await cronDay(plane);
    const work = plus(plus(rest.work, cron), pings(size));
    idle.set(size, { ...work, cpuMs: boundedCpu(work) });
    progress(`${size} nodes have rested`);
    if (size > 1) continue;
    pod = await podLife(plane, agents[0]!);
    await atRest(plane);
    elections = await electionsDay(plane, OPERATORS, electionMs);
    progress('a pod has lived, leaders were elected');
  }
  const largest = sizes.at(-1)!;
  const hundred = idle.get(100) ?? idle.get(largest)!;
  const thousand = thousandOf(hundred, largest);
  // the first nodes bring the hub's alarm along, further ones only themselves
  const node = times(plus(thousand, times(hundred, -1)), 1 / (1000 - largest));
  const at = (size: number): Work => idle.get(size) ?? plus(thousand, times(node, size - 1000));
  const shown = [...new Set([...sizes, 100, 1000])];
  const computed = (size: number): string => (idle.has(size) ? '' : ' (computed)');
  console.log(
    '\nA day. Duration in GB-s: by events of 50 ms, and with ten idle seconds after each; shares, dollars and marks are judged on the second.',
  );
  console.log(
    `Rows of the database are seen from above: four scanned for each returned, four written for each changed. Pings: ${MESSAGES_A_REQUEST} to a request.\n`,
  );
  const columns = 'Worker requests | object requests | GB-s | object rows written | rows read | rows written | CPU, s';
  console.log(`| cluster | ${columns} | of the free plans | a month, paid plan |`);
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const size of shown) line(`${size} idle${computed(size)}`, at(size));
  for (const size of shown)
    line(`${size}, ${PODS_A_NODE_AND_DAY} pods a node${computed(size)}`, plus(at(size), times(pod, PODS_A_NODE_AND_DAY * size)));
  const oneElection = { ...times(elections, 1 / OPERATORS), objects: elections.objects };
  line('1 idle, one leader election', plus(at(1), oneElection));
  for (const size of shown) line(`${size} idle, three leader elections${computed(size)}`, plus(at(size), elections));
  const rivals = Object.entries(fees).map(([name, fee]) => `${name} $${fee}`);
  console.log(`\nBeside them, the control plane alone: ${rivals.join(', ')} a month.\n`);

  marks.push([
    'a healthy idle node writes nothing to the database',
    `${rowsWritten} rows while up to ${largest} nodes rested`,
    rowsWritten === 0,
  ]);
  const free = freeShare(at(100));
  marks.push(['100 idle nodes inside the free plans', `${(free.share * 100).toFixed(1)} % of ${free.of}`, free.share <= 1]);
  const further = monthly({ ...node, cpuMs: Math.max(0, node.cpuMs) }, { marginal: true });
  marks.push(['a further idle node at most $0.002 a month', dollars(further), further <= 0.002]);
} finally {
  progress('ending');
  await Promise.all(agents.map((agent) => agent.stop()));
  await plane.stop();
}
if (withVerbs) {
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
}
console.log('');
for (const [mark, seen, met] of marks) console.log(`${met ? 'met   ' : 'MISSED'} ${mark}: ${seen}`);
console.log('');
if (!quick) spawnSync(nodePath, [join(repoDir, 'tests/bench/edge/cold-start.ts')], { stdio: 'inherit' });
