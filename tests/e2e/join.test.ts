/**
 * A bare machine becomes a node and stops being one, by nothing but what the control plane serves: the line that `kedge token create --join` prints, the unit's own
 * ExecStart, the installed agent's commands. What limits it here: no systemd runs, and Docker and its network are the test engine's.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AgentManifest } from '#control-plane/joining/agent-files.ts';
import { removeCluster } from '#infra/cluster/remove.ts';
import { buildAgent } from '#infra/node/build.ts';
import { type BareMachine, createBareMachine } from '../harness/bare-machine.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';

const node = 'bare-1';
let cluster: TestCluster;
let machine: BareMachine;
let running: ReturnType<BareMachine['start']> | undefined;

const kedge = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', join(repoDir, 'infra/src/cli.ts'), ...args, '--kubeconfig', cluster.kubeconfig];
    execFile(nodePath, all, { env: { PATH: process.env.PATH } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** The printed line, as root types it. */
const joinLine = async (): Promise<string> => {
  const { stdout } = await kedge('token', 'create', '--join', '--server', cluster.url, '--json');
  return (JSON.parse(stdout).line as string).replace('| sudo sh', '| sh');
};
const options = () => `--node-name ${node} --docker-host ${machine.dockerHost}`;

const readyStatus = async (): Promise<string> =>
  (await cluster.kubectl(['get', 'node', node, '-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'])).stdout;

/** The unit's command, as systemd would run it. Resolves with the milliseconds until the control plane shows the node as Ready. */
const startAgent = async (): Promise<number> => {
  const startedAt = performance.now();
  running = machine.start('exec $(sed -n s/^ExecStart=//p /etc/systemd/system/kedge-agent.service)');
  await waitFor('the node to be Ready', async () => running?.output().includes('the node is Ready') && (await readyStatus()) === 'True', {
    intervalMs: 50,
  });
  return performance.now() - startedAt;
};
const stopAgent = async (): Promise<void> => {
  await running?.stop();
  running = undefined;
};

beforeAll(async () => {
  [cluster, machine] = await Promise.all([
    startCluster({ name: 'join', withoutAgent: true }),
    createBareMachine(process.env.DOCKER_HOST as string),
  ]);
  await buildAgent(cluster.folder.agent, { withRuntime: true, registry: 'https://registry.example/' });
});
afterAll(async () => {
  await stopAgent();
  await machine?.dispose();
  if (cluster) await removeCluster(cluster.docker, { ...cluster.identity, nodeName: node }, cluster.folder);
  await cluster?.stop();
});

it('says what it would do, and does none of it', async () => {
  const { code, output } = await machine.run(`${await joinLine()} ${options()} --dry-run`);
  expect([code, output]).toEqual([0, expect.stringContaining(`would join as node ${node}`)]);
  expect((await machine.run('ls /opt/kedge /var/lib/kedge /etc/systemd/system/kedge-agent.service')).code).not.toBe(0);
});

