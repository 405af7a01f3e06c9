/**
 * A whole cluster for a test: the real control plane and agent processes, the entry points and the configuration that `kedge up` uses, on a free port in
 * a scratch folder. `stop` takes every trace off the machine; sweep.ts does it for a test run that died.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { parse } from 'yaml';
import { type RunningChild, startChild } from '#infra/cluster/child.ts';
import { takenNetworks } from '#infra/cluster/cidr.ts';
import { claimMachine } from '#infra/cluster/claim.ts';
import { type ClusterFolder, clusterFolder } from '#infra/cluster/folder.ts';
import type { ClusterIdentity } from '#infra/cluster/identity.ts';
import { describeProcess, writeRunning } from '#infra/cluster/lock.ts';
import { agentEntry, controlPlaneEntry, prepareCluster } from '#infra/cluster/prepare.ts';
import { removeCluster } from '#infra/cluster/remove.ts';
import { dockerAt } from './engine.ts';
import { freePort } from './free-port.ts';
import { type KubectlArgs, type KubectlOptions, type KubectlResult, kubectl, type RunningKubectl, startKubectl } from './kubectl.ts';
import type { Mask } from './masks.ts';
import { nodePath, repoDir } from './paths.ts';
import { forgetProcess, ownProcess, waitFor } from './process.ts';
import { killTree, type WorkerdOptions, workerdProgram } from './workerd-cluster.ts';

export type ClusterPlatform = 'node' | 'workerd';

/** Of all clusters of the run that do not name theirs; undefined when nobody chose. */
export const chosenPlatform = process.env.KEDGE_E2E_PLATFORM as ClusterPlatform | undefined;

export interface ClusterOptions {
  /** In folder names; short. */
  name: string;
  /** Default: DOCKER_HOST, which the test run exports. */
  dockerHost?: string;
  /** Default: a new scratch folder. An existing cluster's folder continues that cluster. */
  dir?: string;
  /** Network namespace for control plane, agent and kubectl: the one of a private engine, see netns.ts. */
  netns?: string;
  nodeName?: string;
  /** Start no agent: for tests of the API alone. */
  withoutAgent?: boolean;
  /** Where the control plane runs. Default: KEDGE_E2E_PLATFORM, or `node`. */
  platform?: ClusterPlatform;
  /** With platform `workerd`. */
  workerd?: WorkerdOptions;
}

export interface TestCluster {
  readonly folder: ClusterFolder;
  readonly identity: ClusterIdentity;
  readonly kubeconfig: string;
  readonly url: string;
  readonly docker: Docker;
  readonly nodeName: string;
  /** Masks of this cluster's own names, for transcripts. */
  readonly masks: readonly Mask[];
  kubectl(args: KubectlArgs, options?: KubectlOptions): Promise<KubectlResult>;
  /** As `kubectl`, and @throws Error with the output when the exit code is not 0. Resolves with standard output. */
  ok(args: KubectlArgs, options?: KubectlOptions): Promise<string>;
  startKubectl(args: KubectlArgs, options?: KubectlOptions): RunningKubectl;
  /** An API request with the admin's token. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  startAgent(): Promise<void>;
  stopAgent(): Promise<void>;
  killAgent(): Promise<void>;
  startControlPlane(): Promise<void>;
  stopControlPlane(): Promise<void>;
  killControlPlane(): Promise<void>;
  agentPid(): number;
  controlPlanePid(): number;
  /** Containers of this cluster, all states. */
  containers(): Promise<Docker.ContainerInfo[]>;
  waitNodeReady(): Promise<void>;
  logs(): string;
  /** Ends both processes and removes containers, networks, packet rules and the folder (`keepFolder`: not the folder). Idempotent. */
  stop(options?: { keepFolder?: boolean }): Promise<void>;
}

let lastPrepared: Promise<unknown> = Promise.resolve();

