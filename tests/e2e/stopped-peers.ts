/**
 * Many bytes through kubectl while one end of the stream stands still: nothing may pile up in the control plane, and all of it arrives once that end goes
 * on. KEDGE_STREAM_MIB says how many; from 256 on memory is judged, too.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestCluster } from '../harness/cluster.ts';
import { kubectlPath } from '../harness/kubectl-binary.ts';
import { forgetProcess, ownProcess } from '../harness/process.ts';
import { workerdsOf } from '../harness/workerd-cluster.ts';

const MIB = 1024 * 1024;
export const bulkBytes = Number(process.env.KEDGE_STREAM_MIB ?? 48) * MIB;
/** A forwarded port is eight sockets in a row, there and back, each of which may grow to 36 MiB: at most so many bytes, unless told how many. Most runs write a tenth. */
export const forwardedBytes = Number(process.env.KEDGE_STREAM_MIB ?? 400) * MIB;

const rssOf = (pid: number): number => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;

/** What the control plane holds, in MiB: resident memory of its processes, garbage and all. */
export const heldMiB = (cluster: TestCluster): number => {
  const workerds = workerdsOf(cluster);
  return (workerds.length > 0 ? workerds : [cluster.controlPlanePid()]).reduce((sum, pid) => sum + rssOf(pid), 0) / MIB;
};

export interface BulkWriter {
  /** So far. */
  written(): number;
  /** Of all of it, once it was taken. */
  readonly sha256: Promise<string>;
  /** No more than was begun. */
  enough(): void;
}

/** Writes so many bytes as fast as they are taken. */
export const writeBulk = (to: Writable, count = bulkBytes): BulkWriter => {
  let sent = 0;
  let isEnough = false;
  const write = async (): Promise<string> => {
    const hash = createHash('sha256');
    const block = randomBytes(64 * 1024);
    for (let serial = 0; sent < count && !isEnough; serial++) {
      // no two alike
      const next = Buffer.from(block);
      next.writeUInt32LE(serial);
      hash.update(next);
      sent += next.length;
      if (!to.write(next)) await once(to, 'drain');
    }
    to.end();
    return hash.digest('hex');
  };
  const sha256 = write();
  // heard by whoever asks for it
  sha256.catch(() => undefined);
  const enough = (): void => {
    isEnough = true;
  };
  return { written: () => sent, sha256, enough };
};

/** Resolves when a writer that writes against an end that stands still has come to a stop too. */
export const stopped = async (written: () => number): Promise<number> => {
  for (let before = -1; ; ) {
    const now = written();
    if (now === before) return now;
    before = now;
    await delay(700);
  }
};

/** Reads to the end. */
export const readBulk = async (from: Readable): Promise<{ readonly bytes: number; readonly sha256: string }> => {
  const hash: Hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
};

/** kubectl with its bare streams. */
export const rawKubectl = (cluster: TestCluster, args: readonly string[]): ChildProcessWithoutNullStreams => {
  const child = spawn(kubectlPath(), [`--kubeconfig=${cluster.kubeconfig}`, ...args], { cwd: cluster.folder.root, stdio: 'pipe' });
  const pid = child.pid as number;
  ownProcess(pid);
  child.once('close', () => forgetProcess(pid));
  child.stdin.on('error', () => {});
  return child;
};
