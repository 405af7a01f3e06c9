/**
 * A fresh Debian becomes a node and stops being one, by nothing but what the control plane serves: the line that `kedge token create --join` prints, Docker by the
 * machine's own apt, the units' own ExecStart, the installed agent's commands. What limits it here: no systemd runs, so the test starts what the units name.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AgentManifest } from '#control-plane/joining/agent-files.ts';
import { buildAgent } from '#infra/node/build.ts';
import { type BareMachine, createBareMachine } from '../harness/bare-machine.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { loadImage } from '../harness/images.ts';
import { nodePath, repoDir } from '../harness/paths.ts';
import { waitFor } from '../harness/process.ts';

const node = 'bare-1';
const unit = '/etc/systemd/system/kedge-agent.service';
let cluster: TestCluster;
let machine: BareMachine;
type Started = ReturnType<BareMachine['start']>;
let running: Started | undefined;

const kedge = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const all = ['--disable-warning=ExperimentalWarning', join(repoDir, 'infra/src/cli.ts'), ...args, '--kubeconfig', cluster.kubeconfig];
    execFile(nodePath, all, { env: { PATH: process.env.PATH } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });

/** As the machine reaches it. */
const server = (): string => cluster.url.replace('127.0.0.1', machine.gateway);

/** The printed line, as root types it. */
const joinLine = async (): Promise<string> => {
  const { stdout } = await kedge('token', 'create', '--join', '--server', server(), '--json');
  return (JSON.parse(stdout).line as string).replace('| sudo sh', '| sh');
};

/** What a unit starts, as systemd would start it; `first`: what systemd does before. */
const execStart = (unit: string, first = ''): string => `eval "exec ${first} $(sed -n s/^ExecStart=//p ${unit})"`;

/** The services that apt installed. */
const startDocker = async (): Promise<void> => {
  const units = '/lib/systemd/system';
  const containerd = machine.start(execStart(`${units}/containerd.service`));
  await waitFor('containerd', () => containerd.output().includes('successfully booted'), { intervalMs: 50 });
  const socket = `systemd-socket-activate -l $(sed -n s/^ListenStream=//p ${units}/docker.socket)`;
  const dockerd = machine.start(execStart(`${units}/docker.service`, socket));
  await waitFor('the engine that apt installed', async () => (await machine.docker.ping()).toString() === 'OK', { intervalMs: 50 }).catch(
    (error: Error) => {
      throw new Error(`${error.message}\n${dockerd.output().split('\n').slice(-8).join('\n')}`);
    },
  );
};

