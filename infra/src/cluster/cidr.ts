/**
 * The networks of a new cluster: pods 10.X.0.0/16 and services 10.(X+64).0.0/16, X from 64 to 127, at random among those free of the machine's
 * routes and of Docker's networks, so that several clusters and a VPN get on with each other. A person may name a larger one for pods. IPv4 only.
 */
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type Docker from 'dockerode';
import { PersonError } from '../person-error.ts';
import { claimedNetworks } from './claim.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

const toNumber = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

/** Undefined for what is not IPv4. `10.1.2.3` counts as /32. */
const toRange = (cidr: string): Range | undefined => {
  const match = /^(\d+\.\d+\.\d+\.\d+)(?:\/(\d+))?$/.exec(cidr);
  if (!match) return undefined;
  const size = 2 ** (32 - Number(match[2] ?? 32));
  const from = Math.floor(toNumber(match[1] as string) / size) * size;
  return { from, to: from + size - 1 };
};

/** Written with its first address, its prefix within the limits. */
export const isNetwork = (cidr: string, { shortest, longest }: { shortest: number; longest: number }): boolean => {
  const [address = '', prefix = ''] = cidr.split('/');
  const octets = address.split('.').map(Number);
  if (!octets.every((octet) => octet <= 255) || !/^\d+$/.test(prefix) || Number(prefix) < shortest || Number(prefix) > longest)
    return false;
  return toRange(cidr)?.from === toNumber(address);
};

export const overlaps = (a: string, b: string): boolean => {
  const [x, y] = [toRange(a), toRange(b)];
  return x !== undefined && y !== undefined && x.from <= y.to && y.from <= x.to;
};

/**
 * `pick(n)` returns 0 .. n-1. `wanted`: the pod network a person named.
 * @throws PersonError when all 64 pairs are taken, or what the person named is
 */
export const chooseCidrs = (
  taken: readonly string[],
  pick: (n: number) => number,
  wanted?: string,
): { podCIDR: string; serviceCIDR: string } => {
  const used = wanted && taken.find((cidr) => overlaps(cidr, wanted));
  if (used)
    throw new PersonError(`podCIDR ${wanted} overlaps ${used}, which is in use on this machine: name another one in settings.yaml.`);
  const pairs = Array.from({ length: 64 }, (_, i) => ({ podCIDR: wanted ?? `10.${64 + i}.0.0/16`, serviceCIDR: `10.${128 + i}.0.0/16` }));
  const free = pairs.filter(
    ({ podCIDR, serviceCIDR }) =>
      !overlaps(podCIDR, serviceCIDR) && !taken.some((cidr) => overlaps(cidr, podCIDR) || overlaps(cidr, serviceCIDR)),
  );
  if (free.length === 0)
    throw new PersonError('No free network between 10.64.0.0 and 10.191.255.255: routes or Docker networks take them all.');
  return free[pick(free.length)] as (typeof pairs)[number];
};

/** Routes of /proc/net/route as CIDRs, without the default route. */
export const parseRoutes = (text: string): string[] =>
  text
    .trim()
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const fields = line.split('\t');
      const little = (hex: string) => (hex.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16));
      const destination = little(fields[1] ?? '').join('.');
      const bits = little(fields[7] ?? '').reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
      return bits === 0 ? [] : [`${destination}/${bits}`];
    });

/** Networks in use: the machine's routes and addresses, Docker's networks, running or not, and those of clusters that are about to start, but for `folder`'s own. */
export const takenNetworks = async (docker: Docker, folder?: string): Promise<string[]> => {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).flatMap(({ cidr }) => cidr ?? []));
  let routes: string[] = [];
  try {
    routes = parseRoutes(readFileSync('/proc/net/route', 'utf8'));
  } catch {
    // Not Linux: the addresses and Docker's networks must do.
  }
  const networks = await docker.listNetworks();
  const subnets = networks.flatMap((network) => (network.IPAM?.Config ?? []).flatMap((config) => config.Subnet ?? []));
  return [...addresses, ...routes, ...subnets, ...claimedNetworks(folder)];
};