export const startCluster = async (options: ClusterOptions): Promise<TestCluster> => {
  const dockerHost = options.dockerHost ?? process.env.DOCKER_HOST;
  if (!dockerHost) throw new Error('DOCKER_HOST is not set: run the tests with npm test, or see tests/README.md');
  const docker = dockerAt(dockerHost);
  const scratch = process.env.KEDGE_TEST_SCRATCH ?? tmpdir();
  const folder = clusterFolder(options.dir ?? mkdtempSync(join(scratch, `kedge-${options.name}-`)));
  const prepare = async () => {
    const prepared = await prepareCluster(folder, {
      port: await freePort(),
      nodeName: options.nodeName ?? `node-${options.name}`,
      dockerHost,
      taken: () => takenNetworks(docker, folder.root),
      claim: (identity) => claimMachine(identity, folder),
      logLevel: process.env.KEDGE_TEST_LOG ?? 'info',
    });
    claimMachine(prepared.identity, folder);
    return prepared;
  };
  // one after the other: each chooses its networks by those of the others
  const turn = lastPrepared.then(prepare);
  lastPrepared = turn.catch(() => undefined);
  const { identity, url } = await turn;

  const prefix = options.netns ? ['nsenter', `--net=/run/netns/${options.netns}`] : [];
  const children = new Map<string, RunningChild>();
  const record = () =>
    writeRunning(folder, {
      up: describeProcess(process.pid),
      children: [...children.values()].map(({ pid }) => describeProcess(pid)),
      url,
    });
  const platform = options.platform ?? chosenPlatform ?? 'node';
  const program = platform === 'workerd' ? workerdProgram(options.workerd) : { entry: controlPlaneEntry, args: [] };
  const start = async (name: string, entry: string, config: string, more: readonly string[] = []) => {
    const [command, ...args] = [...prefix, nodePath, '--disable-warning=ExperimentalWarning', entry, '--config', config, ...more];
    const logFile = join(folder.logs, `${name}.log`);
    const child = await startChild({
      name,
      command: command as string,
      args,
      logFile,
      cwd: repoDir,
      env: process.env,
      readyTimeoutMs: 180_000,
    });
    children.set(name, child);
    ownProcess(child.pid);
    void child.ended.then(() => forgetProcess(child.pid));
    record();
  };
  const end = async (name: string, signal: 'SIGTERM' | 'SIGKILL') => {
    const child = children.get(name);
    if (!child) return;
    if (signal === 'SIGTERM') await child.stop();
    else await killTree(child.pid);
    await child.ended;
    children.delete(name);
    record();
  };
  const pidOf = (name: string): number => {
    const child = children.get(name);
    if (!child) throw new Error(`the ${name} does not run`);
    return child.pid;
  };

  const home = mkdtempSync(join(folder.root, 'home-'));
  const run = (args: KubectlArgs, more?: KubectlOptions) => kubectl(folder.kubeconfig, args, { prefix, home, ...more });
  const cluster: TestCluster = {
    folder,
    identity,
    kubeconfig: folder.kubeconfig,
    url,
    docker,
    nodeName: identity.nodeName,
    masks: [
      [new RegExp(identity.nodeName, 'g'), '<node>'],
      [new RegExp(url.replace('https://127.0.0.1', ''), 'g'), ':<port>'],
      [new RegExp(home, 'g'), '<home>'],
    ],
    kubectl: run,
    ok: async (args, more) => {
      const { stdout, stderr, code } = await run(args, more);
      if (code !== 0) throw new Error(`kubectl ${args} ended with ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    startKubectl: (args, more) => startKubectl(folder.kubeconfig, args, { prefix, home, ...more }),
    fetch: (path, init = {}) => fetchWithCa(folder, `${url}${path}`, init),
    startAgent: () => start('agent', agentEntry, folder.agentConfig),
    stopAgent: () => end('agent', 'SIGTERM'),
    killAgent: () => end('agent', 'SIGKILL'),
    startControlPlane: () => start('control-plane', program.entry, folder.controlPlaneConfig, program.args),
    stopControlPlane: () => end('control-plane', 'SIGTERM'),
    killControlPlane: () => end('control-plane', 'SIGKILL'),
    agentPid: () => pidOf('agent'),
    controlPlanePid: () => pidOf('control-plane'),
    containers: () => docker.listContainers({ all: true, filters: { label: [`kedge.dev/cluster=${identity.clusterUid}`] } }),
    waitNodeReady: async () => {
      await waitFor(
        // without that account, which comes by itself, a pod is refused
        'the node to be Ready and the default service account to be there',
        async () => {
          const path = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
          const { stdout, code } = await run(['get', `node/${identity.nodeName}`, 'serviceaccount/default', '-n', 'default', '-o', path]);
          return code === 0 && stdout === 'True';
        },
        { timeoutMs: 120_000, intervalMs: 200 },
      );
    },
    logs: () =>
      ['control-plane', 'agent']
        .map((name) => `--- ${name}\n${readFileSync(join(folder.logs, `${name}.log`), { encoding: 'utf8', flag: 'a+' })}`)
        .join('\n'),
    stop: async ({ keepFolder = false } = {}) => {
      await end('agent', 'SIGTERM');
      await end('control-plane', 'SIGTERM');
      await removeCluster(docker, identity, folder);
      if (!keepFolder) rmSync(folder.root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
  try {
    await cluster.startControlPlane();
    if (!options.withoutAgent) {
      await cluster.startAgent();
      await cluster.waitNodeReady();
    }
  } catch (error) {
    const logs = cluster.logs().split('\n').slice(-40).join('\n');
    await cluster.stop().catch(() => {});
    throw new Error(`${(error as Error).message}\n${logs}`);
  }
  return cluster;
};

/** fetch with the cluster's CA and the admin's token of its kubeconfig. */
const fetchWithCa = async (folder: ClusterFolder, url: string, init: RequestInit): Promise<Response> => {
  const { Agent, fetch } = await import('undici');
  const kubeconfig = parse(readFileSync(folder.kubeconfig, 'utf8')) as {
    clusters: { cluster: { 'certificate-authority-data': string } }[];
    users: { user: { token: string } }[];
  };
  const ca = Buffer.from(kubeconfig.clusters[0]?.cluster['certificate-authority-data'] as string, 'base64').toString();
  const dispatcher = new Agent({ connect: { ca } });
  const headers = { authorization: `Bearer ${kubeconfig.users[0]?.user.token}`, ...(init.headers as Record<string, string>) };
  return fetch(url, { ...(init as object), headers, dispatcher }) as unknown as Promise<Response>;
};
