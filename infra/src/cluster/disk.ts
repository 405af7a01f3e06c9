/** Whether a cluster's disk still takes anything: a full one ends programs in words nobody understands. */
import { statfsSync } from 'node:fs';

const MiB = 1024 ** 2;
/** Below this the database, the logs and the engine cannot be expected to write. */
export const LEAST_BYTES = 100 * MiB;

export interface DiskSpace {
  readonly freeBytes: number;
  /** How many files can still be made; undefined where the file system does not count them. */
  readonly freeFiles: number | undefined;
}

/** Of the file system that holds a path, for those who are not root. @throws Error when the path is not there */
export const diskSpace = (path: string): DiskSpace => {
  const { bavail, bsize, files, ffree } = statfsSync(path);
  return { freeBytes: bavail * bsize, freeFiles: files > 0 ? ffree : undefined };
};

/** What is full, for a person; undefined when nothing is. */
export const fullText = (path: string, { freeBytes, freeFiles }: DiskSpace): string | undefined => {
  if (freeBytes < LEAST_BYTES) return `the disk of ${path} is full: ${Math.floor(freeBytes / MiB)} MiB are free`;
  if (freeFiles === 0) return `the disk of ${path} takes no more files, however small: its inodes are used up`;
  return undefined;
};

export const makeRoom = 'make room: docker system df shows what Docker holds, du -sh what a folder does';

/** The end of a message about a program that failed: what is full and how to mend it; empty when that is not why. */
export const fullDiskHint = (path: string): string => {
  try {
    const full = fullText(path, diskSpace(path));
    return full ? `; ${full}, ${makeRoom}` : '';
  } catch {
    return '';
  }
};
