/** A path of the node itself. @see https://kubernetes.io/docs/concepts/storage/volumes/#hostpath */

import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { VolumeError, type VolumeType } from './volume.ts';

const checks: Readonly<Record<string, { readonly what: string; readonly is: (found: Stats) => boolean }>> = {
  Directory: { what: 'a directory', is: (found) => found.isDirectory() },
  DirectoryOrCreate: { what: 'a directory', is: (found) => found.isDirectory() },
  File: { what: 'a file', is: (found) => found.isFile() },
  FileOrCreate: { what: 'a file', is: (found) => found.isFile() },
  Socket: { what: 'a socket file', is: (found) => found.isSocket() },
  CharDevice: { what: 'a character device', is: (found) => found.isCharacterDevice() },
  BlockDevice: { what: 'a block device', is: (found) => found.isBlockDevice() },
};

export const hostPathVolume: VolumeType = {
  field: 'hostPath',
  plugin: 'host-path',
  async prepare(volume) {
    const { path, type = '' } = volume.hostPath!;
    let found = await stat(path).catch(() => undefined);
    if (!found && (type === 'DirectoryOrCreate' || type === '')) await mkdir(path, { recursive: true, mode: 0o755 });
    if (!found && type === 'FileOrCreate') await writeFile(path, '', { mode: 0o644, flag: 'a' });
    found ??= await stat(path).catch(() => undefined);
    const check = checks[type];
    if (check && !(found && check.is(found))) throw new VolumeError(`hostPath type check failed: ${path} is not ${check.what}`);
    return { hostPath: path };
  },
};
