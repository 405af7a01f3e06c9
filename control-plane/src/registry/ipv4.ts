/** IPv4 addresses as numbers: enough for the service range. */

export interface Range {
  /** First address. */
  readonly base: number;
  readonly prefix: number;
}

export const parseIPv4 = (text: string): number | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
};

export const formatIPv4 = (value: number): string =>
  [Math.floor(value / 0x1000000), (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');

export const cidrSize = (range: Range): number => 2 ** (32 - range.prefix);

export const ipAt = (range: Range, offset: number): number => range.base + offset;

export const parseCIDR = (text: string): Range | undefined => {
  const [address, prefix] = text.split('/');
  const value = parseIPv4(address ?? '');
  if (value === undefined || !/^\d{1,2}$/.test(prefix ?? '') || Number(prefix) > 32) return undefined;
  const size = 2 ** (32 - Number(prefix));
  return { base: Math.floor(value / size) * size, prefix: Number(prefix) };
};
