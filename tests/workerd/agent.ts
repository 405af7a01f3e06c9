/** A node for tests of the control plane: the real sync client and stream endpoint, with containers that are plain processes of this machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSyncClient, type SyncClient } from '#node-agent/client/sync-client.ts';
import type { ViewDisk } from '#node-agent/client/view-disk.ts';
import type { Clock } from '#node-agent/context.ts';
import { createKubelet } from '#node-agent/kubelet/kubelet.ts';
import type { ExecOptions, ExecSession } from '#node-agent/runtime/runtime.ts';
import { createStreamEndpoint, type FindContainer } from '#node-agent/streams/endpoint.ts';
import type { WorkerdPlane } from './plane.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

const clock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const stop = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stop);
        resolve();
      };
      const timer = setTimeout(stop, ms);
      signal?.addEventListener('abort', stop);
      if (signal?.aborted) stop();
    }),
};

/** Runs the command itself. */
const execHere = async ({ command }: ExecOptions): Promise<ExecSession> => {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? 137)));
  child.stdin.on('error', () => undefined);
  async function* output(): AsyncGenerator<{ stream: 'stdout' | 'stderr'; data: Uint8Array }, void> {
    const sources = (['stdout', 'stderr'] as const).map((stream) => ({ stream, chunks: child[stream][Symbol.asyncIterator]() }));
    const next = (source: (typeof sources)[number]) => source.chunks.next().then(({ value, done }) => ({ source, value, done }));
    const waiting = new Map(sources.map((source) => [source, next(source)]));
    while (waiting.size > 0) {
      const { source, value, done } = await Promise.race(waiting.values());
      if (done) waiting.delete(source);
      else {
        waiting.set(source, next(source));
        yield { stream: source.stream, data: value as Buffer };
      }
    }
  }
  return {
    stdin: {
      write: (chunk) => new Promise((resolve) => child.stdin.write(chunk, () => resolve())),
      end: () => void child.stdin.end(),
    },
    output: output(),
    resize: async () => undefined,
    wait: () => ended,
    abort: () => void child.kill(),
  };
};

export interface TestAgent extends SyncClient {
  stop(): Promise<void>;
}

/** A thousand agents of one machine would write little else. */
const forgetful: ViewDisk = { read: () => undefined, write: async () => undefined };

/** `logs`: what every container has said. `keepsView`: on disk, as agents do. */
export const startTestAgent = (
  plane: WorkerdPlane,
  node: string,
  logs: () => AsyncIterable<Uint8Array> = async function* () {},
  { keepsView = true }: { readonly keepsView?: boolean } = {},
): TestAgent => {
  const dir = mkdtempSync(join(tmpdir(), 'kedge-agent-'));
  const remote = { server: plane.url, ca: plane.ca, token: () => plane.nodeToken(node) };
  const client = createSyncClient({
    ...remote,
    clusterUid: plane.clusterUid,
    nodeName: node,
    dir,
    version: 'test',
    clock,
    random: Math.random,
    log,
    ...(keepsView ? {} : { disk: forgetful }),
  });
  const findContainer: FindContainer = (_uid, container) => ({ id: 'id', container, state: 'running' }) as never;
  const kubelet = createKubelet({
    runtime: { usage: async () => new Map(), logs },
    pods: { running: () => [] },
    view: client.view,
    settings: { nodeName: node, clusterDNS: '', clusterDomain: 'cluster.local' },
    findContainer,
    clock,
    memoryBytes: async () => 1,
  });
  const endpoint = createStreamEndpoint({
    ...remote,
    runtime: { exec: (_id, options) => execHere(options), attach: () => Promise.reject(new Error('nothing to attach to')), logs },
    findPod: () => undefined,
    findContainer,
    kubelet,
    clock,
    log,
  });
  client.onOpenStream((message) => void endpoint.open(message));
  const stopping = new AbortController();
  const running = client.run(stopping.signal);
  return Object.assign(client, {
    stop: async () => {
      endpoint.close();
      stopping.abort();
      await running;
      rmSync(dir, { recursive: true, force: true });
    },
  });
};
