/**
 * A real image registry (Debian's docker-registry) on loopback, the mirror of Docker Hub for a private engine: `docker pull nginx` then works without
 * the internet, and pull policies, missing images and back-off are real. Its storage is kept under tests/.cache between runs.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { cacheDir } from './paths.ts';
import { forgetProcess, ownProcess, stopProcess, waitFor } from './process.ts';

export const registryPackages = ['docker-registry'] as const;

export interface Registry {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

const storage = join(cacheDir, 'registry');

/** `prefix` is an argv prefix (network namespace); `owned` false lets it outlive this process. */
export const startRegistry = async (options: {
  dir: string;
  port: number;
  prefix?: readonly string[];
  owned?: boolean;
}): Promise<Registry> => {
  const { dir, port, prefix = [] } = options;
  mkdirSync(storage, { recursive: true });
  const config = join(dir, 'registry.json');
  // YAML is a superset of JSON.
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'warn' },
      storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
      http: { addr: `127.0.0.1:${port}`, secret: 'not used by a single registry' },
    }),
  );
  const log = openSync(join(dir, 'registry.log'), 'a');
  const [command, ...args] = [...prefix, 'docker-registry', 'serve', config];
  const child = spawn(command as string, args, { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  const pid = child.pid as number;
  writeFileSync(join(dir, 'registry.pid'), String(pid));
  if (options.owned !== false) ownProcess(pid);
  await waitFor(
    'docker-registry',
    () =>
      readFileSync(`/proc/${pid}/net/tcp`, 'utf8').includes(
        `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 00000000:0000 0A`,
      ),
    {
      giveUp: () => (child.exitCode != null ? `it ended with ${child.exitCode}` : undefined),
      intervalMs: 20,
    },
  );
  return {
    pid,
    port,
    stop: async () => {
      await stopProcess(pid);
      forgetProcess(pid);
    },
  };
};

const stream = (docker: Docker, progress: NodeJS.ReadableStream): Promise<void> =>
  new Promise((resolve, reject) =>
    docker.modem.followProgress(progress, (error, output: { error?: string }[]) => {
      const refused = error?.message ?? output?.find((line) => line.error)?.error;
      if (refused) reject(new Error(refused));
      else resolve();
    }),
  );

/** Puts an image the engine has into the registry under its Docker Hub name, unless the registry has this recipe of it already. */
export const publish = async (docker: Docker, port: number, tags: readonly string[], recipe: string): Promise<void> => {
  const marker = join(storage, `${tags[0]?.replace(':', '_')}-${recipe}`);
  if (existsSync(marker)) return;
  for (const name of tags) {
    const [repository, tag] = name.split(':');
    const repo = `127.0.0.1:${port}/library/${repository}`;
    await docker.getImage(name).tag({ repo, tag: tag as string });
    await stream(docker, await docker.getImage(`${repo}:${tag}`).push({ authconfig: { username: '', password: '', serveraddress: '' } }));
    await docker.getImage(`${repo}:${tag}`).remove();
  }
  writeFileSync(marker, '');
};
