/** A container's mounts: its volumes (sub paths held inside their volume), the pod's hosts and resolv.conf, and the file for its last words. */
import { chmod, constants, mkdir, open, readlink, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Container } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { Mount } from '../../runtime/runtime.ts';
import type { PreparedVolume } from '../../volumes/volume.ts';
import { ContainerConfigError } from './environment.ts';
import { expand } from './expand.ts';

const propagation = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' } as const;

const leaves = (base: string, path: string): boolean => {
  const way = relative(base, path);
  return way === '..' || way.startsWith('../');
};

/** A container at work in the volume may put a link in the place of the folder: what was opened gets the mode, if it lies in `base`. */
const setMode = async (path: string, mode: number, base: string): Promise<void> => {
  const folder = await open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    const opened = process.platform === 'linux' ? await readlink(`/proc/self/fd/${folder.fd}`) : path;
    if (!leaves(base, opened)) await folder.chmod(mode);
  } finally {
    await folder.close();
  }
};

/** The real path of `subPath`; links that lead out of the volume are refused. */
const insideOf = async (root: string, subPath: string): Promise<string> => {
  const base = await realpath(root);
  const wanted = join(base, subPath);
  if (leaves(base, wanted)) throw new ContainerConfigError(`subPath "${subPath}" leads out of its volume`);
  let found = await realpath(wanted).catch(() => undefined);
  if (found === undefined) {
    // As upstream: a sub path that is not there becomes a folder, made where its existing part really is.
    const missing = [wanted];
    let parent = dirname(wanted);
    for (; (await realpath(parent).catch(() => undefined)) === undefined; parent = dirname(parent)) missing.unshift(parent);
    if (leaves(base, await realpath(parent))) throw new ContainerConfigError(`subPath "${subPath}" leads out of its volume`);
    // Who may write into the volume may write there, too; the mask of this process must not take that away.
    const { mode } = await stat(base);
    for (const path of missing) if ((await mkdir(path, { recursive: true })) !== undefined) await setMode(path, mode & 0o7777, base);
    found = await realpath(wanted);
  }
  if (leaves(base, found)) throw new ContainerConfigError(`subPath "${subPath}" leads out of its volume`);
  return found;
};

export const terminationLog = (podDir: string, container: string, attempt: number): string =>
  join(podDir, 'containers', container, `${attempt}.log`);
export const hostsFile = (podDir: string): string => join(podDir, 'etc-hosts');
export const resolvFile = (podDir: string): string => join(podDir, 'resolv.conf');

export const containerMounts = async (
  container: Container,
  options: {
    readonly podDir: string;
    readonly attempt: number;
    readonly volumes: ReadonlyMap<string, PreparedVolume>;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<Mount[]> => {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = options.volumes.get(mount.name);
    if (!volume) throw new ContainerConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => getOwn(options.env, name)) : mount.subPath;
    mounts.push({
      hostPath: subPath ? await insideOf(volume.hostPath, subPath) : volume.hostPath,
      containerPath: mount.mountPath,
      readOnly: (mount.readOnly ?? false) || (volume.readOnly ?? false),
      propagation: propagation[(mount.mountPropagation as keyof typeof propagation) ?? 'None'] ?? 'private',
    });
  }
  const own = (hostPath: string, containerPath: string): void => {
    if (!mounts.some((mount) => mount.containerPath === containerPath))
      mounts.push({ hostPath, containerPath, readOnly: false, propagation: 'private' });
  };
  own(hostsFile(options.podDir), '/etc/hosts');
  own(resolvFile(options.podDir), '/etc/resolv.conf');
  const lastWords = terminationLog(options.podDir, container.name, options.attempt);
  await mkdir(dirname(lastWords), { recursive: true });
  await writeFile(lastWords, '', { flag: 'a' });
  // Whatever user the container runs as may write it.
  await chmod(lastWords, 0o666);
  own(lastWords, container.terminationMessagePath || '/dev/termination-log');
  return mounts;
};
