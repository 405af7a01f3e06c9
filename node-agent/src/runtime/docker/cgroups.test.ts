import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { groupPathsOf, hierarchiesOf, readCounters } from './cgroups.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-cgroups-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const v1 = [
  '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '33 31 0:30 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 /docker/outer /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
  '41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw',
].join('\n');

it('finds the groups of a process, split over hierarchies', () => {
  expect(groupPathsOf('4:memory:/docker/outer/docker/abc\n2:cpu,cpuacct:/docker/abc\n0::/', hierarchiesOf(v1))).toEqual({
    version: 1,
    cpu: '/sys/fs/cgroup/cpu,cpuacct/docker/abc',
    memory: '/sys/fs/cgroup/memory/docker/abc',
  });
});

it('finds the one group of the unified hierarchy', () => {
  const path = '/sys/fs/cgroup/system.slice/docker-abc.scope';
  const mounts = hierarchiesOf('26 22 0:23 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate');
  expect(groupPathsOf('0::/system.slice/docker-abc.scope\n', mounts)).toEqual({ version: 2, cpu: path, memory: path });
  expect(groupPathsOf('', mounts)).toBeUndefined();
});

it('reads both versions, and nothing of what is gone', async () => {
  const put = (name: string, text: string) => writeFile(join(dir, name), text);
  expect(await readCounters({ version: 1, cpu: dir, memory: dir })).toBeUndefined();
  await put('cpuacct.usage', '123456789\n');
  await put('memory.usage_in_bytes', '9000\n');
  await put('memory.stat', 'inactive_file 1\ntotal_inactive_file 4000\n');
  expect(await readCounters({ version: 1, cpu: dir, memory: dir })).toEqual({ cpuNanoseconds: 123456789, memoryBytes: 5000 });
  const unified = join(dir, 'unified');
  await mkdir(unified);
  await writeFile(join(unified, 'cpu.stat'), 'usage_usec 1500\nuser_usec 1000\n');
  await writeFile(join(unified, 'memory.current'), '100\n');
  await writeFile(join(unified, 'memory.stat'), 'anon 5\ninactive_file 300\n');
  expect(await readCounters({ version: 2, cpu: unified, memory: unified })).toEqual({ cpuNanoseconds: 1_500_000, memoryBytes: 0 });
});
