/** Functions of text: those of the standard and upstream's extension. Positions are in code points. */
import { quote } from '../../validation/errors.ts';
import { type Budget, CelError, noSuchOverload } from '../errors.ts';
import type { Library } from '../overloads.ts';
import { charactersOf, indexIn } from '../text.ts';
import type { Value } from '../values.ts';
import { formatText } from './string-format.ts';

const sought = (text: string, part: string, budget: Budget): void => budget.text(text.length + part.length);

/** `from`: where to begin; the last position that counts when looking backwards. */
const find = (text: string, part: string, budget: Budget, { from, last = false }: { from?: bigint; last?: boolean }): bigint => {
  sought(text, part, budget);
  const all = charactersOf(text, budget);
  const start = from === undefined ? undefined : indexIn(from, all.length);
  if (part === '') return BigInt(start ?? (last ? all.length : 0));
  const units = (count: number) => (typeof all === 'string' ? count : all.slice(0, count).join('').length);
  const at = last ? text.lastIndexOf(part, start === undefined ? undefined : units(start)) : text.indexOf(part, units(start ?? 0));
  if (at < 0 || typeof all === 'string') return BigInt(at);
  return BigInt([...text.slice(0, at)].length);
};

const slice = (text: string, from: bigint, to: bigint | undefined, budget: Budget): string => {
  const all = charactersOf(text, budget);
  const start = indexIn(from, all.length);
  const end = to === undefined ? all.length : indexIn(to, all.length);
  if (end < start) throw new CelError(`invalid substring range. start: ${start}, end: ${end}`);
  const cut = all.slice(start, end);
  return typeof cut === 'string' ? cut : cut.join('');
};

const lower = (text: string): string => text.replace(/[A-Z]+/g, (found) => found.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (found) => found.toUpperCase());

/** Go's Split and Replace treat an empty text as standing between all characters. */
const split = (text: string, by: string, limit: bigint, budget: Budget): string[] => {
  sought(text, by, budget);
  if (limit === 0n) return [];
  const parts = by === '' ? [...text] : text.split(by);
  budget.spend(parts.length);
  if (limit < 0n || BigInt(parts.length) <= limit) return parts;
  const most = Number(limit);
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(by)];
};

const replace = (text: string, from: string, to: string, limit: bigint, budget: Budget): string => {
  sought(text, from, budget);
  if (limit === 0n) return text;
  const parts = from === '' ? ['', ...[...text], ''] : text.split(from);
  const gaps = parts.length - 1;
  const count = limit < 0n || BigInt(gaps) < limit ? gaps : Number(limit);
  budget.text(text.length + count * to.length);
  if (count === gaps) return parts.join(to);
  return [parts.slice(0, count + 1).join(to), ...parts.slice(count + 1)].join(from);
};

const join = (list: readonly Value[], by: string, budget: Budget): string => {
  for (const item of list) {
    if (typeof item !== 'string') throw noSuchOverload();
    budget.text(item.length + by.length + 1);
  }
  return list.join(by);
};

// what Unicode calls white space; a byte order mark is none
const trim = (text: string): string => text.replace(/^[^\S\ufeff]+/, '').replace(/[^\S\ufeff]+$/, '');

export const strings: Library = {
  'string.contains(string): bool': ([text, part], { budget }) => {
    sought(text, part, budget);
    return text.includes(part);
  },
  'string.startsWith(string): bool': ([text, part], { budget }) => {
    budget.text(part.length);
    return text.startsWith(part);
  },
  'string.endsWith(string): bool': ([text, part], { budget }) => {
    budget.text(part.length);
    return text.endsWith(part);
  },
  'string.charAt(int): string': ([text, i], { budget }) => {
    const all = charactersOf(text, budget);
    return all[indexIn(i, all.length)] ?? '';
  },
  'string.indexOf(string): int': ([text, part], { budget }) => find(text, part, budget, {}),
  'string.indexOf(string, int): int': ([text, part, from], { budget }) => find(text, part, budget, { from }),
  'string.lastIndexOf(string): int': ([text, part], { budget }) => find(text, part, budget, { last: true }),
  'string.lastIndexOf(string, int): int': ([text, part, from], { budget }) => find(text, part, budget, { from, last: true }),
  'list<string>.join(): string': ([list], { budget }) => join(list, '', budget),
  'list<string>.join(string): string': ([list, by], { budget }) => join(list, by, budget),
  'string.lowerAscii(): string': ([text], { budget }) => {
    budget.text(text.length);
    return lower(text);
  },
  'string.upperAscii(): string': ([text], { budget }) => {
    budget.text(text.length);
    return upper(text);
  },
  'string.replace(string, string): string': ([text, from, to], { budget }) => replace(text, from, to, -1n, budget),
  'string.replace(string, string, int): string': ([text, from, to, limit], { budget }) => replace(text, from, to, limit, budget),
  'string.split(string): list<string>': ([text, by], { budget }) => split(text, by, -1n, budget),
  'string.split(string, int): list<string>': ([text, by, limit], { budget }) => split(text, by, limit, budget),
  'string.substring(int): string': ([text, from], { budget }) => slice(text, from, undefined, budget),
  'string.substring(int, int): string': ([text, from, to], { budget }) => slice(text, from, to, budget),
  'string.trim(): string': ([text], { budget }) => {
    budget.text(text.length);
    return trim(text);
  },
  'string.reverse(): string': ([text], { budget }) => {
    budget.text(text.length);
    return [...text].reverse().join('');
  },
  'strings.quote(string): string': ([text], { budget }) => {
    budget.text(text.length);
    return quote(text.toWellFormed());
  },
  'string.format(list<dyn>): string': ([text, args], { budget }) => formatText(text, args, budget),
};
