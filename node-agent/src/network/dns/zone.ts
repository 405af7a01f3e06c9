/**
 * The cluster's DNS zone as a value, built from the node's view. Names are lower case without the trailing dot. Pure.
 * @see https://github.com/kubernetes/dns/blob/master/docs/specification.md
 */
import type { Service } from '#schema/core/service.ts';
import type { EndpointSlice } from '#schema/discovery/endpoint-slice.ts';

export interface SrvRecord {
  readonly port: number;
  readonly target: string;
}

export interface Zone {
  /** `cluster.local` */
  readonly domain: string;
  readonly a: ReadonlyMap<string, readonly string[]>;
  readonly srv: ReadonlyMap<string, readonly SrvRecord[]>;
  readonly cname: ReadonlyMap<string, string>;
  /** By reversed address: `10.0.128.10.in-addr.arpa`. */
  readonly ptr: ReadonlyMap<string, readonly string[]>;
  /** Names that exist only as parents (`ns.svc.cluster.local`): no records, but no NXDOMAIN. */
  readonly parents: ReadonlySet<string>;
}

interface Draft {
  a: Map<string, string[]>;
  srv: Map<string, SrvRecord[]>;
  cname: Map<string, string>;
  ptr: Map<string, string[]>;
  parents: Set<string>;
}

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
};

export const reverseName = (ip: string): string => `${ip.split('.').reverse().join('.')}.in-addr.arpa`;

/** 10.1.2.3 -> 10-1-2-3, the label of an endpoint without a hostname. */
const dashed = (ip: string): string => ip.replaceAll('.', '-');

const addParents = (draft: Draft, name: string, domain: string): void => {
  for (let at = name.indexOf('.'); at > 0; at = name.indexOf('.', at + 1)) {
    const parent = name.slice(at + 1);
    if (parent === domain || !parent.endsWith(domain)) return;
    draft.parents.add(parent);
  }
};

const addA = (draft: Draft, name: string, ip: string, domain: string): void => {
  const known = draft.a.get(name);
  if (known?.includes(ip)) return;
  push(draft.a, name, ip);
  addParents(draft, name, domain);
};

const addSrv = (draft: Draft, base: string, name: string | undefined, protocol: string, record: SrvRecord, domain: string): void => {
  if (!name) return;
  const srvName = `_${name}._${protocol.toLowerCase()}.${base}`;
  const known = draft.srv.get(srvName);
  if (known?.some((r) => r.target === record.target && r.port === record.port)) return;
  push(draft.srv, srvName, record);
  addParents(draft, srvName, domain);
};

const addHeadless = (draft: Draft, service: Service, base: string, slices: readonly EndpointSlice[], domain: string): void => {
  const all = service.spec?.publishNotReadyAddresses ?? false;
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const endpoint of slice.endpoints ?? []) {
      if (!all && endpoint.conditions?.ready === false) continue;
      for (const ip of endpoint.addresses ?? []) {
        const target = `${endpoint.hostname || dashed(ip)}.${base}`;
        addA(draft, base, ip, domain);
        addA(draft, target, ip, domain);
        if (endpoint.hostname) push(draft.ptr, reverseName(ip), target);
        for (const port of slice.ports ?? []) {
          if (port.port !== undefined) addSrv(draft, base, port.name, port.protocol ?? 'TCP', { port: port.port, target }, domain);
        }
      }
    }
  }
};

const addService = (draft: Draft, service: Service, slices: readonly EndpointSlice[], domain: string): void => {
  const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${domain}`;
  if (service.spec?.type === 'ExternalName') {
    draft.cname.set(base, (service.spec.externalName ?? '').toLowerCase().replace(/\.$/, ''));
    addParents(draft, base, domain);
    return;
  }
  const ip = service.spec?.clusterIP;
  if (!ip) return;
  if (ip === 'None') {
    addParents(draft, `x.${base}`, domain);
    addHeadless(draft, service, base, slices, domain);
    return;
  }
  if (ip.includes(':')) return;
  addA(draft, base, ip, domain);
  push(draft.ptr, reverseName(ip), base);
  for (const port of service.spec?.ports ?? [])
    addSrv(draft, base, port.name, port.protocol ?? 'TCP', { port: port.port, target: base }, domain);
};

export const buildZone = (services: readonly Service[], slices: readonly EndpointSlice[], domain: string): Zone => {
  const draft: Draft = {
    a: new Map(),
    srv: new Map(),
    cname: new Map(),
    ptr: new Map(),
    parents: new Set([domain, `svc.${domain}`, `pod.${domain}`]),
  };
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (name) push(byService, `${slice.metadata.namespace}/${name}`, slice);
  }
  for (const service of services)
    addService(draft, service, byService.get(`${service.metadata.namespace}/${service.metadata.name}`) ?? [], domain);
  return { domain, ...draft };
};
