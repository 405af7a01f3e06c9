/** Path elements: how list items are named, and how a path is printed. */
import { getOwn, isObject } from '../dsl/own.ts';
import type { ListSchema } from './type-schema.ts';

/** An item cannot be named: it lacks a key, or is not of the list's type. */
export class ElementError extends Error {
  override readonly name = 'ElementError';
}

export const fieldElement = (name: string): string => `f:${name}`;

/** The element of an item of a set or map list. @throws ElementError */
export const itemElement = (list: ListSchema, item: unknown): string => {
  if (list.listType === 'set') {
    if (item === undefined || item === null) throw new ElementError('associative list with set semantics has a null element');
    return `v:${JSON.stringify(item)}`;
  }
  if (!isObject(item)) throw new ElementError('associative list with keys may not have non-map elements');
  const named: Record<string, unknown> = {};
  for (const key of [...list.keys].sort()) {
    const value = getOwn(item, key) ?? list.keyDefault(key);
    // an item without one of the keys is another item than one with it
    if (value !== undefined && value !== null) named[key] = value;
  }
  if (Object.keys(named).length === 0) {
    const keys = `[${list.keys.map((key) => JSON.stringify(key)).join(' ')}]`;
    throw new ElementError(
      `associative list with keys has an element that omits all key fields ${keys} (and doesn't have default values for any key fields)`,
    );
  }
  return `k:${JSON.stringify(named)}`;
};

/** As `itemElement`; an item without a name gets its place in the list. For stored data, which is taken as it is. */
export const knownElement = (list: ListSchema, item: unknown, index: number): string => {
  try {
    return itemElement(list, item);
  } catch (error) {
    if (!(error instanceof ElementError)) throw error;
    return `i:${index}`;
  }
};

const formatElement = (element: string): string => {
  const text = element.slice(2);
  if (element.startsWith('f:')) return `.${text}`;
  if (element.startsWith('i:')) return `[${text}]`;
  if (element.startsWith('v:')) return `[=${text}]`;
  const named = JSON.parse(text) as Record<string, unknown>;
  return `[${Object.keys(named)
    .map((key) => `${key}=${JSON.stringify(named[key])}`)
    .join(',')}]`;
};

/** `.spec.containers[name="app"].image`. */
export const formatPath = (path: readonly string[]): string => path.map(formatElement).join('');
