/** What may be wrong on this machine: Node.js, Docker, rights, tools, disk, the port. Each check ends, whatever it finds. */
import { accessSync, constants, existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { diskSpace, fullText, makeRoom } from '../cluster/disk.ts';
import { connectDocker } from '../cluster/docker.ts';
import type { ClusterFolder } from '../cluster/folder.ts';
import { readJson } from '../cluster/folder.ts';
import { type ClusterIdentity, defaultPort } from '../cluster/identity.ts';
import { isRunning, readRunning } from '../cluster/lock.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const leastNode = 22;
const leastDocker = [20, 10] as const;
const leastFreeBytes = 2 * 1024 ** 3;

export const nodeFinding = (version: string): Finding =>
  Number(version.split('.')[0]) >= leastNode
    ? ok('Node.js', version)
    : failed('Node.js', `${version} is too old`, `install ${leastNode} or newer, or start with npm start, which brings its own`);

export const dockerFinding = async (env: NodeJS.ProcessEnv): Promise<Finding> => {
  try {
    const { dockerHost, version } = await connectDocker(env);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major < leastDocker[0] || (major === leastDocker[0] && minor < leastDocker[1]))
      return failed('Docker', `${version} at ${dockerHost} is too old`, `install ${leastDocker.join('.')} or newer`);
    return ok('Docker', `${version} at ${dockerHost}`);
  } catch (error) {
    const [found, ...mend] = (error as Error).message.split(': ');
    return failed('Docker', found as string, mend.join(': ') || 'start it: sudo systemctl start docker');
  }
};

const isProgram = (name: string, path: string): boolean =>
  [...path.split(delimiter), '/usr/sbin', '/sbin'].some((dir) => {
    try {
      accessSync(join(dir, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

export const toolsFinding = (path: string, uid: number | undefined): Finding => {
  if (process.platform !== 'linux')
    return warning(
      'network',
      `${process.platform}: Services reach no pods from the host`,
      'pods run all the same; use a Linux machine for the rest',
    );
  if (uid !== 0)
    return warning(
      'rights',
      'not root: the agent may not change the network, so Services do not work',
      'run it as root, or as a service (kedge token create --join)',
    );
  const missing = ['ip', 'nft', 'iptables', 'conntrack'].filter((name) => !isProgram(name, path));
  if (missing.length === 0) return ok('network', 'ip, nft, iptables and conntrack are there, with the rights to use them');
  return warning('network', `missing: ${missing.join(', ')}`, 'apt-get install -y iproute2 nftables iptables conntrack');
};

/** `space`: of the folder's disk. */
export const diskFinding = (dir: string, space = diskSpace(existsSync(dir) ? dir : '.')): Finding => {
  const full = fullText(dir, space);
  if (full) return failed('disk', full, makeRoom);
  const found = `${(space.freeBytes / 1024 ** 3).toFixed(1)} GiB free`;
  return space.freeBytes < leastFreeBytes ? warning('disk', found, makeRoom) : ok('disk', found);
};

const portIsFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, exclusive: true }, () => probe.close(() => resolve(true)));
  });

export const portFinding = async (folder: ClusterFolder): Promise<Finding> => {
  const port = readJson<ClusterIdentity>(folder.identity)?.port ?? defaultPort;
  const running = readRunning(folder);
  if (running && isRunning(running.up)) return ok('port', `${port}, held by the running Kedge of this folder`);
  const left = running?.children.filter(isRunning) ?? [];
  if (left.length > 0)
    return warning(
      'port',
      `${port}, held by what a Kedge of this folder left when it was killed (pid ${left.map(({ pid }) => pid).join(', ')})`,
      'start it again as you did: that ends them first; or npm run down',
    );
  return (await portIsFree(port))
    ? ok('port', `${port} is free`)
    : failed('port', `${port} is taken by another program`, `start with another one: npm start -- --port ${port + 1}`);
};
