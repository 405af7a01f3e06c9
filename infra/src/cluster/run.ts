/**
 * A whole cluster on this machine until Ctrl-C: prepares the folder, starts control plane and agent as child processes, says what to type next, keeps
 * both running, and ends both in order. Pods are the engine's and go on running. `up` and `dev-workers` differ in the control plane's program alone.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { Agent } from 'undici';
import type { CommandInput } from '../commands.ts';
import { buildAgent } from '../node/build.ts';
import { PersonError } from '../person-error.ts';
import { createProgress } from '../progress.ts';
import { endWorkerd } from '../workers/leftovers.ts';
import { answers as answersAt } from '../workers/wrangler.ts';
import { type ChildSpec, type RunningChild, startChild } from './child.ts';
import { takenNetworks } from './cidr.ts';
import { claimMachine } from './claim.ts';
import { fullDiskHint } from './disk.ts';
import { connectDocker } from './docker.ts';
import { endProcess } from './end-process.ts';
import { type ClusterFolder, clusterFolder, makeFolder } from './folder.ts';
import { clearRunning, describeProcess, isRunning, lockFolder, readRunning, writeRunning } from './lock.ts';
import { agentEntry, controlPlaneRuntime, prepareCluster, renewServerLeaf, repoDir } from './prepare.ts';
import { fallsSilent } from './silence.ts';

const addressCheckMs = 60_000;
const longestBackoffMs = 30_000;

export interface ControlPlaneProgram {
  /** Takes `--config FILE` and says a ready line. */
  readonly entry: string;
  readonly args?: readonly string[];
  /** It is asked whether it is alive, and started again when it stands still. Absent: it sees to that itself. */
  readonly watched?: boolean;
  /** Behind its name when it is up. */
  readonly note?: string;
  /** What a person types to take the cluster off the machine. */
  readonly down: string;
  /** A file in the folder's data that only the other program makes: neither can read the other's database. */
  readonly foreign: { readonly file: string; readonly command: string };
}

/** Resolves with the exit code. @throws PersonError when it cannot start */
export const runCluster = async ({ dir, port, host }: CommandInput, program: ControlPlaneProgram): Promise<number> => {
  const progress = createProgress(
    (line) => console.log(line),
    () => performance.now(),
  );
  const folder = clusterFolder(dir);
  const engine = await connectDocker(process.env);
  progress.done(`Docker Engine ${engine.version} at ${engine.dockerHost}`);

  const { file, command } = program.foreign;
  if (existsSync(join(folder.data, file)))
    throw new PersonError(`${dir} holds a cluster of \`${command}\`: start it with that, or name another folder with KEDGE_DIR.`);
  makeFolder(folder);
  const unlock = lockFolder(folder);
  try {
    await endLeftovers(folder);
    const cluster = await prepareCluster(folder, {
      ...(port !== undefined && { port }),
      ...(host !== undefined && { host }),
      dockerHost: engine.dockerHost,
      taken: () => takenNetworks(engine.docker, folder.root),
      claim: (identity) => claimMachine(identity, folder),
    });
    progress.done(`${cluster.isNew ? 'New cluster' : 'Cluster'} ${cluster.identity.clusterUid.slice(0, 8)} in ${shorten(dir)}`);
    await assertPortFree(host ?? '0.0.0.0', cluster.identity.port);
    claimMachine(cluster.identity, folder);
    return await serve(folder, cluster, { progress, program });
  } finally {
    clearRunning(folder);
    unlock();
  }
};

type Cluster = Awaited<ReturnType<typeof prepareCluster>>;
interface ServeOptions {
  readonly progress: ReturnType<typeof createProgress>;
  readonly program: ControlPlaneProgram;
}

const asks = (url: string, ca: string): (() => Promise<boolean>) => {
  const dispatcher = new Agent({ connect: { ca: readFileSync(ca, 'utf8') } });
  return () => answersAt(`${url}/livez`, dispatcher);
};

const agentRuntime = { flags: ['--disable-warning=ExperimentalWarning'], env: {} } as const;

