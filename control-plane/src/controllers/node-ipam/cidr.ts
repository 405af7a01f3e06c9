/** A network cut into equal ranges. */
import { formatIPv4, ipAt, parseCIDR, type Range } from '../../registry/ipv4.ts';

/** @throws Error for anything that is no IPv4 range */
export const rangeOf = (cidr: string): Range => {
  const range = parseCIDR(cidr);
  if (!range) throw new Error(`${cidr} is no IPv4 range`);
  return range;
};

/** How many ranges of prefix length `mask` fit. */
export const rangeCount = (range: Range, mask: number): number => (mask < range.prefix ? 0 : 2 ** (mask - range.prefix));

export const rangeAt = (range: Range, mask: number, index: number): string =>
  `${formatIPv4(ipAt(range, index * 2 ** (32 - mask)))}/${mask}`;
