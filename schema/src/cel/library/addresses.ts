/** Kubernetes' IP addresses and CIDR blocks: `ip("10.0.0.1")`, `cidr("10.0.0.0/8").containsIP("10.1.2.3")`. */
import { parseCIDR, parseIP } from '../../validation/ip.ts';
import { CelError } from '../errors.ts';
import type { Library } from '../overloads.ts';
import type { Opaque } from '../values.ts';

const IP = 'net.IP';
const CIDR = 'net.CIDR';

/** An IPv4 address in the clothes of an IPv6 one: two texts for one address. */
const isMapped = (bytes: readonly number[]): boolean =>
  bytes.length === 16 && bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;

const format = (bytes: readonly number[]): string => {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i]! << 8) | bytes[2 * i + 1]!).toString(16));
  // the longest run of zeros, the first of equal ones
  const runs = [
    ...groups
      .map((group) => (group === '0' ? '0' : 'x'))
      .join('')
      .matchAll(/0{2,}/g),
  ];
  const best = runs.reduce<RegExpMatchArray | undefined>(
    (found, run) => (found && found[0].length >= run[0].length ? found : run),
    undefined,
  );
  if (!best) return groups.join(':');
  return `${groups.slice(0, best.index).join(':')}::${groups.slice(best.index! + best[0].length).join(':')}`;
};

class Address implements Opaque {
  readonly opaque = IP;
  readonly bytes: readonly number[];
  constructor(bytes: readonly number[]) {
    this.bytes = bytes;
  }
  key(): string {
    return format(this.bytes);
  }
}

class Block implements Opaque {
  readonly opaque = CIDR;
  readonly bytes: readonly number[];
  readonly bits: number;
  constructor(bytes: readonly number[], bits: number) {
    this.bytes = bytes;
    this.bits = bits;
  }
  key(): string {
    return `${format(this.bytes)}/${this.bits}`;
  }
}

const parsedIP = (text: string): Address | undefined => {
  const bytes = parseIP(text);
  return bytes && !isMapped(bytes) ? new Address(bytes) : undefined;
};

const parsedCIDR = (text: string): Block | undefined => {
  const found = parseCIDR(text);
  return found && !isMapped(found.address) ? new Block(found.address, found.bits) : undefined;
};

const addressOf = (text: string): Address => {
  const found = parsedIP(text);
  if (!found) throw new CelError(`IP Address '${text.slice(0, 100)}' parse error during conversion from string`);
  return found;
};

const blockOf = (text: string): Block => {
  const found = parsedCIDR(text);
  if (!found) throw new CelError(`network address parse error during conversion from string: "${text.slice(0, 100)}"`);
  return found;
};

const masked = (bytes: readonly number[], bits: number): number[] =>
  bytes.map((byte, i) => byte & (256 - 2 ** (8 - Math.min(8, Math.max(0, bits - i * 8)))));

const holds = (block: Block, bytes: readonly number[], bits: number): boolean =>
  bytes.length === block.bytes.length &&
  bits >= block.bits &&
  String(masked(bytes, block.bits)) === String(masked(block.bytes, block.bits));

const holdsIP = (block: Block, { bytes }: Address): boolean => holds(block, bytes, bytes.length * 8);
const holdsCIDR = (block: Block, inner: Block): boolean => holds(block, inner.bytes, inner.bits);

const isUnspecified = ({ bytes }: Address): boolean => bytes.every((byte) => byte === 0);
const isLoopback = ({ bytes }: Address): boolean => (bytes.length === 4 ? bytes[0] === 127 : format(bytes) === '::1');
const isMulticast = ({ bytes }: Address): boolean => (bytes.length === 4 ? (bytes[0]! & 0xf0) === 0xe0 : bytes[0] === 0xff);
const isLinkLocalUnicast = ({ bytes: [a = 0, b = 0, ...rest] }: Address): boolean =>
  rest.length === 2 ? a === 169 && b === 254 : a === 0xfe && (b & 0xc0) === 0x80;
const isLinkLocalMulticast = ({ bytes: [a = 0, b = 0, c = 0, ...rest] }: Address): boolean =>
  rest.length === 1 ? a === 224 && b === 0 && c === 0 : a === 0xff && (b & 0x0f) === 2;
const isGlobalUnicast = (ip: Address): boolean =>
  !isUnspecified(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip) && String(ip.bytes) !== '255,255,255,255';

export const addresses: Library = {
  [`ip(string): ${IP}`]: ([text]) => addressOf(text),
  'isIP(string): bool': ([text]) => parsedIP(text) !== undefined,
  'ip.isCanonical(string): bool': ([text]) => addressOf(text).key() === text,
  [`string(${IP}): string`]: ([ip]) => ip.key(),
  [`${IP}.family(): int`]: ([ip]) => (ip.bytes.length === 4 ? 4n : 6n),
  [`${IP}.isUnspecified(): bool`]: ([ip]) => isUnspecified(ip),
  [`${IP}.isLoopback(): bool`]: ([ip]) => isLoopback(ip),
  [`${IP}.isLinkLocalMulticast(): bool`]: ([ip]) => isLinkLocalMulticast(ip),
  [`${IP}.isLinkLocalUnicast(): bool`]: ([ip]) => isLinkLocalUnicast(ip),
  [`${IP}.isGlobalUnicast(): bool`]: ([ip]) => isGlobalUnicast(ip),
  [`cidr(string): ${CIDR}`]: ([text]) => blockOf(text),
  'isCIDR(string): bool': ([text]) => parsedCIDR(text) !== undefined,
  [`string(${CIDR}): string`]: ([block]) => block.key(),
  [`${CIDR}.containsIP(${IP}): bool`]: ([block, ip]) => holdsIP(block, ip),
  [`${CIDR}.containsIP(string): bool`]: ([block, text]) => holdsIP(block, addressOf(text)),
  [`${CIDR}.containsCIDR(${CIDR}): bool`]: ([block, inner]) => holdsCIDR(block, inner),
  [`${CIDR}.containsCIDR(string): bool`]: ([block, text]) => holdsCIDR(block, blockOf(text)),
  [`${CIDR}.ip(): ${IP}`]: ([block]) => new Address(block.bytes),
  [`${CIDR}.masked(): ${CIDR}`]: ([block]) => new Block(masked(block.bytes, block.bits), block.bits),
  [`${CIDR}.prefixLength(): int`]: ([block]) => BigInt(block.bits),
};
