/**
 * `wrangler dev` as a child: the Worker of wrangler.toml on real workerd, HTTPS with the cluster's certificate, its state in the cluster's folder.
 * Wrangler is started as what it is, one program, never through npx: ending npx leaves workerd behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { repoDir } from '../cluster/prepare.ts';

export interface WranglerOptions {
  readonly host: string;
  readonly port: number;
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string; readonly ca: string };
  /** File of `NAME='value'` lines. */
  readonly variables: string;
  /** Where Durable Objects live. */
  readonly state: string;
}

export interface Wrangler {
  readonly pid: number;
  /** Resolves when it is over, with a line that says how. */
  readonly ended: Promise<string>;
  /** True when the Worker serves a request in time: an error of wrangler's proxy is no answer. */
  answers(): Promise<boolean>;
  /** Fires the cron trigger. @throws Error when the Worker did not take it */
  tick(): Promise<void>;
  stop(): Promise<void>;
}

const program = join(repoDir, 'node_modules/wrangler/wrangler-dist/cli.js');
const probeMs = 100;
const stopMs = 10_000;
const answerMs = 5_000;
const tickMs = 60_000;

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

/** Processes below `pid`, nearest first. Empty where there is no /proc. */
export const descendants = (pid: number): number[] => {
  const children = new Map<number, number[]>();
  try {
    for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
        const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
        children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
      } catch {
        // It ended while we looked.
      }
    }
  } catch {
    return [];
  }
  const found = [...(children.get(pid) ?? [])];
  for (const child of found) found.push(...(children.get(child) ?? []));
  return found;
};

/** Of these, the ones that run a Worker: the cluster's, and wrangler's proxy before it. */
export const workerdsBelow = (pid: number): number[] =>
  descendants(pid).filter((below) => {
    try {
      return readFileSync(`/proc/${below}/comm`, 'utf8').trim() === 'workerd';
    } catch {
      return false;
    }
  });

export interface StartOptions {
  readonly timeoutMs: number;
  /** Ends the wait, and wrangler with it. */
  readonly signal?: AbortSignal;
  /** Called as soon as there is a process, long before the Worker answers. */
  readonly spawned?: (pid: number) => void;
}

/** Resolves when the Worker answers. Output goes to standard error. @throws Error when it ends before that, or takes longer than `timeoutMs` */
export const startWrangler = async (options: WranglerOptions, { timeoutMs, signal, spawned }: StartOptions): Promise<Wrangler> => {
  const { host, port, tls } = options;
  const child = spawn(
    process.execPath,
    [
      ...[program, 'dev', '--config', join(repoDir, 'wrangler.toml'), '--env-file', options.variables],
      ...['--local-protocol', 'https', '--https-key-path', tls.key, '--https-cert-path', tls.cert],
      ...['--ip', host, '--port', String(port), '--inspector-port', String(await freePort())],
      ...['--persist-to', options.state, '--show-interactive-dev-session', 'false'],
    ],
    { cwd: repoDir, env: { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1', CI: '1' }, stdio: ['ignore', 2, 2] },
  );
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`));
  });
  if (child.pid !== undefined) spawned?.(child.pid);
  const dispatcher = new Agent({ connect: { ca: readFileSync(tls.ca, 'utf8') } });
  const url = `https://127.0.0.1:${port}`;
  try {
    await firstAnswer(`${url}/livez`, { dispatcher, ended, timeoutMs, signal });
  } catch (error) {
    await stop(child, ended);
    await dispatcher.destroy();
    throw error;
  }
  return {
    pid: child.pid as number,
    ended,
    answers: () => answers(`${url}/livez`, dispatcher),
    tick: async () => {
      const response = await fetch(`${url}/cdn-cgi/handler/scheduled`, { dispatcher, signal: AbortSignal.timeout(tickMs) });
      const text = await response.text();
      if (!response.ok) throw new Error(`the tick was answered with ${response.status} ${text}`);
    },
    stop: async () => {
      await stop(child, ended);
      await dispatcher.destroy();
    },
  };
};

/** In time. Never throws: an answer that breaks off is none. */
export const answers = async (url: string, dispatcher: Agent): Promise<boolean> => {
  try {
    const response = await fetch(url, { dispatcher, signal: AbortSignal.timeout(answerMs) });
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
};

interface FirstAnswerOptions {
  readonly dispatcher: Agent;
  readonly ended: Promise<string>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

const firstAnswer = async (url: string, options: FirstAnswerOptions): Promise<void> => {
  const deadline = performance.now() + options.timeoutMs;
  let over: string | undefined;
  void options.ended.then((how) => {
    over = how;
  });
  while (over === undefined) {
    const ok = await answers(url, options.dispatcher);
    if (ok) return;
    if (options.signal?.aborted) throw new Error('wrangler was stopped');
    if (performance.now() > deadline) throw new Error(`the Worker did not answer within ${options.timeoutMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, probeMs));
  }
  throw new Error(`wrangler ${over}`);
};

/** SIGTERM, and SIGKILL for it and what it started when that is not enough. */
const stop = async (child: ChildProcess, ended: Promise<string>): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const below = descendants(child.pid);
  child.kill('SIGTERM');
  const timer = setTimeout(() => {
    for (const pid of [...below, child.pid as number]) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended in time.
      }
    }
  }, stopMs);
  await ended;
  clearTimeout(timer);
};
