/**
 * A pod's /etc/resolv.conf from its dnsPolicy and dnsConfig. Pure.
 * @see https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
 */
import type { Pod } from '#schema/core/pod.ts';
import type { ResolvConf } from './dns/upstream.ts';

const MAX_NAMESERVERS = 3;
const MAX_SEARCH = 32;

export interface ClusterDns {
  /** Absent while this node cannot serve cluster DNS: pods then get the machine's servers. */
  readonly nameserver?: string;
  readonly domain: string;
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

const baseFor = (pod: Pod, host: ResolvConf, cluster: ClusterDns): ResolvConf => {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { nameservers: [], search: [], options: [] };
  const wantsCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork);
  if (!wantsCluster || cluster.nameserver === undefined) return host;
  const { domain } = cluster;
  return {
    nameservers: [cluster.nameserver],
    search: unique([`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...host.search]),
    options: ['ndots:5'],
  };
};

const mergeOptions = (base: readonly string[], extra: readonly { name?: string; value?: string }[]): string[] => {
  const byName = new Map(base.map((option) => [option.split(':')[0]!, option]));
  for (const { name, value } of extra) {
    if (name) byName.set(name, value === undefined ? name : `${name}:${value}`);
  }
  return [...byName.values()];
};

export const podResolvConf = (pod: Pod, host: ResolvConf, cluster: ClusterDns): string => {
  const base = baseFor(pod, host, cluster);
  const extra = pod.spec?.dnsConfig;
  const nameservers = unique([...base.nameservers, ...(extra?.nameservers ?? [])]).slice(0, MAX_NAMESERVERS);
  const search = unique([...base.search, ...(extra?.searches ?? [])]).slice(0, MAX_SEARCH);
  const options = mergeOptions(base.options, extra?.options ?? []);
  return [
    ...nameservers.map((server) => `nameserver ${server}`),
    ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
    ...(options.length > 0 ? [`options ${options.join(' ')}`] : []),
    '',
  ].join('\n');
};
