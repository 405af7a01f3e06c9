/** The two planes that are fuzzed, each a process of its own behind TLS, each ended by its own pid. */
import { fork } from 'node:child_process';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { clusterFolder } from '#infra/cluster/folder.ts';
import { controlPlaneRuntime, prepareCluster } from '#infra/cluster/prepare.ts';
import { freePort } from '../../harness/free-port.ts';
import { nodePath, repoDir } from '../../harness/paths.ts';
import { forgetProcess, ownProcess, stopProcess } from '../../harness/process.ts';
import { heldBytes } from '../../workerd/heap.ts';
import { startWorkerdPlane } from '../../workerd/plane.ts';
import type { Fuzzed } from './run.ts';

export interface FuzzedPlane extends Fuzzed {
  /** What the control plane wrote to its log. */
  logs(): string;
  stop(): Promise<void>;
}

export const startNode = async (): Promise<FuzzedPlane> => {
  const folder = clusterFolder(mkdtempSync(join(tmpdir(), 'kedge-fuzz-')));
  const { url } = await prepareCluster(folder, {
    port: await freePort(),
    host: '127.0.0.1',
    nodeName: 'none',
    dockerHost: '',
    taken: async () => [],
  });
  const logFile = join(folder.root, 'log');
  const child = fork(join(repoDir, 'tests/conformance/fuzz/server.ts'), ['--config', folder.controlPlaneConfig], {
    execPath: nodePath,
    execArgv: [...controlPlaneRuntime.flags],
    stdio: ['ignore', 'ignore', openSync(logFile, 'a'), 'ipc'],
  });
  const pid = child.pid as number;
  ownProcess(pid);
  const logs = (): string => readFileSync(logFile, 'utf8');
  const message = <T>(): Promise<T> =>
    new Promise((resolve, reject) => {
      child.once('message', (value) => resolve(value as T));
      child.once('exit', (code) => reject(new Error(`the control plane ended with ${code}:\n${logs().slice(-3_000)}`)));
    });
  await message();
  const kubeconfig = parse(readFileSync(folder.kubeconfig, 'utf8'));
  return {
    url,
    ca: Buffer.from(kubeconfig.clusters[0].cluster['certificate-authority-data'], 'base64').toString(),
    token: kubeconfig.users[0].user.token,
    heapBytes: () => {
      const told = message<number>();
      child.send('heap');
      return told;
    },
    logs,
    stop: async () => {
      child.removeAllListeners('exit');
      await stopProcess(pid);
      forgetProcess(pid);
      rmSync(folder.root, { recursive: true, force: true });
    },
  };
};

export const startWorkerd = async (): Promise<FuzzedPlane> => {
  const plane = await startWorkerdPlane({ nodes: [] });
  return {
    url: plane.url,
    ca: plane.ca,
    token: plane.adminToken,
    heapBytes: async () => (await heldBytes(plane)).objects,
    logs: plane.logs,
    stop: plane.stop,
  };
};
