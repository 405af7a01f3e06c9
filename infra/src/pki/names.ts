/** The names and addresses that the cluster's certificates carry. */
import { hostname, networkInterfaces } from 'node:os';

export interface CertificateNames {
  readonly dns: readonly string[];
  readonly ips: readonly string[];
}

const inCluster = ['kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local'];

/** The n-th address of a CIDR: ('10.128.0.0/16', 1) -> 10.128.0.1. */
export const addressAt = (cidr: string, n: number): string => {
  const base = (cidr.split('/')[0] as string).split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) + n;
  return [24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.');
};

/** Bridges and veth pairs come and go with containers; their addresses are nobody's way to the API. */
const isVirtual = (name: string): boolean => /^(docker|br-|veth|kg-|virbr|cni|flannel)/.test(name);

/** Addresses of the machine that a client may use, sorted; no link-local ones. */
export const machineAddresses = (interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces()): string[] =>
  Object.entries(interfaces)
    .filter(([name]) => !isVirtual(name))
    .flatMap(([, list]) => list ?? [])
    .map(({ address }) => address)
    .filter((address) => !address.startsWith('fe80:') && !address.startsWith('169.254.'))
    .sort();

/** For the API server: this machine by every name and address. */
export const serverNames = (addresses: readonly string[] = machineAddresses()): CertificateNames => ({
  dns: [...new Set(['localhost', hostname().toLowerCase(), ...inCluster])],
  ips: [...new Set(['127.0.0.1', '::1', ...addresses])],
});

/** For the node, which ends TLS for the `kubernetes` Service inside the cluster: those names alone. */
export const serviceNames = (serviceCIDR: string): CertificateNames => ({ dns: inCluster, ips: [addressAt(serviceCIDR, 1)] });
