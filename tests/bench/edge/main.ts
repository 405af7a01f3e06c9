/**
 * `npm run bench:edge [-- --quick]`: what clusters of several sizes cost a day at Cloudflare and at a libSQL host. The real Worker and its objects run in workerd with the
 * real agents' client; an idle minute, a pod's life and a renewal of a lease are counted, and days are put together from them. Then the cold start.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { nodePath, repoDir } from '../../harness/paths.ts';
import { waitFor } from '../../harness/process.ts';
import { startTestAgent, type TestAgent } from '../../workerd/agent.ts';
import { startWorkerdPlane, type WorkerdPlane } from '../../workerd/plane.ts';
import { measured } from './measure.ts';
import { duration, freeShare, MESSAGES_A_REQUEST, monthly, noWork, objectRequests, plus, times, type Work } from './prices.ts';

const quick = process.argv.includes('--quick');
const sizes = quick ? [1, 10] : [1, 10, 100];
const minutes = quick ? 1 : 2;
const CPU_MS = 10;
const PINGS_A_DAY = 86_400 / 20;
/** The stated churn. */
const PODS_A_NODE_AND_DAY = 10;
const RENEWALS_A_DAY = (3 * 86_400) / 2;
const fees = { 'EKS, GKE (a cluster)': 73, 'AKS Standard': 73 };

const nodeName = (index: number): string => `node-${index}`;

const joined = async (plane: WorkerdPlane, index: number): Promise<TestAgent> => {
  const agent = startTestAgent(plane, nodeName(index));
  await waitFor(`the view of ${nodeName(index)}`, () => agent.view.complete);
  const amounts = { cpu: '64', memory: '256Gi', pods: '110' };
  agent.reports.send({
    ...{ kind: 'node', labels: { 'kubernetes.io/os': 'linux' }, annotations: {} },
    status: {
      capacity: amounts,
      allocatable: amounts,
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready' }],
    },
  });
  return agent;
};

const atRest = async (plane: WorkerdPlane): Promise<void> => {
  await waitFor(
    'the cluster to be at rest',
    async () => {
      const { pipelines, figures } = plane.database;
      await plane.tick();
      await delay(1_500);
      // the loop looks at its row, the hub for changes it was not told of
      return plane.database.figures.changed === figures.changed && plane.database.pipelines - pipelines <= 2;
    },
    { timeoutMs: 300_000, intervalMs: 10 },
  );
};

/** Pings run no code, and workerd's own time for sockets is nobody's bill: each event at the most the free plan allows it. */
const boundedCpu = ({ workerRequests, objectEvents }: Work): number =>
  CPU_MS * (workerRequests + Object.values(objectEvents).reduce((sum, events) => sum + events, 0));

/** Of a day, with nothing but pings and the cron trigger. */
const idleDay = async (plane: WorkerdPlane, nodes: number): Promise<{ readonly work: Work; readonly rowsWritten: number }> => {
  const work = await measured(plane, async () => {
    for (let minute = 0; minute < minutes; minute++) {
      await Promise.all([plane.tick(), delay(60_000)]);
    }
  });
  const day = times(work, 1440 / minutes);
  const ran = { ...day, workerRequests: day.workerRequests + 1440 };
  const counted = { ...ran, socketMessages: ran.socketMessages + nodes * PINGS_A_DAY, cpuMs: boundedCpu(ran) };
  return { work: counted, rowsWritten: work.rowsWritten };
};

const webPath = '/apis/apps/v1/namespaces/default/deployments';

/** Of one pod: made by a Deployment, placed, reported running, deleted. */
const podLife = async (plane: WorkerdPlane, agent: TestAgent): Promise<Work> => {
  const pods = 10;
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } };
  const spec = { replicas: 0, selector: { matchLabels: { app: 'web' } }, template };
  await plane.call('POST', webPath, { metadata: { name: 'web' }, spec });
  await atRest(plane);
  const mine = () => agent.view.list('core/pods').filter(({ spec }) => spec?.nodeName === nodeName(0));
  const work = await measured(plane, async () => {
    await plane.call('PATCH', `${webPath}/web`, { spec: { replicas: pods } });
    await waitFor('the pods', () => mine().length === pods);
    const ready = { type: 'Ready', status: 'True' } as const;
    for (const { metadata } of mine()) {
      const { namespace = '', name = '', uid = '' } = metadata;
      const status = { phase: 'Running', podIP: '10.64.0.9', conditions: [ready, { ...ready, type: 'ContainersReady' }] };
      agent.reports.send({ kind: 'podStatus', namespace, name, uid, sequence: 1, status });
      // containers come up one by one
      await delay(200);
    }
    await waitFor('the pods to be available', async () => (await plane.call('GET', `${webPath}/web`)).status?.availableReplicas === pods);
    await plane.call('PATCH', `${webPath}/web`, { spec: { replicas: 0 } });
    await waitFor('the pods to end', () => mine().every(({ metadata }) => metadata.deletionTimestamp));
    for (const { metadata } of mine()) {
      const { namespace = '', name = '', uid = '' } = metadata;
      agent.reports.send({ kind: 'podGone', namespace, name, uid });
      await delay(200);
    }
    await waitFor('the pods to be gone', () => mine().length === 0);
    await delay(1_000);
  });
  return times(work, 1 / pods);
};

