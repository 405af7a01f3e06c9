/** Drill 2: the Docker Engine is restarted. The pods keep their names and addresses in DNS, count one restart, and their Service answers again. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nginxDeployment, service } from '../e2e/guestbook.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { type Engine, startEngine } from '../harness/engine.ts';
import { ensureImages } from '../harness/images.ts';
import { createNetns, type NetworkNamespace } from '../harness/netns.ts';
import { waitFor } from '../harness/process.ts';
import { manifest, sleepPod } from './pods.ts';

const run = promisify(execFile);

let netns: NetworkNamespace;
let engine: Engine;
let cluster: TestCluster;
let removed = false;

/** Also at the end of a run that was broken off. */
const removeNetns = () => {
  if (!removed) netns?.remove();
  removed = true;
};

beforeAll(async () => {
  netns = createNetns(`kedge-${process.pid}`);
  process.once('exit', removeNetns);
  engine = await startEngine({ name: 'restart', netns: netns.name });
  await ensureImages(engine, ['busybox', 'nginx']);
  cluster = await startCluster({ name: 'restart', dockerHost: engine.dockerHost, netns: netns.name });
});

afterAll(async () => {
  await cluster?.stop();
  await engine?.dispose();
  removeNetns();
});

interface PodView {
  metadata: { name: string; uid: string };
  status: {
    phase: string;
    containerStatuses: { restartCount: number; ready: boolean; lastState: { terminated?: { exitCode: number } } }[];
  };
}
const pods = async () => (JSON.parse(await cluster.ok('get pods -o json')) as { items: PodView[] }).items;
const identities = (list: PodView[]) => list.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();

test('pods and Service come back after a restart of the engine', async () => {
  const web = nginxDeployment({ name: 'web', replicas: 2, site: 'site', probePath: '/' });
  const site = 'server { listen 80; location / { default_type text/plain; return 200 "still here\\n"; } }';
  await cluster.ok('create -f -', {
    input: manifest(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'site' }, data: { 'default.conf': site } },
      service('web', { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] }),
      web,
      sleepPod('single'),
    ),
  });
  await cluster.ok('rollout status deployment/web --timeout=120s');
  await cluster.ok('wait pod/single --for=condition=Ready --timeout=120s');
  const clusterIP = await cluster.ok(['get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}']);
  const ask = async () => {
    const inside = [`--net=/run/netns/${netns.name}`, 'busybox', 'wget', '-qO-', `http://${clusterIP}`];
    return (await run('nsenter', inside, { timeout: 30_000 })).stdout;
  };
  await waitFor('the Service', async () => (await ask()) === 'still here\n');
  const before = await pods();

  await engine.restart();

  await waitFor(
    'every pod to count one restart and be ready',
    async () =>
      (await pods()).every(({ status }) => {
        const [container] = status.containerStatuses;
        return container?.restartCount === 1 && container.ready;
      }),
    { timeoutMs: 120_000, intervalMs: 250 },
  ).catch(async (error: Error) => {
    throw new Error(`${error.message}\n${await cluster.ok('get pods -o wide')}\n${cluster.logs().slice(-4_000)}`);
  });
  const after = await pods();
  expect(identities(after)).toEqual(identities(before));
  // Ready in the API comes first; the rules of the node follow
  await waitFor('ten answers in a row', async () => {
    for (let i = 0; i < 10; i++) if ((await ask()) !== 'still here\n') return false;
    return true;
  });
  expect(await cluster.ok('get pods single --no-headers')).toMatch(/^single +1\/1 +Running +1 \(/);
  await waitFor(
    'the name in a pod',
    async () => (await cluster.ok(['exec', 'single', '--', 'wget', '-qO-', 'http://web'])) === 'still here\n',
  );
  // One sandbox and one container a pod: what the engine ended was replaced, not left behind.
  const runningNow = (await cluster.containers()).filter(({ State, Labels }) => State === 'running' && Labels['kedge.dev/pod-uid']);
  expect(runningNow).toHaveLength(2 * after.length);
});
