/**
 * The end of a terminal whose client is gone: the engine lets its command run on, so it is told as a terminal that goes away tells it. A shell ends, and the
 * kernel ends what ran in front.
 */
import { readFile } from 'node:fs/promises';

export interface ExecState {
  readonly ExitCode: number | null;
  readonly Running: boolean;
  /** As the engine's machine counts. */
  readonly Pid?: number;
  readonly ContainerID: string;
}

/** Nothing happens where the process is not seen to be the container's: the engine may run on another machine. @throws Error when it may not be ended */
export const hangUp = async ({ Running, Pid, ContainerID }: ExecState): Promise<void> => {
  if (!Running || !Pid || !ContainerID) return;
  const groups = await readFile(`/proc/${Pid}/cgroup`, 'utf8').catch(() => '');
  if (groups.includes(ContainerID)) process.kill(Pid, 'SIGHUP');
};
