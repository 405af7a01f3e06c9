/**
 * A machine that has nothing of Kedge: a root of its own in mount, pid and host-name namespaces of its own, made of this machine's `/usr` (read-only), a copy of `/etc`
 * and empty folders for everything else; no Node.js, no systemd running. Where `tests/.cache/debian-root` holds a root that debootstrap made, that one. The network is
 * the engine's: an agent works on the bridges and packet filters of its engine. Root on Linux only. What a container mounts from the machine's own folders is not
 * found by the engine, which lives outside.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { descendants } from '#infra/workers/wrangler.ts';
import { cacheDir } from './paths.ts';
import { forgetProcess, ownProcess, stopProcess, waitFor } from './process.ts';

export interface Ran {
  readonly code: number;
  readonly output: string;
}

export interface BareMachine {
  /** The engine, as its programs name it. */
  readonly dockerHost: string;
  /** One line of the shell inside; resolves when it ended. */
  run(line: string): Promise<Ran>;
  /** Starts a line that goes on. `stop`: SIGTERM to all it started, and its end. */
  start(line: string): { output(): string; stop(): Promise<void> };
  dispose(): Promise<void>;
}

/** Of `root`: what a fresh machine has, and nowhere to write but where a machine has its own. */
const setUp = (root: string, engine: string): string => `set -e
r=${root}
mount -t tmpfs -o mode=755 tmpfs $r
if [ -d ${join(cacheDir, 'debian-root')} ]; then
  cp -a ${join(cacheDir, 'debian-root')}/. $r/
else
  mkdir -p $r/usr $r/var/lib $r/root $r/opt
  for d in bin sbin lib lib64; do
    if [ -L /$d ]; then ln -s "$(readlink /$d)" $r/$d; elif [ -d /$d ]; then mkdir $r/$d; mount --rbind /$d $r/$d; fi
  done
  mount --bind /usr $r/usr
  mount -o remount,bind,ro $r/usr
  cp -a /etc $r/etc
  rm -rf $r/etc/systemd/system
  for f in /usr/bin/node /usr/local/bin/node; do [ ! -e $f ] || mount --bind /dev/null $r$f; done
fi
mkdir -p $r/proc $r/dev $r/sys $r/tmp $r/run/engine
mount --rbind /dev $r/dev
mount --rbind /sys $r/sys
mount -t proc proc $r/proc
mount --bind ${engine} $r/run/engine
echo ready >$r/tmp/up
exec sleep infinity
`;

const collected = (child: ChildProcess): (() => string) => {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return () => text;
};

export const createBareMachine = async (dockerHost: string): Promise<BareMachine> => {
  const socket = dockerHost.replace(/^unix:\/\//, '');
  const folder = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-machine-'));
  const root = join(folder, 'root');
  mkdirSync(root);
  const script = join(folder, 'set-up.sh');
  writeFileSync(script, setUp(root, dirname(socket)));
  const holder = spawn('unshare', ['--mount', '--pid', '--uts', '--fork', '--kill-child', 'sh', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = collected(holder);
  const pid = holder.pid as number;
  ownProcess(pid);
  // the first process of the namespaces
  const inside = await waitFor(
    'the bare machine',
    () => descendants(pid).find((child) => existsSync(`/proc/${child}/root${root}/tmp/up`)),
    {
      giveUp: () => (holder.exitCode === null ? undefined : said()),
    },
  );
  const enter = (line: string, detached = false): ChildProcess =>
    spawn(
      'nsenter',
      [
        '-t',
        String(inside),
        '-m',
        '-p',
        '-u',
        '--',
        'chroot',
        root,
        'env',
        '-i',
        'PATH=/usr/sbin:/usr/bin:/sbin:/bin',
        'HOME=/root',
        'sh',
        '-c',
        line,
      ],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        detached,
      },
    );
  return {
    dockerHost: `unix:///run/engine/${socket.slice(dirname(socket).length + 1)}`,
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
          await stopProcess(started);
          forgetProcess(started);
          await ended;
        },
      };
    },
    dispose: async () => {
      await stopProcess(pid, { signal: 'SIGKILL' });
      await waitFor('the end of the bare machine', () => !existsSync(`/proc/${inside}`));
      forgetProcess(pid);
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
