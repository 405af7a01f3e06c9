/**
 * Processes that tests start. Each is recorded when it starts and ended by its own pid when the run ends, however it ends:
 * normal exit, failure, SIGINT, SIGTERM. Nothing is ever ended by name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

interface Owned {
  onExit?: () => void;
}

const owned = new Map<number, Owned>();
let hooked = false;
let onSignal = (name: NodeJS.Signals): void => {
  endOwned();
  process.exit(name === 'SIGINT' ? 130 : 143);
};

/** What the kernel says of a process, from its state on: what stands before may hold spaces. @throws Error when it is gone */
const statOf = (pid: number | string): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
};

/** True while the process exists and is not a zombie. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return statOf(pid)[0] !== 'Z';
  } catch {
    return false;
  }
};

/** User and system time; the kernel counts in hundredths of a second. @throws Error when it is gone */
export const cpuMsOf = (pid: number): number => {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * 10;
};

/** Resident memory. @throws Error when it is gone */
export const residentBytesOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096;

const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already: what was wanted.
  }
};

/** Ends everything this process still owns; synchronous, as exit handlers must be. */
const endOwned = (): void => {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  const pids = [...owned.keys()].reverse();
  for (const pid of pids) signal(pid, 'SIGTERM');
  for (const pid of pids) {
    for (let i = 0; i < 300 && isAlive(pid); i++) Atomics.wait(sleep, 0, 0, 50);
    if (isAlive(pid)) signal(pid, 'SIGKILL');
  }
  for (const { onExit } of owned.values()) onExit?.();
  owned.clear();
};

/** Records a process of ours; it is ended with this process at the latest. `onExit` must be synchronous. */
export const ownProcess = (pid: number, options: Owned = {}): void => {
  owned.set(pid, options);
  hook();
};

const hook = (): void => {
  if (hooked) return;
  hooked = true;
  process.on('exit', endOwned);
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => onSignal(name));
};

/** For a program that ends in order by itself when it is told to; what it still owns at its exit is ended all the same. */
export const takeSignals = (handler: (name: NodeJS.Signals) => void): void => {
  onSignal = handler;
  hook();
};

export const forgetProcess = (pid: number): void => {
  owned.delete(pid);
};

/** Signals and waits for the end; SIGKILL after `timeoutMs`. Idempotent. */
export const stopProcess = async (pid: number, options: { signal?: NodeJS.Signals; timeoutMs?: number } = {}): Promise<void> => {
  signal(pid, options.signal ?? 'SIGTERM');
  const deadline = performance.now() + (options.timeoutMs ?? 20_000);
  while (isAlive(pid)) {
    if (performance.now() > deadline) signal(pid, 'SIGKILL');
    await delay(20);
  }
};

/** Pids of the processes of a group, without zombies. */
const groupMembers = (group: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const [state, , processGroup] = statOf(name);
        return Number(processGroup) === group && state !== 'Z';
      } catch {
        return false;
      }
    })
    .map(Number);

/** SIGTERM to a process group of ours (its leader was spawned `detached`), SIGKILL to what is left of it after `timeoutMs`. Resolves when nothing is. */
export const endGroup = async (group: number, timeoutMs = 30_000): Promise<void> => {
  const deadline = performance.now() + timeoutMs;
  for (const pid of groupMembers(group)) signal(pid, 'SIGTERM');
  for (let members = groupMembers(group); members.length > 0; members = groupMembers(group)) {
    if (performance.now() > deadline) for (const pid of members) signal(pid, 'SIGKILL');
    await delay(50);
  }
};

export interface WaitOptions {
  timeoutMs?: number;
  intervalMs?: number;
  /** Returns the reason when waiting on has no sense any more. */
  giveUp?: () => string | undefined;
}

/**
 * Polls until `probe` returns something truthy, and returns it. For end-to-end tests only, where the world has no clock to inject.
 * @throws Error after `timeoutMs` (default 90 s), naming what was waited for and the probe's last error
 */
export const waitFor = async <T>(what: string, probe: () => T | Promise<T>, options: WaitOptions = {}): Promise<NonNullable<T>> => {
  const deadline = performance.now() + (options.timeoutMs ?? 90_000);
  let last = '';
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
    } catch (error) {
      last = `: ${(error as Error).message}`;
    }
    const reason = options.giveUp?.();
    if (reason) throw new Error(`${what}: ${reason}`);
    if (performance.now() > deadline) throw new Error(`waited ${options.timeoutMs ?? 90_000} ms for ${what}${last}`);
    await delay(options.intervalMs ?? 100);
  }
};
