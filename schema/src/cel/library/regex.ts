/** Regular expressions: RE2, so that time grows with pattern and text and not faster. */
import { type Compiled, compilePattern } from '../../custom/pattern.ts';
import { type Budget, CelError } from '../errors.ts';
import type { Library } from '../overloads.ts';

/** Longer patterns are paid for: reading one is far dearer than a step. */
const FREE_PATTERN = 500;

/**
 * What a search costs: each character may meet each part of the pattern, a quarter of a tenth as upstream has it. A pattern that repeats itself
 * (`(a{1,30}){1,30}`) has more parts than characters.
 */
const prepared = (text: string, pattern: string, budget: Budget): Compiled => {
  budget.spend(Math.max(0, pattern.length - FREE_PATTERN) * 10 + pattern.length * 0.1);
  const found = compilePattern(pattern);
  if (typeof found === 'string') throw new CelError(`error parsing regexp: ${found}`);
  budget.spend((text.length + 1) * 0.1 * Math.max(pattern.length + 1, found.programSize()) * 0.25);
  return found;
};

const matches = (text: string, pattern: string, budget: Budget): boolean => prepared(text, pattern, budget).matcher(text).find();

const findAll = (text: string, pattern: string, limit: bigint, budget: Budget): string[] => {
  const found: string[] = [];
  const matcher = prepared(text, pattern, budget).matcher(text);
  while ((limit < 0n || BigInt(found.length) < limit) && matcher.find()) {
    budget.spend(1);
    found.push(matcher.group() ?? '');
  }
  return found;
};

export const regex: Library = {
  'string.matches(string): bool': ([text, pattern], { budget }) => matches(text, pattern, budget),
  'matches(string, string): bool': ([text, pattern], { budget }) => matches(text, pattern, budget),
  'string.find(string): string': ([text, pattern], { budget }) => findAll(text, pattern, 1n, budget)[0] ?? '',
  'string.findAll(string): list<string>': ([text, pattern], { budget }) => findAll(text, pattern, -1n, budget),
  'string.findAll(string, int): list<string>': ([text, pattern, limit], { budget }) => findAll(text, pattern, limit, budget),
};
