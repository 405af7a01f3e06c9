/**
 * A machine that has nothing of Kedge and nothing of Docker: a fresh Debian (debian-root.ts) in memory, with mounts, processes, host name and network of its own, one
 * cable to this machine and no way further. No init system runs: a test starts what systemd would, by the units' own words. Root on Linux only.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type Docker from 'dockerode';
import { descendants } from '#infra/workers/wrangler.ts';
import { debianRoot } from './debian-root.ts';
import { dockerAt } from './engine.ts';
import { forgetProcess, ownProcess, stopProcess, waitFor } from './process.ts';

export interface Ran {
  readonly code: number;
  readonly output: string;
}

export interface BareMachine {
  /** This machine's address, as the bare one reaches it. */
  readonly gateway: string;
  /** The engine inside, once there is one. */
  readonly docker: Docker;
  /** One line of the shell inside; resolves when it ended. */
  run(line: string): Promise<Ran>;
  /** Starts a line that goes on. `stop`: SIGTERM to all it started, and its end. */
  start(line: string): { output(): string; stop(): Promise<void> };
  dispose(): Promise<void>;
}

/** The first process of the namespaces: sets up, changes over, and takes in orphans from then on. */
const setUp = (root: string, archive: string, name: string, mark: string): string => `set -e
mount -t tmpfs -o mode=755 tmpfs ${root}
cd ${root}
tar -xf ${archive} --exclude='./dev/*'
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for file in null zero full random urandom tty; do cp -a /dev/$file dev/$file; done
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
: >etc/resolv.conf
echo ${name} >etc/hostname
echo '127.0.0.1 localhost ${name}' >etc/hosts
hostname ${name}
mkdir .host
pivot_root . .host
umount -l /.host
rmdir /.host
echo ready >${mark}
exec chroot / sh -c 'trap exit TERM; sleep infinity & wait'
`;

const collected = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
};

const run = (command: string, ...args: string[]): void => void execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });

/** A cable to the namespaces of this process; it goes when they go. Two addresses of the range for tests of networks, others for every process. */
const connect = (inside: number): string => {
  const link = `kmach${inside}`;
  const at = (host: number): string => `198.18.${(inside >> 6) & 255}.${((inside & 63) << 2) + host}`;
  const within = (...args: string[]): void => run('nsenter', '-t', String(inside), '-n', 'ip', ...args);
  run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', String(inside));
  run('ip', 'addr', 'add', `${at(1)}/30`, 'dev', link);
  run('ip', 'link', 'set', link, 'up');
  // no way further
  writeFileSync(`/proc/sys/net/ipv4/conf/${link}/forwarding`, '0');
  within('link', 'set', 'lo', 'up');
  within('addr', 'add', `${at(2)}/30`, 'dev', 'eth0');
  within('link', 'set', 'eth0', 'up');
  within('route', 'add', 'default', 'via', at(1));
  return at(1);
};

/** What an engine that was killed leaves in the machine's cgroups. */
const removeCgroups = async (containers: readonly string[]): Promise<void> => {
  const mounts = readFileSync('/proc/mounts', 'utf8').matchAll(/^\S+ (\S+) cgroup2? /gm);
  const folders = [...mounts].flatMap(([, mount]) => containers.map((id) => join(mount!, 'docker', id)));
  for (const folder of folders.filter((path) => existsSync(path))) {
    await waitFor(`the end of ${folder}`, () => {
      if (existsSync(folder)) rmdirSync(folder);
      return true;
    });
  }
};

export const createBareMachine = async (name: string): Promise<BareMachine> => {
  const archive = await debianRoot(console.log);
  const folder = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-machine-'));
  const root = join(folder, 'root');
  const mark = `/run/${basename(folder)}`;
  mkdirSync(root);
  const script = join(folder, 'set-up.sh');
  writeFileSync(script, setUp(root, archive, name, mark));
  const namespaces = ['--mount', '--propagation', 'private', '--pid', '--uts', '--ipc', '--net', '--fork', '--kill-child'];
  const holder = spawn('unshare', [...namespaces, 'sh', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = collected(holder);
  const pid = holder.pid as number;
  ownProcess(pid);
  const firstProcess = (): number | undefined => descendants(pid).find((child) => existsSync(`/proc/${child}/root${mark}`));
  let inside = 0;
  const containers = (): string[] => {
    try {
      return readdirSync(`/proc/${inside}/root/var/lib/docker/containers`);
    } catch {
      // no engine, or no machine any more
      return [];
    }
  };
  const dispose = async (): Promise<void> => {
    const left = containers();
    await stopProcess(pid, { signal: 'SIGKILL' });
    if (inside > 0) await waitFor('the end of the bare machine', () => !existsSync(`/proc/${inside}`));
    for (const owned of [pid, inside]) forgetProcess(owned);
    await removeCgroups(left);
    rmSync(folder, { recursive: true, force: true });
  };
  let gateway: string;
  try {
    inside = await waitFor('the bare machine', firstProcess, {
      timeoutMs: 240_000,
      giveUp: () => (holder.exitCode === null ? undefined : said()),
    });
    // the holder does not listen to SIGTERM
    ownProcess(inside);
    gateway = connect(inside);
  } catch (error) {
    await dispose();
    throw error;
  }
  const enter = (line: string): ChildProcess => {
    const where = [
      '-t',
      String(inside),
      '-m',
      '-p',
      '-u',
      '-i',
      '-n',
      '--',
      'env',
      '-i',
      'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
      'HOME=/root',
    ];
    return spawn('nsenter', [...where, 'sh', '-c', `cd /root && ${line}`], { stdio: ['ignore', 'pipe', 'pipe'] });
  };
  return {
    gateway,
    docker: dockerAt(`unix:///proc/${inside}/root/run/docker.sock`),
    run: (line) => {
      const child = enter(line);
      const output = collected(child);
      return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => resolve({ code: code ?? 1, output: output() }));
      });
    },
    start: (line) => {
      const child = enter(line);
      const output = collected(child);
      const started = child.pid as number;
      ownProcess(started);
      const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
      return {
        output,
        stop: async () => {
          for (const below of [...descendants(started)].reverse()) await stopProcess(below);
          // nsenter stands still with what it started, and is told apart to go on
          await stopProcess(started, { signal: 'SIGCONT', timeoutMs: 1_000 });
          forgetProcess(started);
          await ended;
        },
      };
    },
    dispose,
  };
};