/** Of one renewal by a leader. */
const renewal = async (plane: WorkerdPlane): Promise<Work> => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  let lease = await plane.call('POST', path, { metadata: { name: 'leader' }, spec: { holderIdentity: 'one', leaseDurationSeconds: 15 } });
  const renewals = 20;
  const work = await measured(plane, async () => {
    for (let i = 0; i < renewals; i++) {
      // a leader of client-go writes without reading first
      const renewTime = new Date().toISOString().replace('Z', '000Z');
      lease = await plane.call('PUT', `${path}/leader`, { ...lease, spec: { ...lease.spec, renewTime } });
    }
  });
  return times(work, 1 / renewals);
};

const figure = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3));
const dollars = (value: number): string => `$${value < 0.1 ? value.toFixed(4) : value.toFixed(2)}`;

const line = (name: string, day: Work): void => {
  const { share, of } = freeShare(day);
  const cells = [
    figure(day.workerRequests),
    figure(objectRequests(day)),
    `${figure(duration(day, false))} / ${figure(duration(day, true))}`,
    figure(day.rowsRead),
    figure(day.rowsWritten),
    `${(share * 100).toFixed(1)} % (${of.replace(/ \(.*/, '')})`,
    dollars(monthly(day)),
  ];
  console.log(`| ${[name, ...cells].join(' | ')} |`);
};

const marks: (readonly [string, string, boolean])[] = [];
const plane = await startWorkerdPlane({ nodes: Array.from({ length: sizes.at(-1)! }, (_, index) => nodeName(index)) });
const agents: TestAgent[] = [];
try {
  await plane.tick();
  await waitFor('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
  const idle = new Map<number, { readonly work: Work; readonly rowsWritten: number }>();
  let pod = noWork;
  let renew = noWork;
  for (const size of sizes) {
    while (agents.length < size) agents.push(await joined(plane, agents.length));
    await atRest(plane);
    idle.set(size, await idleDay(plane, size));
    if (size === 1) {
      pod = await podLife(plane, agents[0]!);
      await atRest(plane);
      renew = await renewal(plane);
    }
  }
  const largest = sizes.at(-1)!;
  const [few, many] = [idle.get(sizes[0]!)!.work, idle.get(largest)!.work];
  const node = times(plus(many, times(few, -1)), 1 / (largest - sizes[0]!));
  const at = (size: number): Work => idle.get(size)?.work ?? plus(many, times(node, size - largest));
  console.log(
    '\nA day. Duration: GB-s of awake objects by events of 50 ms, and with ten seconds after each; the marks and dollars are judged on the second.',
  );
  console.log(
    `Rows are seen from above: four scanned for each returned, four written for each changed. Pings: ${MESSAGES_A_REQUEST} to a request.\n`,
  );
  console.log('| cluster | Worker requests | object requests | GB-s | rows read | rows written | of the free plans | a month, paid plan |');
  console.log('|---|---|---|---|---|---|---|---|');
  const shown = [...new Set([...sizes, 100, 1000])];
  for (const size of shown) line(`${size} idle${idle.has(size) ? '' : ' (from the others)'}`, at(size));
  for (const size of shown) line(`${size}, ${PODS_A_NODE_AND_DAY} pods a node`, plus(at(size), times(pod, PODS_A_NODE_AND_DAY * size)));
  for (const size of shown) line(`${size} idle, three leader elections`, plus(at(size), times(renew, RENEWALS_A_DAY)));
  console.log(
    `\nBeside them, the control plane alone: ${Object.entries(fees)
      .map(([name, fee]) => `${name} $${fee}`)
      .join(', ')} a month.`,
  );
  console.log(
    `workerd's CPU, all threads: ${figure(pod.cpuMs)} ms a pod's life, ${figure(renew.cpuMs)} ms a renewal, idle minutes at ${CPU_MS} ms an event.`,
  );
  const written = Math.max(...[...idle.values()].map(({ rowsWritten }) => rowsWritten));
  marks.push([
    'a healthy idle node writes nothing to the database',
    `${written} rows in ${minutes} minutes with ${largest} nodes`,
    written === 0,
  ]);
  const hundred = freeShare(at(100));
  marks.push(['100 idle nodes inside the free plans', `${(hundred.share * 100).toFixed(1)} % of ${hundred.of}`, hundred.share <= 1]);
  const further = monthly(node, { marginal: true });
  marks.push(['a further idle node at most $0.002 a month', dollars(further), further <= 0.002]);
} finally {
  await Promise.all(agents.map((agent) => agent.stop()));
  await plane.stop();
}
console.log('');
for (const [mark, seen, met] of marks) console.log(`${met ? 'met   ' : 'MISSED'} ${mark}: ${seen}`);
console.log('');
if (!quick) spawnSync(nodePath, [join(repoDir, 'tests/bench/edge/cold-start.ts')], { stdio: 'inherit' });
