/** Kubernetes' semantic versions: `semver("1.2.3").isLessThan(semver("2.0.0"))`. */
import { CelError } from '../errors.ts';
import type { Library } from '../overloads.ts';
import type { Opaque } from '../values.ts';

const K = 'kubernetes.Semver';
const number = '(0|[1-9][0-9]{0,18})';
const identifier = '(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)';
const form = new RegExp(
  `^${number}\\.${number}\\.${number}(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?$`,
);
const MAX_TEXT = 256;

class Version implements Opaque {
  readonly opaque = K;
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
  readonly text: string;
  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
    this.text = numbers.join('.') + (pre.length > 0 ? `-${pre.join('.')}` : '');
  }
  key(): string {
    return this.text;
  }
}

/** A leading v goes, leading zeros too, and missing numbers are 0. */
const normalized = (text: string): string => {
  const [, numbers = '', rest = ''] = /^v?([0-9.]*)(.*)$/.exec(text) ?? [];
  const parts = numbers.split('.').map((part) => part.replace(/^0+(?=[0-9])/, ''));
  while (parts.length < 3) parts.push('0');
  return parts.join('.') + rest;
};

const parse = (text: string, normalize: boolean): Version | undefined => {
  const found = text.length > MAX_TEXT ? null : form.exec(normalize ? normalized(text) : text);
  if (!found) return undefined;
  return new Version(
    [found[1], found[2], found[3]].map((part) => BigInt(part!)),
    found[4]?.split('.') ?? [],
  );
};

const versionOf = (text: string, normalize: boolean): Version => {
  const found = parse(text, normalize);
  if (!found) throw new CelError('No Major.Minor.Patch elements found');
  return found;
};

const comparePart = (a: string, b: string): number => {
  const [left, right] = [a, b].map((part) => (/^[0-9]+$/.test(part) ? BigInt(part) : undefined));
  if (left !== undefined && right !== undefined) return left < right ? -1 : left > right ? 1 : 0;
  if (left !== undefined) return -1;
  if (right !== undefined) return 1;
  return a < b ? -1 : a > b ? 1 : 0;
};

const compare = (a: Version, b: Version): bigint => {
  for (const [i, part] of a.numbers.entries()) if (part !== b.numbers[i]) return part < b.numbers[i]! ? -1n : 1n;
  // a version before its release comes first
  if (a.pre.length === 0 || b.pre.length === 0) return BigInt(Number(b.pre.length > 0) - Number(a.pre.length > 0));
  for (let i = 0; i < Math.min(a.pre.length, b.pre.length); i++) {
    const order = comparePart(a.pre[i]!, b.pre[i]!);
    if (order !== 0) return BigInt(order);
  }
  return BigInt(Math.sign(a.pre.length - b.pre.length));
};

export const semvers: Library = {
  [`semver(string): ${K}`]: ([text]) => versionOf(text, false),
  [`semver(string, bool): ${K}`]: ([text, normalize]) => versionOf(text, normalize),
  'isSemver(string): bool': ([text]) => parse(text, false) !== undefined,
  'isSemver(string, bool): bool': ([text, normalize]) => parse(text, normalize) !== undefined,
  [`${K}.major(): int`]: ([version]) => version.numbers[0],
  [`${K}.minor(): int`]: ([version]) => version.numbers[1],
  [`${K}.patch(): int`]: ([version]) => version.numbers[2],
  [`${K}.isGreaterThan(${K}): bool`]: ([a, b]) => compare(a, b) > 0n,
  [`${K}.isLessThan(${K}): bool`]: ([a, b]) => compare(a, b) < 0n,
  [`${K}.compareTo(${K}): int`]: ([a, b]) => compare(a, b),
};
