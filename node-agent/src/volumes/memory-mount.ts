/**
 * A tmpfs with a size of its own for an emptyDir in memory, as the kubelet makes it: min(sizeLimit, what the pod's containers may use, the node's memory). Writing
 * beyond it is ENOSPC for the pod alone. README.md of this folder says why it is a mount of the agent, and what holds where it may not mount.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Pod, Volume } from '#schema/core/pod.ts';
import { toBytes } from '#schema/quantity/quantity.ts';

const run = promisify(execFile);

/** Of all containers of the pod together; 0 when one of them has none. */
const podLimitBytes = ({ spec }: Pod): number => {
  const whole = (spec as { resources?: { limits?: Record<string, string> } }).resources?.limits?.memory;
  if (whole) return toBytes(whole);
  const limits = spec.containers.map(({ resources }) => resources?.limits?.memory);
  return limits.every((limit) => limit !== undefined) ? limits.reduce((sum, limit) => sum + toBytes(limit!), 0) : 0;
};

/** 0: nothing bounds it. */
export const memorySizeBytes = (volume: Volume, pod: Pod, allocatable: Readonly<Record<string, string>>): number => {
  const bounds = [
    volume.emptyDir?.sizeLimit ? toBytes(volume.emptyDir.sizeLimit) : 0,
    podLimitBytes(pod),
    allocatable.memory ? toBytes(allocatable.memory) : 0,
  ].filter((bytes) => bytes > 0);
  return bounds.length > 0 ? Math.ceil(Math.min(...bounds)) : 0;
};

/** The engine sees what the agent mounts only where both live in the machine's first mount namespace. Ids of mounts differ from one namespace to the next. */
const sharesMounts = async (): Promise<boolean> => {
  try {
    const [first, own] = await Promise.all(['1', 'self'].map((process) => readFile(`/proc/${process}/mountinfo`, 'utf8')));
    const id = (text: string): string | undefined => text.split('\n').find((line) => line.split(' ')[4] === '/');
    return id(first!) !== undefined && id(first!) === id(own!);
  } catch {
    return false;
  }
};

let mayMount: Promise<boolean> | undefined;

/** False: this agent may not mount, or is alone with what it mounts; the folder is as it was. */
export const mountMemory = async (dir: string, bytes: number): Promise<boolean> => {
  mayMount ??= process.platform === 'linux' && process.getuid?.() === 0 ? sharesMounts() : Promise.resolve(false);
  if (!(await mayMount)) return false;
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0777,nosuid,nodev`, 'tmpfs', dir]);
    return true;
  } catch {
    mayMount = Promise.resolve(false);
    return false;
  }
};

/** Takes away what is mounted below these folders, also while something still has a file of it open. */
export const unmountBelow = async (...dirs: string[]): Promise<void> => {
  if (process.platform !== 'linux') return;
  const mounts = await readFile('/proc/self/mounts', 'utf8').catch(() => '');
  const paths = mounts
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '))
    .filter((path) => dirs.some((dir) => path.startsWith(`${dir}/`)));
  for (const path of paths.reverse()) await run('umount', ['-l', path]).catch(() => undefined);
};
