/**
 * Files made from API objects, swapped in as a whole: a new folder is written, then the `..data` link is moved to it by one rename, so a container that
 * reads sees the old or the new content, never a mixture. Names in the volume are links through `..data`.
 */
import { chmod, chown, mkdir, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { VolumeError } from './volume.ts';

export interface PayloadFile {
  readonly data: Uint8Array;
  readonly mode: number;
}
/** By path within the volume. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const checked = (path: string): string => {
  const clean = normalize(path);
  if (clean.startsWith('/') || clean.split('/').includes('..'))
    throw new VolumeError(`invalid path ${path}: must be relative and not contain '..'`);
  return clean;
};

/** What the pod's group must read is readable for it. */
const modeOf = (file: PayloadFile, group: number | undefined): number => (group === undefined ? file.mode : file.mode | 0o040) & 0o777;

const sameContent = async (dir: string, payload: Payload, group: number | undefined): Promise<boolean> => {
  try {
    const present = (await readdir(join(dir, '..data'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    if (present.length !== payload.size) return false;
    for (const [path, file] of payload) {
      const at = join(dir, '..data', path);
      const { mode, gid } = await stat(at);
      if ((mode & 0o777) !== modeOf(file, group) || (group !== undefined && gid !== group)) return false;
      if (!(await readFile(at)).equals(file.data)) return false;
    }
    return true;
  } catch {
    return false;
  }
};

/** Makes `dir` hold exactly `payload`. Does nothing when it does already. `group`: fsGroup of the pod. */
export const writePayload = async (dir: string, payload: Payload, group: number | undefined): Promise<void> => {
  await mkdir(dir, { recursive: true, mode: 0o755 });
  if (await sameContent(dir, payload, group)) return;
  const old = await readlink(join(dir, '..data')).catch(() => undefined);
  const generation = `..${Number(old?.match(/^\.\.(\d+)$/)?.[1] ?? 0) + 1}`;
  const fresh = join(dir, generation);
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { mode: 0o755 });
  for (const [path, file] of payload) {
    const at = join(fresh, checked(path));
    await mkdir(dirname(at), { recursive: true, mode: 0o755 });
    await writeFile(at, file.data, { mode: file.mode });
    // The process's umask does not count.
    await chmod(at, modeOf(file, group));
    if (group !== undefined) await chown(at, process.getuid?.() ?? 0, group);
  }
  await rm(join(dir, '..data_tmp'), { force: true });
  await symlink(generation, join(dir, '..data_tmp'));
  await rename(join(dir, '..data_tmp'), join(dir, '..data'));
  const roots = new Set([...payload.keys()].map((path) => checked(path).split('/')[0]!));
  for (const entry of await readdir(dir)) {
    if (entry.startsWith('..')) {
      if (entry !== '..data' && entry !== generation) await rm(join(dir, entry), { recursive: true, force: true });
    } else if (roots.has(entry)) roots.delete(entry);
    else await rm(join(dir, entry), { recursive: true, force: true });
  }
  for (const root of roots) await symlink(join('..data', root), join(dir, root));
};