const serve = async (folder: ClusterFolder, cluster: Cluster, { progress, program }: ServeOptions): Promise<number> => {
  const stopping = new AbortController();
  const specs = [
    {
      name: 'control plane',
      ...program,
      runtime: controlPlaneRuntime,
      config: folder.controlPlaneConfig,
      answers: program.watched ? asks(cluster.url, join(folder.pki, 'ca.crt')) : undefined,
      logFile: join(folder.logs, 'control-plane.log'),
    },
    {
      name: 'node agent',
      entry: agentEntry,
      args: [],
      runtime: agentRuntime,
      config: folder.agentConfig,
      answers: undefined,
      logFile: join(folder.logs, 'agent.log'),
    },
  ].map(({ name, entry, args = [], runtime, config, logFile, answers }) => ({
    name,
    logFile,
    answers,
    command: process.execPath,
    args: [...runtime.flags, entry, '--config', config, ...args],
    cwd: repoDir,
    env: { ...process.env, ...runtime.env },
    readyTimeoutMs: 120_000,
    signal: stopping.signal,
  }));
  const children = new Map<string, RunningChild>();
  const record = () =>
    writeRunning(folder, {
      up: describeProcess(process.pid),
      children: [...children].map(([name, { pid }]) => ({ ...describeProcess(pid), name })),
      url: cluster.url,
    });
  const stopped = onStopSignal(stopping, children);
  let full = '';
  const renewal = setInterval(() => {
    void renewServerLeaf(folder, cluster.identity).catch(() => {});
    const hint = fullDiskHint(folder.root);
    if (hint && !full) console.error(`kedge: nothing can be written${hint}`);
    full = hint;
  }, addressCheckMs);

  try {
    record();
    for (const spec of specs) {
      const step = progress.start(`Starting the ${spec.name}`);
      const child = await startChild(spec);
      children.set(spec.name, child);
      record();
      step.done(
        spec.name === 'node agent'
          ? `Node ${cluster.identity.nodeName} has joined`
          : `Control plane${program.note ?? ''} at ${cluster.url}`,
      );
      if (stopping.signal.aborted) break;
    }
    if (!stopping.signal.aborted) {
      console.log(whatNext(folder, program.down));
      // other machines may want to join; this one need not wait for that
      void buildAgent(folder.agent, { withRuntime: true, registry: process.env.npm_config_registry }).catch((error: Error) =>
        console.error(`kedge: the agent for other machines could not be built: ${error.message}`),
      );
      for (const spec of specs) void keepRunning(spec, { children, signal: stopping.signal, record });
    }
    await stopped;
    return 0;
  } catch (error) {
    if (stopping.signal.aborted) return 0;
    throw error;
  } finally {
    clearInterval(renewal);
    stopping.abort();
    // The agent first: it reports what it last saw while there is somebody to hear it.
    for (const { name } of [...specs].reverse()) await children.get(name)?.stop();
  }
};

/** Resolves on the first SIGINT, SIGTERM or SIGHUP. One more, two seconds later or more, ends the children at once. */
const onStopSignal = (stopping: AbortController, children: ReadonlyMap<string, RunningChild>): Promise<void> =>
  new Promise((resolve) => {
    let first = 0;
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (first === 0) {
          first = performance.now();
          console.log('\nStopping the agent and the control plane; pods keep running.');
          stopping.abort();
          resolve();
        } else if (performance.now() - first > 2_000) {
          for (const child of children.values()) void child.stop(0);
        }
      });
    }
  });

interface KeepRunning {
  readonly children: Map<string, RunningChild>;
  readonly signal: AbortSignal;
  readonly record: () => void;
}

interface Kept extends ChildSpec {
  readonly answers: (() => Promise<boolean>) | undefined;
}

/** By itself, or because it stood still. */
const endOf = async (child: RunningChild, { name, answers }: Kept, signal: AbortSignal): Promise<string> => {
  const over = new AbortController();
  const watch = async (alive: () => Promise<boolean>): Promise<void> => {
    if (!(await fallsSilent({ answers: alive, signal: AbortSignal.any([signal, over.signal]) }))) return;
    console.error(`kedge: the ${name} gives no answer any more and is ended`);
    await child.stop(0);
  };
  if (answers) void watch(answers);
  const how = await child.ended;
  over.abort();
  return how;
};

/** Starts a child again when it ends by itself, with a pause that doubles up to 30 s and is short again after a minute of good running. */
const keepRunning = async (spec: Kept, { children, signal, record }: KeepRunning): Promise<void> => {
  let pauseMs = 500;
  while (!signal.aborted) {
    const startedAt = performance.now();
    const child = children.get(spec.name);
    const how = child ? await endOf(child, spec, signal) : 'did not start';
    if (signal.aborted) return;
    pauseMs = performance.now() - startedAt > 60_000 ? 500 : Math.min(pauseMs * 2, longestBackoffMs);
    const full = fullDiskHint(dirname(spec.logFile));
    console.error(`kedge: the ${spec.name} ${how}${full}; starting it again in ${pauseMs / 1000} s (log: ${spec.logFile})`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    if (signal.aborted) return;
    try {
      const child = await startChild(spec);
      children.set(spec.name, child);
      if (signal.aborted) await child.stop();
      else tryTo(record);
    } catch (error) {
      children.delete(spec.name);
      if (signal.aborted) return;
      console.error(`kedge: ${(error as Error).message}`);
    }
  }
};

/** What a full disk refuses is no reason to lose a child that runs. */
const tryTo = (record: () => void): void => {
  try {
    record();
  } catch (error) {
    console.error(`kedge: ${(error as Error).message}`);
  }
};

/** Ends what a killed `up` left behind: it would hold the database and the port. */
const endLeftovers = async (folder: ClusterFolder): Promise<void> => {
  for (const child of readRunning(folder)?.children ?? []) if (isRunning(child)) await endProcess(child);
  await endWorkerd(folder.data);
};

/** @throws PersonError when another program listens there */
const assertPortFree = (host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE')
        reject(new PersonError(`Port ${port} is taken by another program: choose another one, e.g. --port ${port + 1}.`));
      else if (error.code === 'EACCES')
        reject(new PersonError(`No rights to listen on port ${port}: choose one above 1023, e.g. --port 6443.`));
      else reject(new PersonError(`Cannot listen on ${host}:${port}: ${error.message}`));
    });
    probe.listen({ host, port, exclusive: true }, () => probe.close(() => resolve()));
  });

const shorten = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short !== '' && !short.startsWith('..') ? short : path;
};

const whatNext = (folder: ClusterFolder, down: string): string => `
Kedge is up. In another terminal:

  export KUBECONFIG=${folder.kubeconfig}
  kubectl create deployment hello --image=nginx --replicas=2
  kubectl get pods -o wide

Ctrl-C stops Kedge, pods keep running. \`${down}\` removes this cluster's containers and networks.`;
