/**
 * A long-running child process (control plane, node agent): started with a configuration file, its log in a file, one JSON line on standard output
 * when it is ready. It stands in a process group of its own, so that Ctrl-C reaches the parent alone, which then ends the children in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { PersonError } from '../person-error.ts';
import { fullDiskHint } from './disk.ts';
import { sizeOf } from './folder.ts';

export interface ChildSpec {
  /** For people: `control plane`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly readyTimeoutMs: number;
  /** Ends the wait for the ready line, and the child with it. */
  readonly signal?: AbortSignal;
}

export interface RunningChild {
  readonly pid: number;
  /** What the ready line said. */
  readonly ready: Record<string, unknown>;
  /** Resolves when the process has ended, with a line that says how. */
  readonly ended: Promise<string>;
  /** SIGTERM, then SIGKILL after `timeoutMs` (default 20 s). Idempotent. */
  stop(timeoutMs?: number): Promise<void>;
}

const logLimitBytes = 10 * 1024 * 1024;

/** The last part of a file, as text. */
const tailOf = (path: string, fromByte: number): string => {
  const length = Math.min(sizeOf(path) - fromByte, 16_384);
  if (length <= 0) return '';
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(length);
  readSync(file, bytes, 0, length, sizeOf(path) - length);
  closeSync(file);
  return bytes.toString('utf8');
};

/** What a failed child said: the message of its last error line, else its last line. */
export const lastWords = (log: string): string => {
  const lines = log.trim().split('\n').filter(Boolean).reverse();
  for (const line of lines) {
    try {
      const entry = JSON.parse(line) as { level?: string; message?: string };
      if (entry.level === 'error' && entry.message) return entry.message;
    } catch {
      // Not a log line: a stack trace, or a warning of Node.js.
    }
  }
  return lines.find((line) => /^\w*Error\b/.test(line.trim()))?.trim() ?? lines[0] ?? '';
};

/** Starts a child and waits until it is ready. @throws PersonError with the child's own last error when it ends before */
export const startChild = async (spec: ChildSpec): Promise<RunningChild> => {
  if (sizeOf(spec.logFile) > logLimitBytes) renameSync(spec.logFile, `${spec.logFile}.1`);
  const logStart = sizeOf(spec.logFile);
  const log = openSync(spec.logFile, 'a', 0o600);
  const child = spawn(spec.command, spec.args, { cwd: spec.cwd, env: spec.env, detached: true, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `ended by ${signal}` : `ended with exit code ${code}`));
  });
  try {
    const ready = await readyLine(child, spec, ended);
    return { pid: child.pid as number, ready, ended, stop: (timeoutMs = 20_000) => stop(child, ended, timeoutMs) };
  } catch (error) {
    await stop(child, ended, 5_000);
    const said = lastWords(tailOf(spec.logFile, logStart));
    const why = `${said || (error as Error).message}${fullDiskHint(dirname(spec.logFile))}`;
    throw new PersonError(`The ${spec.name} did not start: ${why} (log: ${spec.logFile})`);
  }
};

const readyLine = (child: ChildProcess, spec: ChildSpec, ended: Promise<string>): Promise<Record<string, unknown>> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`it was not ready after ${spec.readyTimeoutMs / 1000} s`)), spec.readyTimeoutMs);
    const giveUp = (why: string) => {
      clearTimeout(timer);
      reject(new Error(why));
    };
    void ended.then((how) => giveUp(`it ${how}`));
    if (spec.signal?.aborted) giveUp('it was stopped');
    spec.signal?.addEventListener('abort', () => giveUp('it was stopped'), { once: true });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      try {
        const message = JSON.parse(line) as Record<string, unknown>;
        if (message.ready !== true) return;
        clearTimeout(timer);
        resolve(message);
      } catch {
        // Only the ready line is meant for us.
      }
    });
  });

const stop = async (child: ChildProcess, ended: Promise<string>, timeoutMs: number): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await ended;
  clearTimeout(timer);
};
