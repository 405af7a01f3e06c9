/**
 * What containers use, from the kernel's own counters: cgroup v1 and v2, wherever they are mounted and whichever driver made the groups, since a
 * process's groups are read from /proc. Pure but for reading files; every reader is undefined where the file is not there.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Counters {
  /** Since the container's start. */
  readonly cpuNanoseconds: number;
  /** Working set: without file pages that the kernel can drop at will. */
  readonly memoryBytes: number;
}

export interface GroupPaths {
  readonly version: 1 | 2;
  readonly cpu: string;
  readonly memory: string;
}

interface Hierarchy {
  /** Empty: v2. */
  readonly controllers: readonly string[];
  readonly root: string;
  readonly mountPoint: string;
}

/** Of /proc/self/mountinfo. */
export const hierarchiesOf = (mountinfo: string): Hierarchy[] =>
  mountinfo.split('\n').flatMap((line) => {
    const [mount = '', more = ''] = line.split(' - ');
    const [, , , root = '', mountPoint = ''] = mount.split(' ');
    const [type, , options = ''] = more.split(' ');
    if (type === 'cgroup2') return [{ controllers: [], root, mountPoint }];
    return type === 'cgroup' ? [{ controllers: options.split(','), root, mountPoint }] : [];
  });

/** `root` of the mount is cut off: what is mounted may itself be a group. */
const below = ({ root, mountPoint }: Hierarchy, path: string): string =>
  join(mountPoint, root !== '/' && (path === root || path.startsWith(`${root}/`)) ? path.slice(root.length) : path);

/** The groups of a process, of its /proc/PID/cgroup. */
export const groupPathsOf = (cgroup: string, hierarchies: readonly Hierarchy[]): GroupPaths | undefined => {
  const paths = new Map<string, string>();
  for (const line of cgroup.split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    for (const controller of controllers.split(',')) if (path.length > 0) paths.set(controller, path.join(':'));
  }
  const of = (controller: string): string | undefined => {
    const hierarchy = hierarchies.find(({ controllers }) => controllers.includes(controller));
    const path = paths.get(controller);
    return hierarchy && path !== undefined ? below(hierarchy, path) : undefined;
  };
  const [cpu, memory] = [of('cpuacct'), of('memory')];
  if (cpu && memory) return { version: 1, cpu, memory };
  const unified = hierarchies.find(({ controllers }) => controllers.length === 0);
  const path = paths.get('');
  if (!unified || path === undefined) return undefined;
  const both = below(unified, path);
  return { version: 2, cpu: both, memory: both };
};

const field = (text: string, name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);

const workingSet = (usage: string, stat: string, inactive: string): number => Math.max(0, Number(usage) - field(stat, inactive));

/** undefined: the group is gone, or not one of this machine's. */
export const readCounters = async ({ version, cpu, memory }: GroupPaths): Promise<Counters | undefined> => {
  const text = (dir: string, name: string): Promise<string> => readFile(join(dir, name), 'utf8');
  try {
    if (version === 1) {
      const [usage, bytes, stat] = await Promise.all([
        text(cpu, 'cpuacct.usage'),
        text(memory, 'memory.usage_in_bytes'),
        text(memory, 'memory.stat'),
      ]);
      return { cpuNanoseconds: Number(usage), memoryBytes: workingSet(bytes, stat, 'total_inactive_file') };
    }
    const [usage, bytes, stat] = await Promise.all([text(cpu, 'cpu.stat'), text(memory, 'memory.current'), text(memory, 'memory.stat')]);
    return { cpuNanoseconds: field(usage, 'usage_usec') * 1000, memoryBytes: workingSet(bytes, stat, 'inactive_file') };
  } catch {
    return undefined;
  }
};
