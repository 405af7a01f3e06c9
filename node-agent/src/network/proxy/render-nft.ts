/**
 * A service program as one nftables transaction: maps from (address, protocol, port) to a chain per service port. The transaction flushes the rules and the
 * look-up maps of Kedge's own table and fills them again; affinity sets are only added, so clients stay with their pod across changes. Pure text.
 */
import type { Backend, ProxiedPort, ServiceProgram } from './service-program.ts';
import { backendAddresses } from './service-program.ts';

export interface NftOptions {
  readonly table: string;
  readonly serviceCIDR: string;
  readonly podCIDR: string;
  /** Interface of the pod network on this host. */
  readonly bridge: string;
}

/** Names this program uses; what the table holds beyond them is stale. */
export interface NftNames {
  readonly chains: ReadonlySet<string>;
  readonly sets: ReadonlySet<string>;
}

const BASE_CHAINS = ['prerouting', 'output', 'postrouting', 'forward', 'filter_output', 'guard', 'refuse', 'dispatch'] as const;

const hash = (text: string): string => {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x5bd1e995) ^ (b >>> 15);
  }
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
};

/** A hash for uniqueness, then letters a person recognises; only characters an nftables identifier may have. */
const nameOf = (prefix: string, id: string): string => `${prefix}_${hash(id)}_${id.replace(/[^a-zA-Z0-9]/g, '_').slice(0, 48)}`;

const serviceChain = (port: ProxiedPort): string => nameOf('svc', port.id);
const externalChain = (port: ProxiedPort): string => nameOf('ext', port.id);
const backendChain = (port: ProxiedPort, backend: Backend): string => nameOf('ep', `${port.id}/${backend.ip}:${backend.port}`);
const affinitySet = (port: ProxiedPort, backend: Backend): string => nameOf('aff', `${port.id}/${backend.ip}:${backend.port}`);

const union = (backends: readonly Backend[], more: readonly Backend[]): Backend[] => [
  ...new Map([...backends, ...more].map((b) => [`${b.ip}:${b.port}`, b])).values(),
];

const affinityChains = (t: string, port: ProxiedPort): string[] =>
  union(port.backends, port.externalBackends ?? []).flatMap((backend) => [
    `add set ip ${t} ${affinitySet(port, backend)} { type ipv4_addr; flags dynamic,timeout; timeout ${port.affinitySeconds}s; }`,
    `add chain ip ${t} ${backendChain(port, backend)}`,
    `add rule ip ${t} ${backendChain(port, backend)} update @${affinitySet(port, backend)} { ip saddr } meta l4proto ${port.protocol} dnat to ${backend.ip}:${backend.port}`,
  ]);

const balance = (t: string, chain: string, port: ProxiedPort, backends: readonly Backend[]): string[] => {
  const lines = [`add chain ip ${t} ${chain}`];
  if (backends.length === 0) return [...lines, `add rule ip ${t} ${chain} return`];
  if (port.affinitySeconds !== undefined) {
    for (const backend of backends) {
      lines.push(`add rule ip ${t} ${chain} ip saddr @${affinitySet(port, backend)} goto ${backendChain(port, backend)}`);
    }
    const targets = backends.map((b, i) => `${i} : goto ${backendChain(port, b)}`).join(', ');
    lines.push(`add rule ip ${t} ${chain} numgen inc mod ${backends.length} vmap { ${targets} }`);
    return lines;
  }
  const only = backends.length === 1 ? backends[0] : undefined;
  const target = only
    ? `${only.ip}:${only.port}`
    : `numgen inc mod ${backends.length} map { ${backends.map((b, i) => `${i} : ${b.ip} . ${b.port}`).join(', ')} }`;
  lines.push(`add rule ip ${t} ${chain} meta l4proto ${port.protocol} dnat to ${target}`);
  return lines;
};

const elements = (t: string, set: string, values: readonly string[]): string[] =>
  values.length === 0 ? [] : [`add element ip ${t} ${set} { ${values.join(', ')} }`];