/** The unit's command. Resolves with the milliseconds until the control plane shows the node as Ready. */
const startAgent = async (): Promise<number> => {
  const startedAt = performance.now();
  running = machine.start(execStart(unit));
  const readyStatus = ['-o', 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'];
  const isReady = async (): Promise<boolean> => (await cluster.kubectl(['get', 'node', node, ...readyStatus])).stdout === 'True';
  await waitFor('the node to be Ready', async () => running?.output().includes('the node is Ready') && (await isReady()), {
    intervalMs: 50,
  });
  return performance.now() - startedAt;
};
const stopAgent = async (): Promise<void> => {
  await running?.stop();
  running = undefined;
};

/** In order: the certificate of the control plane carries the addresses that the machine has when it starts. */
beforeAll(async () => {
  machine = await createBareMachine(node);
  cluster = await startCluster({ name: 'join', withoutAgent: true });
  await buildAgent(cluster.folder.agent, { withRuntime: true, registry: 'https://registry.example/' });
  // the fresh Debian may have to be made first
}, 600_000);
afterAll(async () => {
  await machine?.dispose();
  await cluster?.stop();
});

it('says what it would do, and does none of it', async () => {
  const { code, output } = await machine.run(`${await joinLine()} --dry-run`);
  expect([code, output]).toEqual([0, expect.stringContaining(`would join as node ${node}`)]);
  expect(output).toContain('would install docker.io nftables iproute2 iptables conntrack\n');
  expect((await machine.run(`ls -d /opt/kedge /var/lib/kedge ${unit} /usr/sbin/dockerd /usr/sbin/nft 2>/dev/null`)).output).toBe('');
});

it('trusts no other CA than the line pins, and takes no odd words', async () => {
  const line = await joinLine();
  const other = line.replace(/echo "[0-9a-f]{64}/, `echo "${'0'.repeat(64)}`);
  expect((await machine.run(other)).code).not.toBe(0);
  for (const [odd, why] of [
    ["--node-name 'a;b'", 'the node name has characters that do not belong there'],
    ["--node-name '$(touch /tmp/owned)'", 'the node name has characters that do not belong there'],
    ["--server 'https://x y'", '--server has characters that do not belong there'],
    ["--docker-host 'unix:///x y'", '--docker-host has characters that do not belong there'],
    ['--what', 'unknown option --what'],
    ['--node-name', '--node-name needs a value'],
  ]) {
    const { code, output } = await machine.run(`${line} ${odd}`);
    expect([odd, code, output]).toEqual([odd, 1, expect.stringContaining(why as string)]);
  }
  expect((await machine.run(line.replace('| sh -s', '| setpriv --reuid 65534 sh -s'))).output).toContain('kedge: run this as root');
  expect((await machine.run(line.replace(/ --token .*/, ''))).output).toContain('kedge: --token is missing');
  expect((await machine.run('ls -d /opt/kedge /tmp/owned 2>/dev/null')).output).toBe('');
});

it('installs Docker and the agent with the printed line', async () => {
  const startedAt = performance.now();
  const { code, output } = await machine.run(await joinLine());
  console.log(`installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
  expect([code, output]).toEqual([0, expect.stringContaining(`Joined as node ${node}`)]);
  expect(output).toContain('Installing docker.io nftables iproute2 iptables conntrack ...\n');
  expect(output).toContain('there is no systemd to start it: start dockerd before the agent');
  expect((await machine.run('dpkg-query -s docker.io nftables conntrack | grep ^Status')).output).toBe(
    'Status: install ok installed\n'.repeat(3),
  );
  expect((await machine.run('stat -c %a /var/lib/kedge /var/lib/kedge/token /var/lib/kedge/agent.json')).output).toBe('700\n600\n600\n');
  expect(await machine.run(`systemd-analyze verify ${unit}`)).toEqual({ code: 0, output: '' });
  await startDocker();
});

it('is Ready within 10 s of the start of its unit', async () => {
  // a busy machine may be slow once; a slow agent is slow each time
  const took: number[] = [];
  for (let tries = 0; tries < 3 && !(Math.min(...took) < 10_000); tries++) {
    await stopAgent();
    took.push(await startAgent());
  }
  expect(Math.min(...took)).toBeLessThan(10_000);
  console.log(`Ready in ${Math.min(...took).toFixed(0)} ms`);
  const status = await machine.run('/opt/kedge/bin/kedge-agent status');
  expect([status.code, status.output]).toEqual([0, expect.stringMatching(/Ready {6}True/)]);
});

it('runs a pod on the Docker that was installed', async () => {
  await loadImage(machine.docker, await buffer(await cluster.docker.getImage('nginx:1.27').get()));
  await cluster.ok('create deployment hello --image=nginx:1.27');
  await cluster.ok('wait --for=condition=Available deployment/hello --timeout=120s');
  // available is what runs, before it listens
  await waitFor('the page', async () =>
    (await cluster.ok('exec deployment/hello -- wget -qO- http://127.0.0.1')).includes('Welcome to nginx'),
  );
  expect((await machine.docker.listContainers()).map(({ Image }) => Image)).toContain('nginx:1.27');
});

it('is safe to run again, with a token and without', async () => {
  const line = await joinLine();
  const before = await machine.run('readlink /opt/kedge/current; cat /var/lib/kedge/machine-key');
  expect((await machine.run(line)).output).toContain(`Joined as node ${node}`);
  expect((await machine.run(line.replace(/ --token .*/, ''))).output).toContain('This machine has joined already');
  expect(await machine.run('readlink /opt/kedge/current; cat /var/lib/kedge/machine-key')).toEqual(before);
});

it('under systemd, is enabled and started, and says when the node is Ready', async () => {
  // systemd does not run here: this one writes down what it is told, and does what needs no systemd
  const systemctl = `#!/bin/sh
echo "$*" >>/root/told
case $1 in enable) exec /usr/bin/systemctl --root=/ "$@" ;; restart) sed -n s/^ExecStart=//p ${unit} >/var/lib/kedge/ready ;; esac
`;
  await machine.run(
    `mkdir -p /run/systemd/system && echo '${systemctl.replaceAll("'", `'\\''`)}' >/usr/sbin/systemctl && chmod 755 /usr/sbin/systemctl`,
  );
  const enabled = '/etc/systemd/system/multi-user.target.wants/kedge-agent.service';
  try {
    const { code, output } = await machine.run(await joinLine());
    expect([code, output]).toEqual([0, expect.stringContaining('The node is Ready; journalctl -u kedge-agent shows its log')]);
    expect((await machine.run(`cat /root/told; readlink ${enabled}`)).output.split('\n')).toEqual([
      'daemon-reload',
      'enable -q kedge-agent',
      'restart kedge-agent',
      unit,
      '',
    ]);
  } finally {
    await machine.run(`rm -rf ${enabled} /usr/sbin/systemctl /run/systemd/system`);
  }
});

it('stays with its cluster when the line of another is run', async () => {
  const ca = (await machine.run('cat /var/lib/kedge/ca.crt')).output;
  const elsewhere = await machine.run(`${await joinLine()} --server https://kedge.example.com`);
  expect([elsewhere.code, elsewhere.output]).toEqual([
    1,
    expect.stringContaining(`a node of the cluster at ${server()}: leave that first`),
  ]);
  expect((await machine.run('cat /var/lib/kedge/ca.crt')).output).toBe(ca);
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
  expect((await machine.run(`ls -d /opt/kedge /var/lib/kedge ${unit} 2>/dev/null`)).output).toBe('');
  expect(await machine.docker.listContainers({ all: true })).toEqual([]);
  await cluster.ok('delete deployment hello');
});

it('is shown out when its credential is revoked, and cannot come back with it', async () => {
  expect((await machine.run(await joinLine())).code).toBe(0);
  await startAgent();
  const { stdout } = await kedge('token', 'list', '--json');
  const { id } = (JSON.parse(stdout) as { id: string; user: string }[]).find(({ user }) => user === `system:node:${node}`)!;
  expect((await kedge('token', 'revoke', id)).stdout).toContain('Revoked');
  await waitFor('the end of its connection', () => running?.output().includes('the credential was revoked'));
  const isRefused = async () => (await machine.run('/opt/kedge/bin/kedge-agent status')).output.includes('Unauthorized');
  await waitFor('a refusal', isRefused, { intervalMs: 1000 });
  // the machine cannot take the name again behind the admin's back
  const line = await joinLine();
  const again = await machine.run(line);
  expect([again.code, again.output]).toEqual([1, expect.stringContaining(`kedge node leave ${node}`)]);
  expect((await kedge('node', 'leave', node, '--force')).stdout).toContain('is out of the cluster');
  const removed = await machine.run(line.replace(/--token .*/, '--uninstall --force'));
  expect([removed.code, removed.output]).toEqual([0, expect.stringContaining(`Node ${node} has left`)]);
  expect((await machine.run(`ls -d /opt/kedge /var/lib/kedge ${unit} 2>/dev/null`)).output).toBe('');
});
