/**
 * Addresses of the pods whose sandboxes the agent itself connects. Pure bookkeeping; the truth is a label on each sandbox, so a restarted agent rebuilds
 * it from the engine's list. The first quarter of the node's CIDR is left to Docker's own address management (sandboxes that publish host ports), which
 * hands out the lowest free one. The next address is the one after the last given: a dead pod's address is not at once another's.
 */
export interface PodAddresses {
  /** A free address, now held. @throws Error when the node's share of the pod network is used up. */
  take(): string;
  release(address: string): void;
  /** Also held: what is found on sandboxes that exist. */
  hold(address: string): void;
}

const toNumber = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** `10.64.3.0/24` -> 24 */
export const prefixLengthOf = (cidr: string): number => Number(cidr.split('/')[1]);

/** Docker's way: a neighbour's memory of an address stays true when another pod gets it. */
export const hardwareAddressOf = (address: string): string =>
  ['02', '42', ...address.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0'))].join(':');

export const createPodAddresses = (cidr: string): PodAddresses => {
  const size = 2 ** (32 - prefixLengthOf(cidr));
  const base = Math.floor(toNumber(cidr.split('/')[0]!) / size) * size;
  const first = base + Math.max(2, Math.floor(size / 4));
  // Without the broadcast address.
  const count = base + size - 1 - first;
  const held = new Set<number>();
  let next = 0;
  return {
    take() {
      for (let tried = 0; tried < count; tried++) {
        const value = first + ((next + tried) % count);
        if (held.has(value)) continue;
        held.add(value);
        next = (next + tried + 1) % count;
        return toAddress(value);
      }
      throw new Error(`no address is free in ${cidr}`);
    },
    release: (address) => void held.delete(toNumber(address)),
    hold(address) {
      const value = toNumber(address);
      if (value < first || value >= first + count || held.has(value)) return;
      held.add(value);
      next = Math.max(next, (value - first + 1) % count);
    },
  };
};
