/**
 * The node's pod network: one Docker bridge network with the node's share of the pod CIDR. It carries the cluster's uid as a label, so `down` finds it.
 */
import type Dockerode from 'dockerode';
import { LABEL } from '../runtime/docker/identity.ts';
import { HOLDER_LABEL } from '../runtime/docker/network-holder.ts';

export interface PodBridge {
  /** Docker's name of the network. */
  readonly network: string;
  /** Interface on the host. */
  readonly bridge: string;
  /** The host's address on it; DNS and the API endpoint listen here. */
  readonly gateway: string;
}

const shortUid = (clusterUid: string): string => clusterUid.replaceAll('-', '').slice(0, 8);

export const networkName = (clusterUid: string): string => `kedge-${shortUid(clusterUid)}`;
/** At most 15 characters, the kernel's limit. */
export const bridgeName = (clusterUid: string): string => `kg-${shortUid(clusterUid)}`;
export const tableName = (clusterUid: string): string => `kedge_${shortUid(clusterUid)}`;

/** The first address of a CIDR: 10.64.3.0/24 -> 10.64.3.1. */
export const firstAddressOf = (cidr: string): string => {
  const [base = ''] = cidr.split('/');
  const octets = base.split('.').map(Number);
  octets[3] = (octets[3] ?? 0) + 1;
  return octets.join('.');
};

/** What keeps Docker from taking the network for unused (runtime/docker/network-holder.ts). */
export const removeNetworkHolders = async (docker: Dockerode, clusterUid: string): Promise<void> => {
  const holders = await docker.listContainers({ all: true, filters: { label: [`${HOLDER_LABEL}=${clusterUid}`] } });
  const remove = (id: string) => docker.getContainer(id).remove({ force: true });
  await Promise.all(holders.map(({ Id }) => remove(Id).catch(() => {})));
};

/** What Docker gives out itself, to pods that publish host ports; the agent gives out the rest (runtime/docker/pod-addresses.ts). */
const firstQuarterOf = (cidr: string): string => {
  const [base = '', length = '24'] = cidr.split('/');
  return `${base}/${Math.min(32, Number(length) + 2)}`;
};

/** The node whose network it is: two agents on one engine would take it from each other. */
const NODE_LABEL = 'kedge.dev/node';

interface NetworkInspection {
  Labels?: Record<string, string>;
  IPAM?: { Config?: { Subnet?: string }[] };
}

/**
 * Creates the network when it is missing. That of another node of the cluster, as `isNode` tells, is left alone, used or not.
 * @throws Error when a network of that name has another subnet and is in use, or is another node's
 */
export const ensurePodBridge = async (
  docker: Dockerode,
  { clusterUid, nodeName, podCIDR, isNode }: { clusterUid: string; nodeName: string; podCIDR: string; isNode: (name: string) => boolean },
): Promise<PodBridge> => {
  const network = networkName(clusterUid);
  const result: PodBridge = { network, bridge: bridgeName(clusterUid), gateway: firstAddressOf(podCIDR) };
  const present = (await docker
    .getNetwork(network)
    .inspect()
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode === 404) return undefined;
      throw error;
    })) as NetworkInspection | undefined;
  if (present) {
    const subnet = present.IPAM?.Config?.[0]?.Subnet;
    if (subnet === podCIDR) return result;
    const holder = present.Labels?.[NODE_LABEL];
    if (holder !== undefined && holder !== nodeName && isNode(holder))
      throw new Error(
        `this Docker Engine is node ${holder} already: one engine is one node; give this one another engine, or, if ${holder} is no more, kubectl delete node ${holder}`,
      );
    // Docker does not count pods that the agent itself connects.
    const pods = await docker.listContainers({ filters: { label: [`${LABEL.cluster}=${clusterUid}`, LABEL.address] } });
    if (pods.length > 0)
      throw new Error(
        `${pods.length} pods still have addresses of ${subnet}; if this Docker Engine is another node already: one engine is one node`,
      );
    await removeNetworkHolders(docker, clusterUid);
    await docker.getNetwork(network).remove();
  }
  await docker.createNetwork({
    Name: network,
    Driver: 'bridge',
    CheckDuplicate: true,
    Labels: { 'kedge.dev/cluster': clusterUid, [NODE_LABEL]: nodeName },
    IPAM: { Driver: 'default', Config: [{ Subnet: podCIDR, IPRange: firstQuarterOf(podCIDR), Gateway: result.gateway }] },
    Options: { 'com.docker.network.bridge.name': result.bridge },
  });
  return result;
};
