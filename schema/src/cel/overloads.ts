/**
 * Functions by name, each with overloads written as signatures: `string.contains(string): bool`, `size(list<T>): int`. Capital letters are
 * parameters of the signature. Libraries are read when the first expression is compiled, not when the program starts.
 */
import type { Budget } from './errors.ts';
import { type CelType, listOf, mapOf, optionalOf, simpleTypes } from './types.ts';
import { CelMap, typeNameOf, type Value } from './values.ts';

export interface CallContext {
  readonly budget: Budget;
}

/** Arguments begin with the receiver of a method. They fit the signature, elements of lists apart. */
export type Implementation = (args: readonly any[], context: CallContext) => Value;

/** Implementations by signature. */
export type Library = Readonly<Record<string, Implementation>>;

export interface Overload {
  readonly method: boolean;
  readonly parameters: readonly CelType[];
  readonly result: CelType;
  readonly call: Implementation;
}

const signature = /^(?:([\w.<>, ]+?)\.)?([^\s(.]+)\(([^)]*)\): (.+)$/;

/** @throws Error for a signature that is none: a mistake of this program */
const parseType = (text: string): CelType => {
  const known = simpleTypes.get(text);
  if (known) return known;
  if (/^[A-Z]$/.test(text)) return { kind: 'param', name: text };
  const composed = /^(list|map|optional)<(.+)>$/.exec(text);
  if (!composed) return { kind: 'opaque', name: text };
  if (composed[1] === 'list') return listOf(parseType(composed[2]!));
  if (composed[1] === 'optional') return optionalOf(parseType(composed[2]!));
  const [key = '', value = ''] = composed[2]!.split(', ', 2);
  return mapOf(parseType(key), parseType(value));
};

/** What stands before the dot of a function that is no method. */
const namespaces: ReadonlySet<string> = new Set(['format', 'ip', 'optional', 'sets', 'strings']);

/** Types inside of brackets keep their commas. */
const splitParameters = (text: string): string[] => (text === '' ? [] : text.split(/, (?![^<]*>)/));

export type Functions = ReadonlyMap<string, readonly Overload[]>;

export const readLibraries = (libraries: readonly Library[]): Functions => {
  const functions = new Map<string, Overload[]>();
  for (const library of libraries) {
    for (const [text, call] of Object.entries(library)) {
      const [, before, last = '', parameters = '', result = ''] = signature.exec(text) ?? [];
      const receiver = before !== undefined && namespaces.has(before) ? undefined : before;
      const name = receiver === before ? last : `${before}.${last}`;
      const types = [...(receiver ? [receiver] : []), ...splitParameters(parameters)].map(parseType);
      const overload: Overload = { method: receiver !== undefined, parameters: types, result: parseType(result), call };
      const known = functions.get(name);
      if (known) known.push(overload);
      else functions.set(name, [overload]);
    }
  }
  return functions;
};

/** Whether a value may stand for a parameter; of what lists and maps hold the implementation judges. */
export const takesValue = (parameter: CelType, value: Value): boolean => {
  switch (parameter.kind) {
    case 'param':
      return true;
    case 'list':
      return Array.isArray(value);
    case 'map':
    case 'object':
      return value instanceof CelMap;
    case 'optional':
      return typeNameOf(value) === 'optional_type';
    default:
      return parameter.name === 'dyn' || parameter.name === typeNameOf(value);
  }
};
