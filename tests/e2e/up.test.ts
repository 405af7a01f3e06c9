/** `kedge up` and `kedge down` as a person runs them: stop and start again, a start that is broken off, and one clear line for each thing that can be wrong. */
import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { clusterFolder, readJson } from '#infra/cluster/folder.ts';
import type { ClusterIdentity } from '#infra/cluster/identity.ts';
import { isRunning, type RunningProcess, readRunning } from '#infra/cluster/lock.ts';
import { dockerAt } from '../harness/engine.ts';
import { freePort } from '../harness/free-port.ts';
import { kubectl } from '../harness/kubectl.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { forgetProcess, ownProcess, waitFor } from '../harness/process.ts';
import { sweepScratch } from '../harness/sweep.ts';

let scratch: string;
let dir: string;
let port: number;
const docker = dockerAt(process.env.DOCKER_HOST as string);

const kedge = (args: readonly string[], env: Record<string, string> = {}) => {
  const child = spawn(nodePath, ['--disable-warning=ExperimentalWarning', join(repoDir, 'infra/src/cli.ts'), ...args], {
    cwd: scratch,
    env: { ...process.env, KEDGE_DIR: dir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const pid = child.pid as number;
  ownProcess(pid);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  let over: number | undefined;
  const ended = new Promise<{ code: number; output: string }>((resolve) => {
    child.on('close', (code, signal) => {
      forgetProcess(pid);
      over = code ?? 128;
      resolve({ code: signal ? 128 : (code ?? 1), output });
    });
  });
  return {
    pid,
    ended,
    says: (text: string) =>
      waitFor(`"${text}"`, () => output.includes(text), {
        intervalMs: 20,
        giveUp: () => (over !== undefined && !output.includes(text) ? `it ended with ${over}: ${output}` : undefined),
      }),
    stop: (signal: NodeJS.Signals = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
};
const up = (env?: Record<string, string>) => kedge(['up', '--port', String(port)], env);
const run = (args: string) => kubectl(join(dir, 'kubeconfig'), args, { home: scratch });
const identity = () => readJson<ClusterIdentity>(clusterFolder(dir).identity) as ClusterIdentity;
/** Pods' alone: a probe of the engine's abilities comes and goes with each start of an agent. */
const containers = async () =>
  (await docker.listContainers({ all: true, filters: { label: [`kedge.dev/cluster=${identity().clusterUid}`] } })).filter(
    ({ Labels }) => Labels['kedge.dev/role'] !== 'probe',
  );
const started = async () =>
  Object.fromEntries(
    await Promise.all((await containers()).map(async ({ Id }) => [Id, (await docker.getContainer(Id).inspect()).State.StartedAt])),
  );

/** A start that must fail: by itself, with one line and exit code 1, and with nothing left running. */
const refused = async (command: ReturnType<typeof kedge>): Promise<string> => {
  const { code, output } = await command.ended;
  const lines = output
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('kedge: '));
  expect([code, lines.length], output).toEqual([1, 1]);
  expect(output).not.toMatch(/\n {4}at /);
  return lines[0] as string;
};

beforeAll(async () => {
  scratch = mkdtempSync(join(process.env.KEDGE_TEST_SCRATCH ?? tmpdir(), 'kedge-up-'));
  dir = join(scratch, 'cluster');
  port = await freePort();
});
afterAll(async () => {
  await sweepScratch(scratch, docker);
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 });
});
/** No test leaves a process behind. */
let children: readonly RunningProcess[] = [];
const recordChildren = () => {
  children = readRunning(clusterFolder(dir))?.children ?? [];
  expect(children).toHaveLength(2);
};
afterEach(() => expect(children.filter(isRunning)).toEqual([]));

it('starts, is stopped with Ctrl-C, and finds everything as it was', async () => {
  const first = up();
  await first.says('Kedge is up');
  recordChildren();
  expect(statSync(join(dir, 'kubeconfig')).mode & 0o777).toBe(0o600);
  expect((await run('create deployment hello --image=nginx --replicas=2')).code).toBe(0);
  expect((await run('rollout status deployment/hello --timeout=120s')).code).toBe(0);
  const pods = async () => (await run('get pods -o jsonpath={range.items[*]}{.metadata.name}{.metadata.uid}{.status.podIP}{end}')).stdout;
  const [podsBefore, startedBefore] = [await pods(), await started()];
  expect(podsBefore).not.toBe('');
  const stopped = await first.stop();
  expect([stopped.code, stopped.output]).toEqual([0, expect.stringContaining('pods keep running')]);
  expect(await started()).toEqual(startedBefore);

  const second = up();
  await second.says('Kedge is up');
  recordChildren();
  expect((await run(`wait --for=condition=Ready node/${identity().nodeName} --timeout=120s`)).code).toBe(0);
  await waitFor('both pods', async () => (await run('get deployment hello -o jsonpath={.status.readyReplicas}')).stdout === '2');
  expect(await pods()).toBe(podsBefore);
  expect(await started()).toEqual(startedBefore);

  expect(await refused(up())).toContain(`in use by another Kedge (pid ${second.pid})`);

  const down = await kedge(['down']).ended;
  // two pods with a sandbox each; and what the agent tries the engine with, should that be under way
  expect([down.code, down.output]).toEqual([0, expect.stringMatching(/Removed [4-6] containers and 1 network of cluster/)]);
  expect((await second.ended).code).toBe(0);
  expect(await containers()).toEqual([]);
  expect(existsSync(join(dir, 'data'))).toBe(true);
  expect((await kedge(['down']).ended).output).toContain('Removed 0 containers');
});

it('brings the pods back after a down', async () => {
  const again = up();
  await again.says('Kedge is up');
  recordChildren();
  await waitFor(
    'both pods',
    async () => (await run('get deployment hello -o jsonpath={.status.readyReplicas}')).stdout === '2' && (await containers()).length === 4,
  );
  expect((await run('delete deployment hello --cascade=foreground')).code).toBe(0);
  expect((await again.stop('SIGTERM')).code).toBe(0);
});

it('ends what a killed start left behind', async () => {
  const killed = up();
  await killed.says('Kedge is up');
  recordChildren();
  await killed.stop('SIGKILL');
  expect(children.filter(isRunning)).toHaveLength(2);
  const next = up();
  await next.says('Kedge is up');
  expect(children.filter(isRunning)).toEqual([]);
  recordChildren();
  expect((await next.stop()).code).toBe(0);
});

it('breaks a start off', async () => {
  const starting = up();
  // Recorded when the first of the two is about to start.
  await waitFor('the start', () => readRunning(clusterFolder(dir)), { intervalMs: 5 });
  expect((await starting.stop()).code).toBe(0);
  expect(readRunning(clusterFolder(dir))).toBeUndefined();
});

it('says that the port is taken', async () => {
  const other = createServer().listen(port, '0.0.0.0');
  await new Promise((resolve) => other.once('listening', resolve));
  try {
    expect(await refused(up())).toContain(`Port ${port} is taken by another program`);
  } finally {
    await new Promise((resolve) => other.close(resolve));
  }
});

it('says that there is no Docker', async () => {
  const line = await refused(up({ DOCKER_HOST: 'unix:///nowhere/docker.sock' }));
  expect(line).toContain('No Docker Engine answers at unix:///nowhere/docker.sock');
});

it('says that the options are wrong', async () => {
  expect(await refused(kedge(['up', '--port', 'many']))).toContain('--port many: a port is a number');
  expect(await refused(kedge(['up', '--colour', 'blue']))).toContain('--colour');
});

it('refuses a newer database and a damaged one, and changes neither', async () => {
  const file = join(dir, 'data/kedge.db');
  const copy = join(scratch, 'copy.db');
  const database = new Database(file);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
  copyFileSync(file, copy);

  const newer = new Database(file);
  newer.exec(`UPDATE meta SET schema_version = 999; UPDATE settings SET value = '999' WHERE name = 'readableFrom'`);
  newer.pragma('wal_checkpoint(TRUNCATE)');
  newer.close();
  const newerBytes = readFileSync(file);
  expect(await refused(up())).toMatch(/kedge\.db was written by a newer version of Kedge .*nothing was changed/);
  expect(readFileSync(file).equals(newerBytes)).toBe(true);

  const damaged = Buffer.from(readFileSync(copy));
  damaged.fill('?', 0, 4096);
  writeFileSync(file, damaged);
  expect(await refused(up())).toMatch(/kedge\.db.*(not a database|damaged)/);
  expect(readFileSync(file).equals(damaged)).toBe(true);

  copyFileSync(copy, file);
  const healed = up();
  await healed.says('Kedge is up');
  recordChildren();
  expect((await healed.stop()).code).toBe(0);
});

it('refuses a damaged identity', async () => {
  const file = join(dir, 'cluster.json');
  const before = readFileSync(file);
  writeFileSync(file, '{ "version": 1,');
  expect(await refused(up())).toContain('cluster.json is damaged');
  writeFileSync(file, before);
});