/** What the program needs in the table. */
export const nftNames = (program: ServiceProgram): NftNames => {
  const chains = new Set<string>(BASE_CHAINS);
  const sets = new Set<string>();
  for (const port of program.ports) {
    chains.add(serviceChain(port));
    if (port.externalBackends) chains.add(externalChain(port));
    if (port.affinitySeconds === undefined) continue;
    for (const backend of union(port.backends, port.externalBackends ?? [])) {
      chains.add(backendChain(port, backend));
      sets.add(affinitySet(port, backend));
    }
  }
  return { chains, sets };
};

/** The transaction. `present`: chains and affinity sets the table holds now; those no longer used are deleted in it. */
export const renderNft = (program: ServiceProgram, options: NftOptions, present: NftNames): string => {
  const t = options.table;
  const names = nftNames(program);
  const portKey = (port: ProxiedPort, address: string): string =>
    `${address} . ${port.protocol} . ${port.port} : goto ${serviceChain(port)}`;
  const lines = [
    `add table ip ${t}`,
    `add map ip ${t} services { type ipv4_addr . inet_proto . inet_service : verdict; }`,
    `add map ip ${t} node_ports { type inet_proto . inet_service : verdict; }`,
    `add set ip ${t} hairpin { type ipv4_addr . ipv4_addr; }`,
    `flush map ip ${t} services`,
    `flush map ip ${t} node_ports`,
    `flush set ip ${t} hairpin`,
    `flush table ip ${t}`,
    ...[...present.chains].filter((c) => !names.chains.has(c)).map((c) => `delete chain ip ${t} ${c}`),
    ...[...present.sets].filter((s) => !names.sets.has(s)).map((s) => `delete set ip ${t} ${s}`),
    `add chain ip ${t} guard { type filter hook prerouting priority raw; policy accept; }`,
    `add chain ip ${t} prerouting { type nat hook prerouting priority dstnat - 5; policy accept; }`,
    `add chain ip ${t} output { type nat hook output priority -105; policy accept; }`,
    `add chain ip ${t} postrouting { type nat hook postrouting priority srcnat - 5; policy accept; }`,
    `add chain ip ${t} forward { type filter hook forward priority filter - 5; policy accept; }`,
    `add chain ip ${t} filter_output { type filter hook output priority filter - 5; policy accept; }`,
    `add chain ip ${t} refuse`,
    `add chain ip ${t} dispatch`,
    // 127.0.0.1:NODEPORT needs route_localnet on the bridge; this keeps pods from reaching the host's loopback through it.
    `add rule ip ${t} guard iifname ${options.bridge} ip daddr 127.0.0.0/8 drop`,
    `add rule ip ${t} refuse meta l4proto tcp reject with tcp reset`,
    `add rule ip ${t} refuse reject with icmp type port-unreachable`,
    `add rule ip ${t} dispatch ip daddr . meta l4proto . th dport vmap @services`,
    `add rule ip ${t} dispatch fib daddr type local meta l4proto . th dport vmap @node_ports`,
    `add rule ip ${t} prerouting jump dispatch`,
    `add rule ip ${t} output jump dispatch`,
    `add rule ip ${t} postrouting ip saddr . ip daddr @hairpin masquerade`,
    `add rule ip ${t} postrouting ip saddr 127.0.0.0/8 oifname ${options.bridge} masquerade`,
    // A virtual address nothing stands behind answers at once instead of timing out.
    `add rule ip ${t} forward ip daddr ${options.serviceCIDR} jump refuse`,
    `add rule ip ${t} filter_output ip daddr ${options.serviceCIDR} jump refuse`,
  ];
  for (const port of program.ports) {
    if (port.affinitySeconds !== undefined) lines.push(...affinityChains(t, port));
    lines.push(...balance(t, serviceChain(port), port, port.backends));
    if (port.externalBackends) lines.push(...balance(t, externalChain(port), port, port.externalBackends));
  }
  lines.push(
    ...elements(
      t,
      'services',
      program.ports.flatMap((port) => port.addresses.map((address) => portKey(port, address))),
    ),
    ...elements(
      t,
      'node_ports',
      program.ports.flatMap((port) =>
        port.nodePort === undefined
          ? []
          : [`${port.protocol} . ${port.nodePort} : goto ${port.externalBackends ? externalChain(port) : serviceChain(port)}`],
      ),
    ),
    ...elements(
      t,
      'hairpin',
      backendAddresses(program).map((ip) => `${ip} . ${ip}`),
    ),
  );
  return `${lines.join('\n')}\n`;
};
