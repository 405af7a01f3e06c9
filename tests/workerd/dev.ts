/** One `wrangler dev` on a free port, ended by its own pid. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../harness/free-port.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { forgetProcess, ownProcess, stopProcess, waitFor } from '../harness/process.ts';

export interface DevOptions {
  /** Path of a wrangler.toml. */
  readonly config: string;
  /** File of `NAME='value'` lines. */
  readonly variables: string;
  /** Where Durable Objects live. */
  readonly state: string;
  readonly port: number;
  /** Paths of PEM files; absent: plain HTTP. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly answers: () => Promise<boolean>;
  readonly said: (text: string) => void;
}

export interface Dev {
  readonly pid: number;
  /** Of the inspector protocol. */
  readonly inspectorPort: number;
  stop(): Promise<void>;
}

const wrangler = join(repoDir, 'node_modules/wrangler/wrangler-dist/cli.js');

/** Resolves when the Worker answers. @throws Error with what wrangler said when it ends before */
export const startDev = async ({ config, variables, state, port, tls, answers, said }: DevOptions): Promise<Dev> => {
  const https = tls ? ['--local-protocol', 'https', '--https-key-path', tls.key, '--https-cert-path', tls.cert] : [];
  const inspectorPort = await freePort();
  const child = spawn(
    nodePath,
    [
      ...[wrangler, 'dev', '--config', config, '--env-file', variables, ...https],
      ...['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', String(inspectorPort)],
      ...['--persist-to', state, '--show-interactive-dev-session', 'false', '--test-scheduled'],
    ],
    { cwd: repoDir, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CI: '1' }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    // whole lines: those of the two streams must not get into each other
    createInterface({ input: stream }).on('line', (line) => {
      output = `${output}${line}\n`.slice(-10_000);
      said(`${line}\n`);
    });
  }
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  const pid = child.pid as number;
  ownProcess(pid);
  const stop = async (): Promise<void> => {
    await stopProcess(pid);
    forgetProcess(pid);
  };
  try {
    await waitFor('the Worker to answer', answers, {
      timeoutMs: 120_000,
      giveUp: () => (exited || output.includes('Build failed') ? `wrangler could not start:\n${output}` : undefined),
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return { pid, inspectorPort, stop };
};
