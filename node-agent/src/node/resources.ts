/** What a node has and what of it pods may use, as quantities. */
import { statfs } from 'node:fs/promises';
import type { RuntimeInfo } from '../runtime/runtime.ts';

export const MAX_PODS = 110;
/** Kept for the machine itself, as the kubelet's default eviction threshold is. */
const RESERVED_MEMORY_BYTES = 100 * 1024 * 1024;
const DISK_SHARE = 0.9;

export interface NodeResources {
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

const kibi = (bytes: number): string => `${Math.floor(bytes / 1024)}Ki`;

/** `dir`: a folder on the disk that pods' volumes use. */
export const toResources = async (info: RuntimeInfo, dir: string): Promise<NodeResources> => {
  const disk = await statfs(dir).catch(() => statfs('/'));
  const diskBytes = disk.blocks * disk.bsize;
  const common = { cpu: String(info.cpus), pods: String(MAX_PODS) };
  return {
    capacity: { ...common, 'ephemeral-storage': kibi(diskBytes), memory: kibi(info.memoryBytes) },
    allocatable: {
      ...common,
      'ephemeral-storage': String(Math.floor(diskBytes * DISK_SHARE)),
      memory: kibi(Math.max(info.memoryBytes - RESERVED_MEMORY_BYTES, 0)),
    },
  };
};
