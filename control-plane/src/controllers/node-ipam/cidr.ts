/** IPv4 ranges as numbers. */
export interface Cidr {
  /** First address, unsigned. */
  readonly base: number;
  /** Prefix length. */
  readonly prefix: number;
}

/** @throws Error for anything that is no IPv4 range */
export const parseCidr = (text: string): Cidr => {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = match?.slice(1).map(Number) ?? [];
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) throw new Error(`${text} is no IPv4 range`);
  const address = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const base = prefix === 0 ? 0 : (address & (0xffffffff << (32 - prefix))) >>> 0;
  return { base, prefix };
};

export const formatAddress = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');

/** The address at an offset from the first. */
export const addressAt = (range: Cidr, offset: number): string => formatAddress((range.base + offset) >>> 0);

/** How many ranges of prefix length `mask` fit into `range`. */
export const cidrCount = (range: Cidr, mask: number): number => (mask < range.prefix ? 0 : 2 ** (mask - range.prefix));

export const cidrAt = (range: Cidr, mask: number, index: number): string => `${addressAt(range, index * 2 ** (32 - mask))}/${mask}`;
