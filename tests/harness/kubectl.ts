/** The real kubectl, run as a person runs it: a kubeconfig, arguments, a home of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type KubectlVersion, kubectlPath } from './kubectl-binary.ts';
import { forgetProcess, ownProcess } from './process.ts';

export interface KubectlOptions {
  input?: string;
  /** Default 150 s, more than any `--timeout` of a test; then the command is killed and the call fails. */
  timeoutMs?: number;
  version?: KubectlVersion;
  /** Gives the command a terminal, for `exec -it` and `edit`. Standard error then comes with standard output. */
  tty?: boolean;
  env?: Record<string, string>;
  cwd?: string;
}

export interface KubectlResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** A command that goes on: `get -w`, `logs -f`, `port-forward`. */
export interface RunningKubectl {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves when the output so far matches. @throws Error after `timeoutMs` (default 90 s) with the output */
  waitForOutput(pattern: RegExp, timeoutMs?: number): Promise<void>;
  /** Writes to standard input. */
  write(text: string): void;
  endInput(): void;
  stop(signal?: NodeJS.Signals): Promise<KubectlResult>;
  readonly ended: Promise<KubectlResult>;
}

/** `get pods -o wide` or the list of arguments; only the list can carry spaces inside one. */
export type KubectlArgs = string | readonly string[];

export const toArgs = (args: KubectlArgs): string[] => (typeof args === 'string' ? args.split(/\s+/).filter(Boolean) : [...args]);

const quote = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Starts kubectl. `prefix` runs it inside something, e.g. a network namespace. */
export const startKubectl = (
  kubeconfig: string,
  args: KubectlArgs,
  options: KubectlOptions & { prefix?: readonly string[]; home?: string } = {},
): RunningKubectl => {
  const home = options.home ?? mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kubectl-home-'));
  const plain = [...(options.prefix ?? []), kubectlPath(options.version), ...toArgs(args)];
  const words = options.tty ? ['script', '-qec', plain.map(quote).join(' '), '/dev/null'] : plain;
  const { KUBECONFIG: _, ...inherited } = process.env;
  const child = spawn(words[0] as string, words.slice(1), {
    cwd: options.cwd ?? home,
    env: { ...inherited, HOME: home, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(home, 'cache'), TERM: 'xterm', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const pid = child.pid as number;
  ownProcess(pid);
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const onOutput = () => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onOutput();
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<KubectlResult>((resolve) => {
    child.on('close', (code, signal) => {
      forgetProcess(pid);
      resolve({ stdout, stderr, code: code ?? (signal ? 128 : 1) });
      onOutput();
    });
  });
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  return {
    pid,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    write: (text) => child.stdin.write(text),
    endInput: () => child.stdin.end(),
    waitForOutput: (pattern, timeoutMs = 90_000) =>
      new Promise((resolve, reject) => {
        const finish = (error?: Error) => {
          clearTimeout(timer);
          watchers.delete(look);
          if (error) reject(error);
          else resolve();
        };
        const said = () => `\n--- stdout\n${stdout}\n--- stderr\n${stderr}`;
        const look = () => {
          if (pattern.test(stdout) || pattern.test(stderr)) finish();
          else if (isOver) finish(new Error(`kubectl ended before ${pattern}${said()}`));
        };
        const timer = setTimeout(() => finish(new Error(`no ${pattern} after ${timeoutMs} ms${said()}`)), timeoutMs);
        watchers.add(look);
        look();
      }),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  };
};

/** Runs kubectl to its end. Never throws for a non-zero exit code; @throws Error when it does not end in time */
export const kubectl = async (
  kubeconfig: string,
  args: KubectlArgs,
  options: KubectlOptions & { prefix?: readonly string[]; home?: string } = {},
): Promise<KubectlResult> => {
  const running = startKubectl(kubeconfig, args, options);
  if (options.input !== undefined) running.write(options.input);
  // `script` turns the end of its input into a Ctrl-D for the command, which is what the end of a person's input is.
  running.endInput();
  const timeoutMs = options.timeoutMs ?? 150_000;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void running.stop('SIGKILL');
  }, timeoutMs);
  const result = await running.ended;
  clearTimeout(timer);
  if (!isLate) return result;
  const { stdout, stderr } = result;
  throw new Error(`kubectl ${toArgs(args).join(' ')} did not end in ${timeoutMs} ms\n--- stdout\n${stdout}\n--- stderr\n${stderr}`);
};
