/**
 * The agent that runs on this machine, whoever started it, by the pid it wrote. Who leaves holds it still while the control plane forgets the node: an agent that came
 * back in between would make its Node anew.
 */
import { readFileSync } from 'node:fs';
import { readText } from '../cluster/folder.ts';
import type { StateFiles } from './layout.ts';

export interface RunningAgent {
  pause(): void;
  resume(): void;
  /** In order, and by force after ten seconds. */
  end(sleep: (ms: number) => Promise<void>): Promise<void>;
}

/** True for an agent of this configuration alone: a pid may be another program's by now. */
const runs = (pid: number, config: string): boolean => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(config);
  } catch {
    return false;
  }
};

export const runningAgent = ({ pid: file, config }: StateFiles): RunningAgent => {
  /** 0: none runs. Asked each time: an agent may have been started again. */
  const pid = (): number => {
    const written = Number(readText(file) ?? 0);
    return written > 1 && runs(written, config) ? written : 0;
  };
  const send = (to: number, signal: NodeJS.Signals): void => {
    try {
      if (to > 0) process.kill(to, signal);
    } catch {
      // ended meanwhile
    }
  };
  return {
    pause: () => send(pid(), 'SIGSTOP'),
    resume: () => send(pid(), 'SIGCONT'),
    end: async (sleep) => {
      const running = pid();
      send(running, 'SIGTERM');
      send(running, 'SIGCONT');
      for (let looks = 0; looks < 100 && pid() === running && running > 0; looks++) await sleep(100);
      send(pid() === running ? running : 0, 'SIGKILL');
    },
  };
};
