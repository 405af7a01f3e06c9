/** Ends a process of ours that an earlier command started. The pid alone proves nothing: it is signalled only while its start time is the recorded one. */
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, type RunningProcess } from './lock.ts';

/** SIGTERM, and SIGKILL after `timeoutMs`; resolves when the process is gone. */
export const endProcess = async (target: RunningProcess, timeoutMs = 30_000): Promise<void> => {
  const signal = (name: NodeJS.Signals) => {
    try {
      if (isRunning(target)) process.kill(target.pid, name);
    } catch {
      // It ended between the look and the signal.
    }
  };
  signal('SIGTERM');
  const deadline = performance.now() + timeoutMs;
  while (isRunning(target)) {
    if (performance.now() > deadline) signal('SIGKILL');
    await delay(50);
  }
};
