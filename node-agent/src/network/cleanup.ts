/** Takes everything this cluster put into the host's network away: the proxy's table or chains, the forward rule, the route and the Docker network. Idempotent. */
import type Dockerode from 'dockerode';
import { type RunCommand, runCommand } from './command.ts';
import { bridgeName, networkName, removeNetworkHolders, tableName } from './docker-network.ts';
import { removeHostRules } from './host-rules.ts';
import { createProxyApplier } from './proxy/apply.ts';

export interface NetworkRemains {
  readonly clusterUid: string;
  readonly serviceCIDR: string;
}

/** The DOCKER-USER rules that carry this cluster's comment name the pod CIDR they were made for. */
const forwardedCidrs = async (run: RunCommand, comment: string): Promise<string[]> => {
  const rules = await run('iptables', ['-w', '-S', 'DOCKER-USER']).catch(() => '');
  return rules
    .split('\n')
    .filter((line) => line.split(/\s+/).some((word) => word.replaceAll('"', '') === comment))
    .flatMap((line) => line.match(/-d (\S+)/)?.[1] ?? []);
};

/** Call it when the cluster's pods are gone: Docker refuses to remove a network in use. */
export const removeNodeNetwork = async (docker: Dockerode, remains: NetworkRemains, run: RunCommand = runCommand): Promise<void> => {
  const table = tableName(remains.clusterUid);
  const bridge = bridgeName(remains.clusterUid);
  const proxy = await createProxyApplier(run, { table, bridge, serviceCIDR: remains.serviceCIDR, podCIDR: '' }).catch(() => undefined);
  await proxy?.remove();
  for (const podCIDR of await forwardedCidrs(run, table)) {
    await removeHostRules(run, { bridge, podCIDR, serviceCIDR: remains.serviceCIDR, comment: table });
  }
  await removeNetworkHolders(docker, remains.clusterUid);
  await docker
    .getNetwork(networkName(remains.clusterUid))
    .remove()
    .catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 404) throw error;
    });
};
