import { randomUUID } from 'node:crypto';
import Docker from 'dockerode';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeNodeNetwork } from '../../network/cleanup.ts';
import { runCommand } from '../../network/command.ts';
import { ensurePodBridge } from '../../network/docker-network.ts';
import type { SandboxSpec } from '../runtime.ts';
import { createContainerRuntime, type DockerRuntime } from './docker-runtime.ts';
import { linkName } from './sandbox-link.ts';

// Outside the ranges that clusters choose from.
const CIDR = '10.203.77.0/24';
const docker = new Docker();
let clusterUid: string;
let runtime: DockerRuntime;
let network: string;
let self: { clusterUid: string; nodeName: string; isNode: (name: string) => boolean };
const stop = new AbortController();

const open = () => createContainerRuntime({ docker, clusterUid, network });

beforeEach(async () => {
  clusterUid = randomUUID();
  self = { clusterUid, nodeName: 'n1', isNode: () => true };
  ({ network } = await ensurePodBridge(docker, { ...self, podCIDR: CIDR }));
  runtime = open();
  // Where the engine may not lower OOM scores, finding that out is a start that fails, and an engine that ends one may take the output of another that begins.
  await runtime.prepare();
});

afterEach(async () => {
  const { sandboxes, containers } = await runtime.listPods();
  await Promise.all(containers.map(({ id }) => runtime.removeContainer(id)));
  await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
  await removeNodeNetwork(docker, { clusterUid, serviceCIDR: '10.203.78.0/24' });
  expect(await docker.listNetworks({ filters: { name: [network] } })).toEqual([]);
});

const sandbox = (name: string, change: Partial<SandboxSpec> = {}): SandboxSpec => ({
  clusterUid,
  namespace: 'default',
  name,
  uid: `uid-${name}`,
  incarnation: 'i1',
  attempt: 0,
  hostname: name,
  hostNetwork: false,
  hostPID: false,
  hostIPC: false,
  shareProcessNamespace: false,
  sysctls: {},
  ports: [],
  ...change,
});

/** Until the first answer: a link that was just made may lose what is sent at once. */
const reach = (address: string) => `until ping -c 1 -W 5 ${address}; do sleep 0.2; done`;

/** Output of a script in a container that joins the sandbox. */
const inside = async (sandboxId: string, script: string): Promise<string> => {
  const container = await docker.createContainer({
    Image: 'busybox:latest',
    Cmd: ['sh', '-c', script],
    Tty: true,
    HostConfig: { NetworkMode: `container:${sandboxId}` },
  });
  try {
    await container.start();
    await container.wait();
    return (await container.logs({ stdout: true, stderr: true })).toString();
  } finally {
    await container.remove({ force: true });
  }
};

it('gives pods addresses they reach each other by, and keeps them apart from Docker’s own', async () => {
  // a host port below those that the kernel gives to connections
  const [one, two, published] = await Promise.all([
    runtime.runSandbox(sandbox('one', { sysctls: { 'net.ipv4.ip_local_port_range': '40000 40100' } }), stop.signal),
    runtime.runSandbox(sandbox('two'), stop.signal),
    runtime.runSandbox(sandbox('published', { ports: [{ containerPort: 80, hostPort: 25_871, protocol: 'TCP' }] }), stop.signal),
  ]);
  expect([one.ip, two.ip].sort()).toEqual(['10.203.77.64', '10.203.77.65']);
  // Beside the one that holds the network.
  expect(['10.203.77.2', '10.203.77.3']).toContain(published.ip);
  const seen = await inside(
    one.id,
    `hostname; ip -4 addr show eth0; ip route; cat /proc/sys/net/ipv4/ip_local_port_range; ${reach(two.ip)}; ${reach(published.ip)}`,
  );
  expect(seen).toContain('one\r\n');
  expect(seen).toContain(`${one.ip}/24`);
  expect(seen).toContain('default via 10.203.77.1 dev eth0');
  expect(seen).toContain('40000\t40100');
  expect(seen.match(/1 packets received/g)).toHaveLength(2);
});

it('keeps an address over a restart of the agent, and gives it to nobody else', async () => {
  const { id, ip } = await runtime.runSandbox(sandbox('one'), stop.signal);
  runtime = open();
  const { sandboxes } = await runtime.listPods();
  expect(sandboxes).toMatchObject([{ id, ip, ready: true }]);
  expect((await runtime.runSandbox(sandbox('one'), stop.signal)).ip).toBe(ip);
  expect((await runtime.runSandbox(sandbox('two'), stop.signal)).ip).not.toBe(ip);
  await runtime.removeSandbox(id);
  expect((await runtime.runSandbox(sandbox('three'), stop.signal)).ip).not.toBe(ip);
});

it('connects a sandbox that an agent which was killed left without', async () => {
  const { id, ip } = await runtime.runSandbox(sandbox('one'), stop.signal);
  await runCommand('ip', ['link', 'del', linkName(id)]);
  expect(await inside(id, 'ip -4 addr')).not.toContain(ip);
  runtime = open();
  expect((await runtime.listPods()).sandboxes).toMatchObject([{ id, ip, ready: true }]);
  expect(await inside(id, reach('10.203.77.1'))).toContain('1 packets received');
});

it('is a network in use to Docker, which it does not take away from under the pods', async () => {
  await runtime.runSandbox(sandbox('one'), stop.signal);
  await expect(docker.getNetwork(network).remove()).rejects.toThrow('has active endpoints');
  await expect(ensurePodBridge(docker, { ...self, podCIDR: '10.203.79.0/24' })).rejects.toThrow(
    '1 pods still have addresses of 10.203.77.0/24',
  );
  const { sandboxes } = await runtime.listPods();
  await runtime.removeSandbox(sandboxes[0]!.id);
  expect((await ensurePodBridge(docker, { ...self, podCIDR: '10.203.79.0/24' })).gateway).toBe('10.203.79.1');
});
