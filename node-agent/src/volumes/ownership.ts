/** fsGroup: what is in a volume belongs to the pod's group, and what is made there too (set-group-id). Links are never followed. */
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const GROUP_FILE = 0o060;
const GROUP_DIRECTORY = 0o2070;

const own = async (path: string, group: number): Promise<boolean> => {
  const found = await lstat(path);
  if (found.gid !== group) await lchown(path, found.uid, group);
  const directory = found.isDirectory();
  const wanted = found.mode | (directory ? GROUP_DIRECTORY : GROUP_FILE);
  if (!found.isSymbolicLink() && (wanted & 0o7777) !== (found.mode & 0o7777)) await chmod(path, wanted & 0o7777);
  return directory;
};

const ownTree = async (dir: string, group: number): Promise<void> => {
  for (const entry of await readdir(dir)) {
    const path = join(dir, entry);
    if (await own(path, group)) await ownTree(path, group);
  }
};

/** `policy`: fsGroupChangePolicy; `OnRootMismatch` leaves a volume alone whose root is right already. */
export const giveToGroup = async (dir: string, group: number, policy: string | undefined): Promise<void> => {
  const root = await lstat(dir);
  const right = root.gid === group && (root.mode & GROUP_DIRECTORY) === GROUP_DIRECTORY;
  if (policy === 'OnRootMismatch' && right) return;
  await ownTree(dir, group);
  // Last: a root that is right says that all below it is.
  await own(dir, group);
};
