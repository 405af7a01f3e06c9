/**
 * Connects a sandbox to the pod bridge with a veth pair of the agent's own. Docker's bridge driver does the same for more than half of a pod's whole
 * start (it runs its own large binary again as a hook for each sandbox), so it is left out where this host lets the agent do it: the pod network is a
 * bridge of this cluster that the agent sees, and a sandbox's process is one of this host's. Elsewhere (`pod network in a virtual machine, no rights`)
 * sandboxes join the network the ordinary way.
 *
 * The host's end is put on the bridge last: an end found there means that all before it was done.
 */
import { readFile, readlink } from 'node:fs/promises';
import { type RunCommand, runCommand } from '../../network/command.ts';
import { type Engine, isNotFound } from './engine.ts';
import { LABEL, type Labels } from './identity.ts';
import { pauseImage } from './pause-image.ts';
import { createPodAddresses, hardwareAddressOf, type PodAddresses, prefixLengthOf } from './pod-addresses.ts';

export interface PodBridge {
  readonly bridge: string;
  readonly cidr: string;
  readonly gateway: string;
  readonly mtu: number;
}

interface NetworkInspection {
  readonly Driver: string;
  readonly Labels?: Labels | null;
  readonly IPAM?: { readonly Config?: readonly { readonly Subnet?: string; readonly Gateway?: string }[] | null };
  readonly Options?: Labels | null;
}

const DEFAULT_MTU = 1500;
const BRIDGE_OPTION = 'com.docker.network.bridge.name';
const MTU_OPTION = 'com.docker.network.driver.mtu';

/** The bridge behind a Docker network that this cluster made; undefined when it is none, or not one of this host's. */
export const readPodBridge = async (engine: Engine, network: string, clusterUid: string): Promise<PodBridge | undefined> => {
  try {
    const { Driver, Labels: labels, IPAM, Options: options } = await engine.call<NetworkInspection>('GET', `/networks/${network}`);
    const { Subnet: cidr, Gateway: gateway } = IPAM?.Config?.[0] ?? {};
    const bridge = options?.[BRIDGE_OPTION];
    if (Driver !== 'bridge' || labels?.[LABEL.cluster] !== clusterUid || !bridge || !cidr || !gateway || cidr.includes(':'))
      return undefined;
    const devices = await readFile('/proc/net/dev', 'utf8').catch(() => '');
    if (!devices.split('\n').some((line) => line.trim().startsWith(`${bridge}:`))) return undefined;
    return { bridge, cidr, gateway, mtu: Number(options[MTU_OPTION] ?? DEFAULT_MTU) };
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};

/** The host's end of a sandbox's pair; 14 of the 15 characters that the kernel allows. */
export const linkName = (sandboxId: string): string => `kv${sandboxId.slice(0, 12)}`;

const insideOf = (pid: number): string[] => [`--net=/proc/${pid}/ns/net`, '--', 'ip', '-batch', '-'];

/** @throws Error when `pid` is no process with a network of its own. */
const mustBeApart = async (pid: number): Promise<void> => {
  const [own, other] = await Promise.all([readlink('/proc/self/ns/net'), readlink(`/proc/${pid}/ns/net`)]);
  if (own === other) throw new Error(`process ${pid} has no network of its own`);
};

export interface SandboxLink {
  readonly id: string;
  readonly pid: number;
  readonly address: string;
}

/** Not idempotent: see `reconnect`. */
export const connectSandbox = async (run: RunCommand, pods: PodBridge, { id, pid, address }: SandboxLink): Promise<void> => {
  await mustBeApart(pid);
  const name = linkName(id);
  const { mtu } = pods;
  const inside = [
    `link add name eth0 mtu ${mtu} address ${hardwareAddressOf(address)} type veth peer name ${name} mtu ${mtu} netns ${process.pid}`,
    `addr add ${address}/${prefixLengthOf(pods.cidr)} brd + dev eth0`,
    'link set dev eth0 up',
    `route add default via ${pods.gateway} dev eth0`,
  ];
  await run('nsenter', insideOf(pid), `${inside.join('\n')}\n`);
  // Hairpin: a pod may reach itself through a service.
  const outside = [
    `link set dev ${name} up`,
    `link set dev ${name} master ${pods.bridge}`,
    `link set dev ${name} type bridge_slave hairpin on`,
  ];
  await run('ip', ['-batch', '-'], `${outside.join('\n')}\n`);
};

/** Again, after an agent that ended in the middle of it. */
export const reconnectSandbox = async (run: RunCommand, pods: PodBridge, link: SandboxLink): Promise<void> => {
  // The pair goes as a whole.
  await run('ip', ['link', 'del', linkName(link.id)]).catch(() => '');
  await connectSandbox(run, pods, link);
};

/** Names of the interfaces on the bridge. */
export const connectedLinks = async (run: RunCommand, bridge: string): Promise<ReadonlySet<string>> => {
  const links = JSON.parse((await run('ip', ['-j', 'link', 'show', 'master', bridge])) || '[]') as { ifname?: string }[];
  return new Set(links.flatMap(({ ifname }) => ifname ?? []));
};

/** Tries, with a container that is gone afterwards, whether this agent may connect sandboxes of this engine. */
export const mayConnectSandboxes = async (engine: Engine, clusterUid: string, run: RunCommand = runCommand): Promise<boolean> => {
  const { Id: id } = await engine.call<{ Id: string }>('POST', '/containers/create', {
    body: {
      Image: pauseImage,
      Labels: { [LABEL.cluster]: clusterUid, [LABEL.role]: 'probe' },
      NetworkDisabled: true,
      HostConfig: { NetworkMode: 'none', LogConfig: { Type: 'none' } },
    },
  });
  try {
    await engine.call('POST', `/containers/${id}/start`);
    const { State } = await engine.call<{ State: { Pid: number } }>('GET', `/containers/${id}/json`);
    await mustBeApart(State.Pid);
    const name = linkName(id);
    await run('nsenter', insideOf(State.Pid), `link add name eth0 type veth peer name ${name} netns ${process.pid}\n`);
    await run('ip', ['link', 'del', name]);
    return true;
  } catch {
    return false;
  } finally {
    await engine.call('DELETE', `/containers/${id}`, { query: { force: true } }).catch(() => {});
  }
};

export interface SandboxLinks extends PodBridge {
  readonly addresses: PodAddresses;
  connect(link: SandboxLink): Promise<void>;
  reconnect(link: SandboxLink): Promise<void>;
  connected(): Promise<ReadonlySet<string>>;
}

export const sandboxLinks = (pods: PodBridge, run: RunCommand = runCommand): SandboxLinks => ({
  ...pods,
  addresses: createPodAddresses(pods.cidr),
  connect: (link) => connectSandbox(run, pods, link),
  reconnect: (link) => reconnectSandbox(run, pods, link),
  connected: () => connectedLinks(run, pods.bridge),
});
