/**
 * What stands behind `npm start` and `npm run down`: infra/bootstrap.mjs passes signals and exit codes on, the folder is its owner's alone, another cluster's
 * and anybody else's containers are left alone. up.test.ts has the commands themselves.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson } from '#infra/cluster/folder.ts';
import type { ClusterIdentity } from '#infra/cluster/identity.ts';
import { removeCluster } from '#infra/cluster/remove.ts';
import { dockerAt } from '../harness/engine.ts';
import { freePort } from '../harness/free-port.ts';
import { kubectl } from '../harness/kubectl.ts';
import { repoDir } from '../harness/paths.ts';
import { forgetProcess, ownProcess, waitFor } from '../harness/process.ts';

const docker = dockerAt(process.env.DOCKER_HOST as string);
const scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-start-'));
const dir = join(scratch, 'k');
let port: number;

interface Running {
  readonly child: ChildProcess;
  output(): string;
  readonly ended: Promise<number | null>;
}

const kedge = (args: readonly string[], env: Record<string, string> = {}): Running => {
  const child = spawn(process.execPath, [join(repoDir, 'infra/bootstrap.mjs'), ...args], {
    cwd: scratch,
    env: { ...process.env, KEDGE_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid as number;
  ownProcess(pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      forgetProcess(pid);
      resolve(code);
    }),
  );
  return { child, ended, output: () => output };
};

/** Runs a command that must end by itself. */
const run = async (args: readonly string[], env?: Record<string, string>) => {
  const running = kedge(args, env);
  return { code: await running.ended, output: running.output() };
};

const up = async (...args: string[]): Promise<Running> => {
  const running = kedge(['up', ...args]);
  await waitFor('Kedge is up', () => running.output().includes('Kedge is up'), {
    timeoutMs: 120_000,
    giveUp: () => (running.child.exitCode === null ? undefined : `it ended with ${running.child.exitCode}\n${running.output()}`),
  });
  return running;
};

const ctrlC = async ({ child, ended }: Running): Promise<number | null> => {
  child.kill('SIGINT');
  return ended;
};

const ok = async (args: string): Promise<string> => {
  const { stdout, stderr, code } = await kubectl(join(dir, 'kubeconfig'), args);
  if (code !== 0) throw new Error(`kubectl ${args} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
};

const identity = () => readJson<ClusterIdentity>(join(dir, 'cluster.json')) as ClusterIdentity;
const ownContainers = () => docker.listContainers({ all: true, filters: { label: [`kedge.dev/cluster=${identity().clusterUid}`] } });

beforeAll(async () => {
  port = await freePort();
});

afterAll(async () => {
  if (existsSync(join(dir, 'cluster.json'))) await removeCluster(docker, identity(), { node: join(dir, 'node') });
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
});

describe('a cluster from start to down', () => {
  it('comes up within seconds and says what to type next', async () => {
    const running = await up('--port', String(port));
    try {
      expect(running.output()).toContain(`export KUBECONFIG=${dir}/kubeconfig`);
      expect(running.output()).toContain('kubectl create deployment');
      expect(await ok('get --raw /livez')).toBe('ok');
      const context = await ok('config view --minify -o jsonpath={.current-context}|{.clusters[0].cluster.server}');
      expect(context).toBe(`kedge|https://127.0.0.1:${port}`);
      expect((await run(['status'])).output).toContain('Running  yes');
    } finally {
      expect(await ctrlC(running)).toBe(0);
    }
    expect(running.output()).toContain('pods keep running');
    const status = await run(['status']);
    expect([status.code, status.output]).toEqual([3, expect.stringContaining('Running  no')]);
  });

  it('keeps every file to its owner', () => {
    const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && entry.parentPath === dir);
    expect(files.length).toBeGreaterThan(5);
    const open = files.map(({ name }) => name).filter((name) => !name.startsWith('lock') && (statSync(join(dir, name)).mode & 0o077) !== 0);
    expect(open).toEqual([]);
    expect(statSync(dir).mode & 0o077).toBe(0);
  });

  it('goes down beside a running start: that ends, and nothing of the cluster is left but its folder', async () => {
    const bystander = await docker.createContainer({
      Image: 'busybox:latest',
      Cmd: ['sleep', '1000'],
      Labels: { 'kedge.dev/cluster': 'another' },
    });
    try {
      const running = await up();
      const down = await run(['down']);
      expect([down.code, down.output]).toEqual([0, expect.stringMatching(/Removed \d+ containers and 1 network /)]);
      await running.ended;
      expect(await ownContainers()).toEqual([]);
      expect(await docker.listNetworks({ filters: { label: [`kedge.dev/cluster=${identity().clusterUid}`] } })).toEqual([]);
      expect((await bystander.inspect()).State.Status).toBe('created');
      expect(existsSync(join(dir, 'data/kedge.db'))).toBe(true);
      expect((await run(['down'])).output).toContain('Removed 0 containers and 0 networks');
    } finally {
      await bystander.remove({ force: true });
    }
  });

  it('has nothing to remove where there is no cluster', async () => {
    const { code, output } = await run(['down'], { KEDGE_DIR: join(scratch, 'empty') });
    expect([code, output.trim()]).toEqual([0, `There is no cluster in ${scratch}/empty: nothing to remove.`]);
  });
});

it('says how it is used', async () => {
  const { code, output } = await run(['frobnicate']);
  expect([code, output]).toEqual([2, expect.stringContaining('usage: kedge <command>')]);
  expect((await run(['up', '--port', '99999'])).output.trim()).toBe('kedge: --port 99999: a port is a number from 1 to 65535.');
});
