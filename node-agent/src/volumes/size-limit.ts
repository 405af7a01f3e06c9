/** emptyDir sizeLimit: a pod that outgrows one is evicted. Only volumes that have a limit are measured. */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '#schema/core/pod.ts';
import { toBytes } from '#schema/quantity/quantity.ts';
import type { PreparedVolume } from './volume.ts';

const BLOCK_BYTES = 512;

/** What a folder takes on its disk, up to about `enough`; what goes away meanwhile does not count. */
const usedBytes = async (path: string, enough: number): Promise<number> => {
  const found = await lstat(path).catch(() => undefined);
  if (!found) return 0;
  let bytes = found.blocks * BLOCK_BYTES;
  if (!found.isDirectory()) return bytes;
  for (const entry of await readdir(path).catch(() => [])) {
    bytes += await usedBytes(join(path, entry), enough - bytes);
    if (bytes > enough) break;
  }
  return bytes;
};

export const hasSizeLimit = (pod: Pod): boolean => (pod.spec.volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined);

/** The kubelet's message for the first volume beyond its limit. */
export const exceededLimit = async (pod: Pod, prepared: ReadonlyMap<string, PreparedVolume>): Promise<string | undefined> => {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const path = prepared.get(name)?.hostPath;
    const limit = emptyDir?.sizeLimit ? toBytes(emptyDir.sizeLimit) : 0;
    if (path && limit > 0 && (await usedBytes(path, limit)) > limit)
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir!.sizeLimit}". `;
  }
  return undefined;
};
