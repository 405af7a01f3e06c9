/** A part of the load in a process of its own, spoken to by messages. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { repoDir } from '../../harness/paths.ts';
import { forgetProcess, ownProcess } from '../../harness/process.ts';

export interface HelperProcess {
  readonly pid: number;
  send(message: unknown): void;
  /** The next message; ask before it can come. @throws Error when the process has ended */
  message<T>(): Promise<T>;
  stop(): void;
}

/** `file`: beside this one. */
export const startHelper = (file: string): HelperProcess => {
  const child = fork(join(repoDir, 'tests/bench/api', file), { execArgv: ['--disable-warning=ExperimentalWarning'] });
  const pid = child.pid as number;
  ownProcess(pid);
  const ended = new Promise<never>((_, reject) => child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`))));
  ended.catch(() => undefined);
  return {
    pid,
    send: (message) => void child.send(message as object),
    message: <T>() => Promise.race([new Promise<T>((resolve) => child.once('message', (value) => resolve(value as T))), ended]),
    stop: () => {
      child.kill();
      forgetProcess(pid);
    },
  };
};