it('trusts no other CA than the line pins, and takes no odd words', async () => {
  const line = await joinLine();
  const other = line.replace(/echo "[0-9a-f]{64}/, `echo "${'0'.repeat(64)}`);
  expect((await machine.run(other)).code).not.toBe(0);
  for (const [odd, why] of [
    ["--node-name 'a;b'", 'the node name has characters that do not belong there'],
    ["--node-name '$(touch /tmp/owned)'", 'the node name has characters that do not belong there'],
    ["--docker-host 'unix:///x y'", '--docker-host has characters that do not belong there'],
    ['--what', 'unknown option --what'],
    ['--node-name', '--node-name needs a value'],
  ]) {
    const { code, output } = await machine.run(`${line} ${odd}`);
    expect([odd, code, output]).toEqual([odd, 1, expect.stringContaining(why as string)]);
  }
  expect((await machine.run('ls /opt/kedge /tmp/owned')).code).not.toBe(0);
});

it('becomes a node with the printed line, Ready within 10 s of the start of its unit', async () => {
  const { code, output } = await machine.run(`${await joinLine()} ${options()}`);
  expect([code, output]).toEqual([0, expect.stringContaining(`Joined as node ${node}`)]);
  expect((await machine.run('stat -c %a /var/lib/kedge /var/lib/kedge/token /var/lib/kedge/agent.json')).output).toBe('700\n600\n600\n');
  // a busy machine may be slow once; a slow agent is slow each time
  const took: number[] = [];
  for (let tries = 0; tries < 3 && !(Math.min(...took) < 10_000); tries++) {
    await stopAgent();
    took.push(await startAgent());
  }
  expect(Math.min(...took)).toBeLessThan(10_000);
  const status = await machine.run('/opt/kedge/bin/kedge-agent status');
  expect([status.code, status.output]).toEqual([0, expect.stringMatching(/Ready {6}True/)]);
});

it('is safe to run again, with a token and without', async () => {
  const line = await joinLine();
  const before = await machine.run('readlink /opt/kedge/current; cat /var/lib/kedge/machine-key');
  expect((await machine.run(`${line} ${options()}`)).output).toContain(`Joined as node ${node}`);
  expect((await machine.run(line.replace(/ --token .*/, ''))).output).toContain('This machine has joined already');
  expect(await machine.run('readlink /opt/kedge/current; cat /var/lib/kedge/machine-key')).toEqual(before);
});

it('goes back by itself to the agent before, when a new one is not Ready', async () => {
  const manifestFile = join(cluster.folder.agent, 'manifest.json');
  const text = readFileSync(manifestFile, 'utf8');
  const manifest = JSON.parse(text) as AgentManifest;
  const broken = 'throw new Error("broken");\n';
  const agent = { file: 'agent-broken.mjs', sha256: createHash('sha256').update(broken).digest('hex'), bytes: broken.length };
  writeFileSync(join(cluster.folder.agent, agent.file), broken);
  writeFileSync(manifestFile, JSON.stringify({ ...manifest, version: '0.1.99', agent }));
  try {
    const good = (await machine.run('readlink /opt/kedge/current')).output;
    expect((await machine.run('/opt/kedge/bin/kedge-agent upgrade')).output).toContain('restart it, and it is on trial');
    expect((await machine.run('readlink /opt/kedge/current')).output).toContain('0.1.99-');
    await stopAgent();
    await startAgent();
    expect((await machine.run('readlink /opt/kedge/current')).output).toBe(good);
    expect((await machine.run('cat /var/lib/kedge/returned')).output).toMatch(/0\.1\.99-.*: it ended by itself/);
    expect((await machine.run('ls /var/lib/kedge/trial')).code).not.toBe(0);
  } finally {
    writeFileSync(manifestFile, text);
  }
});

it('leaves: drained, unknown to the cluster, nothing left on the machine', async () => {
  const { code, output } = await machine.run('/opt/kedge/bin/kedge-agent leave');
  expect([code, output]).toEqual([0, expect.stringContaining(`Node ${node} has left`)]);
  await stopAgent();
  expect((await cluster.kubectl(['get', 'node', node])).stderr).toContain('NotFound');
  expect((await machine.run('ls -d /opt/kedge /var/lib/kedge /etc/systemd/system/kedge-agent.service 2>/dev/null')).output).toBe('');
});

it('is shown out when its credential is revoked, and cannot come back with it', async () => {
  expect((await machine.run(`${await joinLine()} ${options()}`)).code).toBe(0);
  await startAgent();
  const { stdout } = await kedge('token', 'list', '--json');
  const { id } = (JSON.parse(stdout) as { id: string; user: string }[]).find(({ user }) => user === `system:node:${node}`)!;
  expect((await kedge('token', 'revoke', id)).stdout).toContain('Revoked');
  await waitFor('the end of its connection', () => running?.output().includes('the credential was revoked'));
  await waitFor('a refusal', async () => (await machine.run('/opt/kedge/bin/kedge-agent status')).output.includes('Unauthorized'));
  // the machine cannot take the name again behind the admin's back
  const again = await machine.run(`${await joinLine()} ${options()}`);
  expect([again.code, again.output]).toEqual([1, expect.stringContaining(`kedge node leave ${node}`)]);
  expect((await kedge('node', 'leave', node, '--force')).stdout).toContain('is out of the cluster');
});
