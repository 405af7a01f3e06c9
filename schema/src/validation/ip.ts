/**
 * IP addresses and CIDR blocks as texts, as Go's `netip` reads them: no leading zeros in IPv4, `::` at most once, no zone.
 */
import type { FieldError } from '../resource.ts';
import { invalid } from './errors.ts';

const octet = /^(?:0|[1-9][0-9]{0,2})$/;

/** The four or sixteen bytes of an address, or undefined. */
export const parseIP = (text: string): number[] | undefined =>
  text.length > 45 ? undefined : text.includes(':') ? parseV6(text) : parseV4(text);

const parseV4 = (text: string): number[] | undefined => {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => octet.test(part) && Number(part) <= 255)) return undefined;
  return parts.map(Number);
};

const parseV6 = (text: string): number[] | undefined => {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => groups(half));
  if (!head || (halves.length === 2 && !tail)) return undefined;
  if (!tail) return head.length === 16 ? head : undefined;
  const missing = 16 - head.length - tail.length;
  return missing >= 2 ? [...head, ...new Array<number>(missing).fill(0), ...tail] : undefined;
};

const groups = (text: string): number[] | undefined => {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const v4 = i === parts.length - 1 ? parseV4(part) : undefined;
      if (!v4) return undefined;
      out.push(...v4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      const n = Number.parseInt(part, 16);
      out.push(n >> 8, n & 255);
    }
  }
  return out.length > 16 ? undefined : out;
};

export const isIPv4 = (text: string): boolean => parseIP(text)?.length === 4;
export const isIPv6 = (text: string): boolean => parseIP(text)?.length === 16;

export interface Cidr {
  readonly address: number[];
  readonly bits: number;
}

/** An address and a prefix length, or undefined. The address may have bits set beyond the prefix. */
export const parseCIDR = (text: string): Cidr | undefined => {
  const slash = text.indexOf('/');
  const address = slash < 0 ? undefined : parseIP(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (!address || !/^(?:0|[1-9][0-9]{0,2})$/.test(bits) || Number(bits) > address.length * 8) return undefined;
  return { address, bits: Number(bits) };
};

/** Whether the block holds the address. False when either is malformed. */
export const cidrContains = (cidr: string, ip: string): boolean => {
  const block = parseCIDR(cidr);
  const address = parseIP(ip);
  if (!block || address?.length !== block.address.length) return false;
  return address.every((b, i) => {
    const kept = Math.min(8, Math.max(0, block.bits - i * 8));
    const mask = 256 - 2 ** (8 - kept);
    return (b & mask) === (block.address[i]! & mask);
  });
};

export const validateIP = (field: string, text: string): FieldError[] =>
  parseIP(text) ? [] : [invalid(field, text, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];

export const validateCIDR = (field: string, text: string): FieldError[] =>
  parseCIDR(text) ? [] : [invalid(field, text, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
