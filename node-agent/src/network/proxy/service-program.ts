/**
 * The service proxy as a value: which addresses and ports lead to which endpoints on this node. Pure; render-nft.ts and render-iptables.ts turn it
 * into rules. Endpoints are chosen as kube-proxy does: ready ones, or (when none is ready) those that still serve while terminating.
 * @see https://kubernetes.io/docs/reference/networking/virtual-ips/
 */
import type { Service } from '#schema/core/service.ts';
import type { EndpointSlice } from '#schema/discovery/endpoint-slice.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface Backend {
  readonly ip: string;
  readonly port: number;
}

export interface ProxiedPort {
  /** Stable across changes of endpoints: `namespace/service/port`. */
  readonly id: string;
  readonly protocol: Protocol;
  /** Virtual addresses: cluster IPs, external IPs, load-balancer IPs. */
  readonly addresses: readonly string[];
  readonly port: number;
  readonly nodePort?: number;
  /** Session affinity by client address; absent: none. */
  readonly affinitySeconds?: number;
  /** For traffic to a virtual address. Sorted; may be empty (then connections are refused). */
  readonly backends: readonly Backend[];
  /** For traffic from outside to the node port, under externalTrafficPolicy Local; absent: the same as `backends`. */
  readonly externalBackends?: readonly Backend[];
}

export interface ServiceProgram {
  /** Sorted by id. */
  readonly ports: readonly ProxiedPort[];
}

/** A virtual address the agent serves itself: cluster DNS, the API server. */
export interface LocalService {
  readonly id: string;
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
  readonly backend: Backend;
}

export interface ServiceInput {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly local: readonly LocalService[];
  readonly nodeName: string;
  /** Zone of this node, where it says one: endpoints may be hinted to it. */
  readonly zone?: string | undefined;
  /** Addresses of pods that are about to be stopped on this node: out of the proxy whatever the slices still say. */
  readonly draining: ReadonlySet<string>;
}

const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';

type Endpoint = NonNullable<EndpointSlice['endpoints']>[number];

interface Candidate extends Backend {
  readonly ready: boolean;
  readonly servingTerminating: boolean;
  readonly nodeName: string | undefined;
  readonly forNodes: readonly string[];
  readonly forZones: readonly string[];
}

const namesOf = (hints: readonly { readonly name: string }[] | undefined): string[] => (hints ?? []).map(({ name }) => name);

const isReady = (endpoint: Endpoint): boolean => endpoint.conditions?.ready ?? true;
const servesWhileTerminating = (endpoint: Endpoint): boolean =>
  (endpoint.conditions?.serving ?? isReady(endpoint)) && (endpoint.conditions?.terminating ?? false);

const candidatesOf = (slices: readonly EndpointSlice[], portName: string, protocol: string, draining: ReadonlySet<string>): Candidate[] => {
  const byAddress = new Map<string, Candidate>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const port = slice.ports?.find((p) => (p.name ?? '') === portName && (p.protocol ?? 'TCP') === protocol)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      const ip = endpoint.addresses?.[0];
      if (ip === undefined || draining.has(ip)) continue;
      byAddress.set(`${ip}:${port}`, {
        ip,
        port,
        ready: isReady(endpoint),
        servingTerminating: servesWhileTerminating(endpoint),
        nodeName: endpoint.nodeName,
        forNodes: namesOf(endpoint.hints?.forNodes),
        forZones: namesOf(endpoint.hints?.forZones),
      });
    }
  }
  return [...byAddress.values()];
};

const compareBackends = (a: Backend, b: Backend): number => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : a.port - b.port);

/** Ready ones, else those that serve while terminating. */
const choose = (candidates: readonly Candidate[]): Backend[] => {
  const ready = candidates.filter((c) => c.ready);
  const chosen = ready.length > 0 ? ready : candidates.filter((c) => c.servingTerminating);
  return chosen.map(({ ip, port }) => ({ ip, port })).sort(compareBackends);
};

/** Those meant for this node, else for its zone. Hints count only when every ready endpoint has one, and one is for here. */
const hinted = (all: readonly Candidate[], { nodeName, zone }: ServiceInput): readonly Candidate[] => {
  const ready = all.filter((c) => c.ready);
  for (const [here, hints] of [[nodeName, 'forNodes'] as const, [zone, 'forZones'] as const]) {
    if (here === undefined || ready.some((c) => c[hints].length === 0)) continue;
    const close = ready.filter((c) => c[hints].includes(here));
    if (close.length > 0) return close;
  }
  return all;
};

const virtualAddresses = (service: Service): string[] => {
  const { clusterIP, clusterIPs, externalIPs } = service.spec ?? {};
  const cluster = clusterIPs?.length ? clusterIPs : clusterIP ? [clusterIP] : [];
  const balancers = (service.status?.loadBalancer?.ingress ?? []).map((i) => i.ip ?? '');
  return [...new Set([...cluster, ...(externalIPs ?? []), ...balancers])].filter((ip) => ip !== '' && ip !== 'None' && !ip.includes(':'));
};

const affinityOf = (service: Service): number | undefined =>
  service.spec?.sessionAffinity === 'ClientIP' ? (service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : undefined;

const portsOf = (service: Service, slices: readonly EndpointSlice[], input: ServiceInput): ProxiedPort[] => {
  const addresses = virtualAddresses(service);
  if (service.spec?.type === 'ExternalName' || addresses.length === 0) return [];
  const affinitySeconds = affinityOf(service);
  return (service.spec?.ports ?? []).map((port) => {
    const protocol = port.protocol ?? 'TCP';
    const all = candidatesOf(slices, port.name ?? '', protocol, input.draining);
    const here = all.filter((c) => c.nodeName === input.nodeName);
    const backends = choose(service.spec?.internalTrafficPolicy === 'Local' ? here : hinted(all, input));
    return {
      id: `${service.metadata.namespace}/${service.metadata.name}/${port.name ?? ''}/${protocol.toLowerCase()}/${port.port}`,
      protocol: protocol.toLowerCase() as Protocol,
      addresses,
      port: port.port,
      ...(port.nodePort ? { nodePort: port.nodePort } : {}),
      ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
      backends,
      ...(service.spec?.externalTrafficPolicy === 'Local' ? { externalBackends: choose(here) } : {}),
    };
  });
};

/** The whole program; the same input always gives the same value, whatever the order of services and slices. */
export const planServices = (input: ServiceInput): ServiceProgram => {
  const slicesByService = new Map<string, EndpointSlice[]>();
  for (const slice of input.slices) {
    const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
    if (name === undefined) continue;
    const key = `${slice.metadata.namespace}/${name}`;
    const known = slicesByService.get(key);
    if (known) known.push(slice);
    else slicesByService.set(key, [slice]);
  }
  const localAddresses = new Set(input.local.map((l) => `${l.protocol}/${l.address}:${l.port}`));
  const ports = input.services
    .flatMap((service) => portsOf(service, slicesByService.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [], input))
    .filter((p) => !p.addresses.some((a) => localAddresses.has(`${p.protocol}/${a}:${p.port}`)));
  const local = input.local.map(
    (l): ProxiedPort => ({ id: l.id, protocol: l.protocol, addresses: [l.address], port: l.port, backends: [l.backend] }),
  );
  return { ports: [...ports, ...local].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)) };
};

/** Every backend address in use, for hairpin masquerading. */
export const backendAddresses = (program: ServiceProgram): string[] => [
  ...new Set(program.ports.flatMap((p) => [...p.backends, ...(p.externalBackends ?? [])].map((b) => b.ip))),
];
