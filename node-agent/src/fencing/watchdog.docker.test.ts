/** The watchdog as a process beside a real engine: it stops a container whose agent hangs or is dead, leaves others alone, and ends itself. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dockerAt } from '../runtime/docker/docker-at.ts';
import { containerLabels } from '../runtime/docker/identity.ts';
import { watchdogArgs } from './fencing.ts';
import { bootId, momentNow } from './moment.ts';
import { writePromises } from './promise-file.ts';
import { noPromises, promise } from './promises.ts';

const clusterUid = `watchdog-${process.pid}`;
const dockerHost = process.env.DOCKER_HOST;
const docker = dockerAt(dockerHost);
const program = fileURLToPath(new URL('../main.ts', import.meta.url));
let dir: string;
const made: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-watchdog-'));
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((id) => docker.getContainer(id).remove({ force: true })));
  await rm(dir, { recursive: true, force: true });
});

/** `script`: of sh, which says a line when it is as far as the test needs it. */
const run = async (uid: string, script: string): Promise<string> => {
  const pod = { clusterUid, uid, name: uid, namespace: 'default' };
  const container = await docker.createContainer({
    Image: 'busybox:latest',
    Cmd: ['sh', '-c', script],
    Labels: containerLabels({ ...pod, container: 'c', attempt: 0, specHash: '' }),
  });
  made.push(container.id);
  const output = await container.attach({ stream: true, stdout: true });
  const said = once(
    output.on('error', () => undefined),
    'data',
  );
  await container.start();
  await said;
  return container.id;
};
const stateOf = async (id: string) => (await docker.getContainer(id).inspect()).State;
const promised = (afterMs: number, graceMs: number) => {
  const promises = promise(noPromises(bootId()), 'asked', { afterMs, graceMs }, momentNow());
  writePromises(dir, { format: 1, keeper: 'k', promises });
};
const argsFor = (agentPid: number): readonly string[] => watchdogArgs(program, { dir, keeper: 'k', agentPid, clusterUid, dockerHost });

it('ends by force what an agent that hangs leaves running, and leaves when the node is removed', async () => {
  const [asked, other] = await Promise.all([run('asked', 'echo up; sleep 1000'), run('other', 'echo up; sleep 1000')]);
  promised(1, 0);
  // this process is its agent, alive and without a hand for the container
  const watchdog = spawn(process.execPath, argsFor(process.pid), { stdio: 'ignore' });
  const ended = once(watchdog, 'exit');
  await expect.poll(async () => (await stateOf(asked)).Running, { timeout: 60_000 }).toBe(false);
  expect((await stateOf(asked)).ExitCode).toBe(137);
  expect((await stateOf(other)).Running).toBe(true);
  await rm(dir, { recursive: true, maxRetries: 10 });
  await ended;
});

it('asks in time when the agent is dead, outlives a polite end, and leaves when there is nothing to watch', async () => {
  const asked = await run('asked', 'trap "exit 7" TERM; echo up; while :; do sleep 0.1; done');
  promised(1, 100_000);
  // nobody's child: its agent died at once
  const watchdog = spawn(process.execPath, argsFor(0), { stdio: 'ignore' });
  const ended = once(watchdog, 'exit');
  await expect.poll(async () => (await stateOf(asked)).Running, { timeout: 60_000 }).toBe(false);
  expect((await stateOf(asked)).ExitCode).toBe(7);
  watchdog.kill('SIGTERM');
  const promises = { ...noPromises(bootId()), pods: {} };
  writePromises(dir, { format: 1, keeper: 'k', promises });
  expect(await ended).toEqual([0, null]);
});
