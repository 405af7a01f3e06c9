/**
 * The version before beside this one, on one cluster: this agent with the control plane of before, which is then upgraded; the agent of before with this control plane.
 * Both programs are this repository's at an earlier commit (tests/fixtures/previous). No container is touched by any of it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type RunningChild, startChild } from '#infra/cluster/child.ts';
import { takenNetworks } from '#infra/cluster/cidr.ts';
import { claimMachine } from '#infra/cluster/claim.ts';
import { type ClusterFolder, clusterFolder } from '#infra/cluster/folder.ts';
import { agentEntry, prepareCluster } from '#infra/cluster/prepare.ts';
import { removeCluster } from '#infra/cluster/remove.ts';
import { manifest, sleepPod } from '../chaos/pods.ts';
import { previousProgram } from '../fixtures/previous/previous.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { dockerAt } from '../harness/engine.ts';
import { freePort } from '../harness/free-port.ts';
import { kubectl } from '../harness/kubectl.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { forgetProcess, ownProcess, waitFor } from '../harness/process.ts';

const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-previous-'));
const dir = join(scratch, 'cluster');
const dockerHost = process.env.DOCKER_HOST!;
const docker = dockerAt(dockerHost);
const nodeName = 'node-previous';
const running: RunningChild[] = [];
let cluster: TestCluster | undefined;

const start = async (folder: ClusterFolder, name: string, entry: string, config: string): Promise<RunningChild> => {
  const child = await startChild({
    ...{ name, command: nodePath, args: ['--disable-warning=ExperimentalWarning', entry, '--config', config], cwd: repoDir },
    ...{ logFile: join(folder.logs, `${name}.log`), env: process.env, readyTimeoutMs: 120_000 },
  });
  ownProcess(child.pid);
  running.push(child);
  return child;
};

const stop = async (child: RunningChild): Promise<void> => {
  await child.stop();
  forgetProcess(child.pid);
};

type Kubectl = (args: string | string[], input?: string) => Promise<string>;

const kubectlOf =
  (kubeconfig: string): Kubectl =>
  async (args, input) => {
    const { stdout, stderr, code } = await kubectl(kubeconfig, args, { home: scratch, ...(input === undefined ? {} : { input }) });
    expect(code, `${args}\n${stdout}${stderr}`).toBe(0);
    return stdout;
  };

const speaking = (name: string) => {
  const [container] = sleepPod(name).spec.containers;
  return sleepPod(name, { containers: [{ ...container, command: ['sh', '-c', `echo this is ${name}; exec sleep 100000`] }] });
};

/** A new pod comes, speaks, and can be entered; one goes. */
const works = async (run: Kubectl, name: string): Promise<void> => {
  await run('create -f -', manifest(speaking(name), sleepPod(`${name}-goes`)));
  await run(`wait pod/${name} pod/${name}-goes --for=condition=Ready --timeout=120s`);
  // it is Ready before it has said anything
  await waitFor('its words', async () => (await run(`logs ${name}`)) !== '');
  expect(await run(`logs ${name}`)).toBe(`this is ${name}\n`);
  expect(await run(['exec', name, '--', 'sh', '-c', 'echo entered'])).toBe('entered\n');
  await run(`delete pod ${name}-goes --timeout=120s`);
};

/** Those of pods: an agent that starts tries out what the engine can do, too. */
const containersOf = async (clusterUid: string): Promise<string[]> =>
  (await docker.listContainers({ filters: { label: [`kedge.dev/cluster=${clusterUid}`, 'kedge.dev/pod-uid'] } }))
    .map(({ Id }) => Id)
    .sort();

const allRun = (run: Kubectl, count: number) =>
  waitFor('the pods to be Running, never restarted', async () => {
    const rows = (await run('get pods --no-headers')).trim().split('\n');
    return rows.length === count && rows.every((row) => / 1\/1 +Running +0 /.test(row));
  });

afterAll(async () => {
  for (const child of running) await stop(child);
  await cluster?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

test('this agent with the control plane of before, and through its upgrade', async () => {
  const folder = clusterFolder(dir);
  const { identity } = await prepareCluster(folder, { port: await freePort(), nodeName, dockerHost, taken: () => takenNetworks(docker) });
  claimMachine(identity, folder);
  const run = kubectlOf(folder.kubeconfig);
  try {
    const plane = await start(folder, 'control-plane', previousProgram('control-plane'), folder.controlPlaneConfig);
    const agent = await start(folder, 'agent', agentEntry, folder.agentConfig);
    // a path of this version
    expect((await kubectl(folder.kubeconfig, 'get --raw /apis/kedge.dev/v1/keys', { home: scratch })).code).not.toBe(0);
    await waitFor('the node to be Ready', async () => (await run('get nodes --no-headers')).includes(' Ready '));
    await waitFor('the default account', async () => (await kubectl(folder.kubeconfig, 'get sa default', { home: scratch })).code === 0);
    await works(run, 'one');
    await stop(agent);
    await stop(plane);
  } catch (error) {
    await removeCluster(docker, identity, folder);
    throw error;
  }
  const before = await containersOf(identity.clusterUid);
  // on the database of before, which is a file
  cluster = await startCluster({ name: 'previous', dir, nodeName, platform: 'node' });
  await allRun(kubectlOf(cluster.kubeconfig), 1);
  expect(await containersOf(identity.clusterUid)).toEqual(before);
});

test('the agent of before with this control plane, and this agent again', async () => {
  const { folder, identity, kubeconfig } = cluster!;
  const run = kubectlOf(kubeconfig);
  await cluster!.stopAgent();
  const before = await containersOf(identity.clusterUid);
  const agent = await start(folder, 'agent', previousProgram('agent'), folder.agentConfig);
  await works(run, 'two');
  await allRun(run, 2);
  expect(await containersOf(identity.clusterUid)).toEqual(expect.arrayContaining(before));
  await stop(agent);
  const both = await containersOf(identity.clusterUid);
  await cluster!.startAgent();
  await allRun(run, 2);
  await run('get --raw /apis/kedge.dev/v1/keys');
  expect(await containersOf(identity.clusterUid)).toEqual(expect.arrayContaining(both));
});
