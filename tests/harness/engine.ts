/**
 * A real Docker Engine for tests. One that answers already (DOCKER_HOST or the usual socket) is used as it is; otherwise, as root on
 * Debian or Ubuntu, a private `dockerd` is started on folders of its own and ended by its own pid. Nothing here is simulated.
 * Neighbours: engine-cli.ts (the same from a shell), images.ts (what the engine must hold), netns.ts (engines that must not share a network).
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Docker from 'dockerode';
import { freePort } from './free-port.ts';
import { forgetProcess, isAlive, ownProcess, stopProcess, waitFor } from './process.ts';
import { startRegistry } from './registry.ts';

/** What a private engine needs on Debian and Ubuntu. */
export const enginePackages = [
  'docker.io',
  'docker-registry',
  'iptables',
  'nftables',
  'iproute2',
  'conntrack',
  'busybox-static',
  'curl',
] as const;

export interface Engine {
  /** As in DOCKER_HOST: `unix:///path/docker.sock`. */
  dockerHost: string;
  /** False for an engine that was there before; such a one is never stopped. */
  isPrivate: boolean;
  /** Folder of a private engine; empty for a foreign one. */
  dir: string;
  docker: Docker;
  /** Port of its mirror of Docker Hub on loopback; undefined for a foreign engine, which pulls for itself. */
  registryPort?: number;
  /** SIGTERM, wait, start again on the same data. Containers with a restart policy come back as Docker does it. */
  restart(): Promise<void>;
  /** SIGTERM (containers end with the engine), or SIGKILL. The data stays. Idempotent. */
  halt(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  start(): Promise<void>;
  /** Ends the engine and removes its folder. No-op for a foreign engine. */
  dispose(): Promise<void>;
}

export interface EngineOptions {
  name: string;
  /** Default: a new scratch folder. Keep it short: unix socket paths end at 107 bytes. */
  dir?: string;
  /** Name of a network namespace (`ip netns`) to run in; needed for a second engine on one machine, see netns.ts. */
  netns?: string;
  /** False: the engine outlives this process (engine-cli.ts). Default true. */
  owned?: boolean;
}

/** A client of the engine that `dockerHost` names (unix or tcp). */
export const dockerAt = (dockerHost: string): Docker => {
  if (dockerHost.startsWith('unix://')) return new Docker({ socketPath: dockerHost.slice('unix://'.length) });
  const url = new URL(dockerHost.replace(/^tcp:/, 'http:'));
  return new Docker({ protocol: url.protocol === 'https:' ? 'https' : 'http', host: url.hostname, port: Number(url.port || 2375) });
};

const answers = async (dockerHost: string): Promise<boolean> => {
  try {
    await dockerAt(dockerHost).ping();
    return true;
  } catch {
    return false;
  }
};

/** The engine that is there already, if one answers: DOCKER_HOST first, then the usual socket. */
export const findEngine = async (): Promise<string | undefined> => {
  const named = process.env.DOCKER_HOST;
  if (named) {
    if (await answers(named)) return named;
    throw new Error(`DOCKER_HOST=${named} names a Docker Engine that does not answer: start it, or unset DOCKER_HOST.`);
  }
  const usual = 'unix:///var/run/docker.sock';
  return existsSync('/var/run/docker.sock') && (await answers(usual)) ? usual : undefined;
};

export const has = (program: string): boolean =>
  ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'].some((dir) => existsSync(join(dir, program)));

/**
 * Installs what a private engine needs.
 * @throws Error one line that says what to do, where this machine is not a Debian-like one with root rights
 */
export const installEngine = (log: (line: string) => void): void => {
  if (['dockerd', 'docker-registry', 'iptables', 'nft', 'ip', 'conntrack', 'busybox', 'curl'].every(has)) return;
  if (process.getuid?.() !== 0 || !has('apt-get')) {
    throw new Error(
      'These tests need a Docker Engine and none answers: start Docker, or set DOCKER_HOST, or run as root on Debian or Ubuntu.',
    );
  }
  installPackages(enginePackages, log);
};

/** A mirror that is slow once, and another program that installs something, cost time and no more. */
export const patience = ['-o', 'Acquire::Retries=5', '-o', 'DPkg::Lock::Timeout=300'] as const;

/** By apt, as root. @throws Error with apt's last line */
export const installPackages = (packages: readonly string[], log: (line: string) => void): void => {
  log(`installing ${packages.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args: string[]) => spawnSync('apt-get', [...patience, ...args], { env, encoding: 'utf8' });
  // A policy-rc.d that says no keeps the package from starting its own system-wide engine.
  const policy = '/usr/sbin/policy-rc.d';
  const ours = !existsSync(policy);
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt('update', '-q');
    const result = apt('install', '-y', '-q', '--no-install-recommends', ...packages);
    if (result.status !== 0) throw new Error(`apt-get install ${packages.join(' ')} failed: ${result.stderr.trim().split('\n').at(-1)}`);
  } finally {
    if (ours) rmSync(policy, { force: true });
  }
};

const foreignEngine = (dockerHost: string): Engine => {
  const refuse = async () => {
    throw new Error(`the engine at ${dockerHost} is not ours to stop`);
  };
  return {
    dockerHost,
    isPrivate: false,
    dir: '',
    docker: dockerAt(dockerHost),
    restart: refuse,
    halt: refuse,
    start: refuse,
    dispose: async () => {},
  };
};

/** Starts a private engine on its own folders. */
export const startEngine = async (options: EngineOptions): Promise<Engine> => {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), `kedge-${options.name}-`));
  mkdirSync(dir, { recursive: true });
  const socket = join(dir, 'docker.sock');
  const dockerHost = `unix://${socket}`;
  const pidFile = join(dir, 'pid');
  const docker = dockerAt(dockerHost);
  const prefix = options.netns ? ['nsenter', `--net=/run/netns/${options.netns}`] : [];
  let child: ChildProcess | undefined;

  const portFile = join(dir, 'registry.port');
  const registryPort = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : await freePort();
  writeFileSync(portFile, String(registryPort));
  // Its own configuration file, so that the machine's /etc/docker/daemon.json has no say.
  writeFileSync(join(dir, 'daemon.json'), JSON.stringify({ 'registry-mirrors': [`http://127.0.0.1:${registryPort}`] }));
  const registry =
    registryPid(dir) === undefined ? await startRegistry({ dir, port: registryPort, prefix, owned: options.owned !== false }) : undefined;

  const start = async () => {
    if (await answers(dockerHost)) return;
    rmSync(pidFile, { force: true });
    const args = [
      '--config-file',
      join(dir, 'daemon.json'),
      '--data-root',
      join(dir, 'data'),
      '--exec-root',
      join(dir, 'exec'),
      '-p',
      pidFile,
      '-H',
      dockerHost,
    ];
    args.push('--shutdown-timeout', '3', '--max-concurrent-downloads', '1');
    const [command, ...rest] = [...prefix, 'dockerd', ...args];
    const log = openSync(join(dir, 'dockerd.log'), 'a');
    // A process group of its own, so that Ctrl-C in the terminal reaches the tests first and the engine last.
    child = spawn(command as string, rest, { detached: true, stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref();
    if (options.owned !== false) ownProcess(child.pid as number, { onExit: () => removeEngineDir(dir) });
    const tail = () => readFileSync(join(dir, 'dockerd.log'), 'utf8').trim().split('\n').slice(-3).join('\n');
    await waitFor(`dockerd ${options.name}`, () => answers(dockerHost), {
      timeoutMs: 180_000,
      intervalMs: 50,
      giveUp: () => (child?.exitCode != null ? `dockerd ended with ${child.exitCode}:\n${tail()}` : undefined),
    });
  };
  const halt = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    const pid = enginePid(dir);
    if (pid === undefined) return;
    await stopProcess(pid, { signal, timeoutMs: 60_000 });
    forgetProcess(pid);
  };
  await start();
  return {
    dockerHost,
    isPrivate: true,
    dir,
    docker,
    registryPort,
    start,
    halt,
    restart: async () => {
      await halt();
      await start();
    },
    dispose: async () => {
      await halt();
      await registry?.stop();
      removeEngineDir(dir);
    },
  };
};

/** The pid of the engine of this folder, if one runs; a pid that now belongs to another program does not count. */
export const enginePid = (dir: string): number | undefined => pidOf(join(dir, 'pid'), dir);

/** The same of its registry. */
export const registryPid = (dir: string): number | undefined => pidOf(join(dir, 'registry.pid'), dir);

const pidOf = (file: string, dir: string): number | undefined => {
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, 'utf8'));
  if (!pid || !isAlive(pid)) return undefined;
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir) ? pid : undefined;
};

/** Shims that an engine which was restarted did not find again; known by the socket of its own containerd. */
const endShims = (dir: string): void => {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (words[0]?.endsWith('containerd-shim-runc-v2') && words.some((word) => word.startsWith(`${dir}/`)))
        process.kill(Number(pid), 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
};

/** Removes what an ended engine left: shims, mounts below its folder, then the folder. */
export const removeEngineDir = (dir: string): void => {
  endShims(dir);
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((path) => path.startsWith(`${dir}/`));
  for (const path of mounts.reverse()) spawnSync('umount', ['-l', path]);
  rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
};

/** An engine for a test run: the one that answers, or a private one, installed first where that is possible. */
export const acquireEngine = async (log: (line: string) => void): Promise<Engine> => {
  const found = await findEngine();
  if (found) return foreignEngine(found);
  installEngine(log);
  log('starting a private Docker Engine');
  return startEngine({ name: 'engine' });
};
