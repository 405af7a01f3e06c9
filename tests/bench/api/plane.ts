/**
 * The control plane in a process of its own, on a file or on a libSQL server that is a third process, over TLS, with what the kernel says about its memory.
 * Everything is ended by its own pid, and the scratch folder goes.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type RunningChild, startChild } from '#infra/cluster/child.ts';
import { clusterFolder } from '#infra/cluster/folder.ts';
import { controlPlaneRuntime, prepareCluster } from '#infra/cluster/prepare.ts';
import { freePort } from '../../harness/free-port.ts';
import { nodePath, repoDir } from '../../harness/paths.ts';
import { cpuMsOf, forgetProcess, ownProcess, waitFor } from '../../harness/process.ts';

export type StoreKind = 'file' | 'http';

export interface Access {
  readonly url: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

export interface Plane extends Access {
  readonly pid: number;
  /** Paths of what it proves itself with. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Resident set now, in bytes. */
  residentBytes(): number;
  /** The largest since the last call of {@link resetPeak}. */
  peakBytes(): number;
  resetPeak(): void;
  /** Seconds of processor that it has used. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const started = async (name: string, args: readonly string[], logFile: string): Promise<RunningChild> => {
  const child = await startChild({
    name,
    command: nodePath,
    args: [...controlPlaneRuntime.flags, ...args],
    logFile,
    cwd: repoDir,
    env: { ...process.env, ...controlPlaneRuntime.env },
    readyTimeoutMs: 60_000,
  });
  ownProcess(child.pid);
  void child.ended.then(() => forgetProcess(child.pid));
  return child;
};

const statusBytes = (pid: number, field: string): number => {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (!found) throw new Error(`/proc/${pid}/status has no ${field}`);
  return Number(found[1]) * 1024;
};

const IDLE_SECONDS = 3;

/** `flags`: of Node.js, for profiles. */
export const startPlane = async (kind: StoreKind, flags: readonly string[] = []): Promise<Plane> => {
  const folder = clusterFolder(mkdtempSync(join(tmpdir(), 'kedge-bench-')));
  const children: RunningChild[] = [];
  const stop = async (): Promise<void> => {
    for (const child of children.reverse()) await child.stop();
    rmSync(folder.root, { recursive: true, force: true });
  };
  try {
    const { url } = await prepareCluster(folder, {
      port: await freePort(),
      host: '127.0.0.1',
      nodeName: 'none',
      dockerHost: '',
      taken: async () => [],
    });
    let database: readonly string[] = [];
    if (kind === 'http') {
      const port = await freePort();
      const entry = join(repoDir, 'tests/bench/api/database.ts');
      children.push(
        await started(
          'database',
          [entry, '--path', join(folder.root, 'remote.db'), '--port', String(port)],
          join(folder.root, 'database.log'),
        ),
      );
      database = ['--database', `http://127.0.0.1:${port}`];
    }
    const entry = join(repoDir, 'tests/bench/api/server.ts');
    const plane = await started(
      'control plane',
      [...flags, entry, '--config', folder.controlPlaneConfig, ...database],
      join(folder.root, 'plane.log'),
    );
    children.push(plane);
    const kubeconfig = parse(readFileSync(folder.kubeconfig, 'utf8'));
    const access: Access = {
      url,
      ca: Buffer.from(kubeconfig.clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
      token: kubeconfig.users[0].user.token,
    };
    const { pid } = plane;
    return {
      ...access,
      pid,
      certFile: join(folder.pki, 'server.crt'),
      keyFile: join(folder.pki, 'server.key'),
      residentBytes: () => statusBytes(pid, 'VmRSS'),
      peakBytes: () => statusBytes(pid, 'VmHWM'),
      resetPeak: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
      cpuSeconds: () => cpuMsOf(pid) / 1000,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** Resolves when the process has had nothing to do for {@link IDLE_SECONDS} on end: by then it has given back what it does not need. */
export const waitIdle = async (plane: Plane): Promise<void> => {
  let before = plane.cpuSeconds();
  let idle = 0;
  await waitFor(
    'the control plane to be idle',
    async () => {
      const now = plane.cpuSeconds();
      idle = now - before <= 0.02 ? idle + 1 : 0;
      before = now;
      return idle >= IDLE_SECONDS;
    },
    { timeoutMs: 120_000, intervalMs: 1_000 },
  );
};
