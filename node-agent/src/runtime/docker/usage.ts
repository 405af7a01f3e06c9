/**
 * What containers use: from the kernel's counters where the agent sees the engine's processes, else from the engine (an engine in a virtual machine).
 * Where a container's groups are is asked for once.
 */
import { readFile } from 'node:fs/promises';
import { type Counters, type GroupPaths, groupPathsOf, hierarchiesOf, readCounters } from './cgroups.ts';
import { type Engine, isNotFound } from './engine.ts';

interface Stats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly stats?: Readonly<Record<string, number>> };
}

const askEngine = async (engine: Engine, id: string): Promise<Counters | undefined> => {
  const { cpu_stats: cpu, memory_stats: memory } = await engine.call<Stats>('GET', `/containers/${id}/stats`, {
    query: { stream: false, 'one-shot': true },
  });
  const cpuNanoseconds = cpu?.cpu_usage?.total_usage;
  if (cpuNanoseconds === undefined || memory?.usage === undefined) return undefined;
  const inactive = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  return { cpuNanoseconds, memoryBytes: Math.max(0, memory.usage - inactive) };
};

export type ReadUsage = (ids: readonly string[]) => Promise<ReadonlyMap<string, Counters>>;

export const createUsageReader = (engine: Engine, pidOf: (id: string) => Promise<number | undefined>): ReadUsage => {
  /** undefined: not to be seen from here. */
  let known = new Map<string, GroupPaths | undefined>();

  const find = async (id: string): Promise<GroupPaths | undefined> => {
    const pid = await pidOf(id);
    if (pid === undefined) return undefined;
    const [groups, mounts] = await Promise.all([
      readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => ''),
      readFile('/proc/self/mountinfo', 'utf8').catch(() => ''),
    ]);
    // A process of this number that is not the container's is of another machine.
    return groups.includes(id) ? groupPathsOf(groups, hierarchiesOf(mounts)) : undefined;
  };

  const read = async (id: string): Promise<Counters | undefined> => {
    if (!known.has(id)) known.set(id, await find(id));
    const paths = known.get(id);
    return (paths && (await readCounters(paths))) ?? (await askEngine(engine, id));
  };

  return async (ids) => {
    known = new Map([...known].filter(([id]) => ids.includes(id)));
    const usage = new Map<string, Counters>();
    for (const id of ids) {
      const found = await read(id).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      });
      if (found) usage.set(id, found);
    }
    return usage;
  };
};
