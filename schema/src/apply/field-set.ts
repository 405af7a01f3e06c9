/**
 * Sets of fields in their wire form, FieldsV1: a tree of path elements (`f:name`, `k:{"name":"x"}`, `v:"x"`, `i:0`). Below the root an empty
 * node is a member; a node with children is one when it also holds `.`. The root itself is never a member, `{}` there is the empty set.
 * Sets are values: no function changes its arguments, and results may share parts with them.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import { isObject } from '../dsl/own.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}

type Children = Record<string, FieldSet>;

export const emptySet: FieldSet = {};
/** A node that is a member without children. */
export const member: FieldSet = {};

export const isEmpty = (set: FieldSet): boolean => {
  for (const _ in set) return false;
  return true;
};

/** Whether a node below the root is a member itself. */
export const isMember = (node: FieldSet): boolean => isEmpty(node) || node['.'] !== undefined;

/** A node below the root; undefined when nothing is in it. */
export const nodeOf = (isItself: boolean, children: FieldSet): FieldSet | undefined => {
  if (isEmpty(children)) return isItself ? member : undefined;
  return isItself ? { '.': member, ...children } : children;
};

/** Children of a node, without the mark of the node itself. */
export const childrenOf = (node: FieldSet): FieldSet => {
  if (node['.'] === undefined) return node;
  const { '.': _, ...rest } = node;
  return rest;
};

/** The root of a set from a node: what the node says of itself is dropped. */
export const rootOf = (node: FieldSet | undefined): FieldSet => (node ? childrenOf(node) : emptySet);

type Combine = (a: FieldSet, b: FieldSet) => FieldSet;

/** Combines two roots child by child; `onlyA` and `onlyB` say what becomes of a child the other side does not have. */
const combine = (
  a: FieldSet,
  b: FieldSet,
  rules: {
    readonly members: (a: boolean, b: boolean) => boolean;
    readonly keepA: boolean;
    readonly keepB: boolean;
    readonly inner: Combine;
  },
): FieldSet => {
  const out: Children = {};
  for (const key in a) {
    if (key === '.') continue;
    const left = a[key]!;
    const right = b[key];
    if (right === undefined) {
      if (rules.keepA) out[key] = left;
      continue;
    }
    const node = nodeOf(rules.members(isMember(left), isMember(right)), rules.inner(left, right));
    if (node) out[key] = node;
  }
  if (rules.keepB) for (const key in b) if (key !== '.' && a[key] === undefined) out[key] = b[key]!;
  return out;
};

export const union: Combine = (a, b) => {
  if (isEmpty(b) || a === b) return childrenOf(a);
  if (isEmpty(a)) return childrenOf(b);
  return combine(a, b, { members: (x, y) => x || y, keepA: true, keepB: true, inner: union });
};

export const intersection: Combine = (a, b) =>
  isEmpty(a) || isEmpty(b) ? emptySet : combine(a, b, { members: (x, y) => x && y, keepA: false, keepB: false, inner: intersection });

/** Members of `a` that are not members of `b`; children of a removed member stay. Returns `a` itself when nothing goes. */
export const difference: Combine = (a, b) => {
  if (isEmpty(b)) return a;
  let out: Children | undefined;
  for (const key in b) {
    const left = a[key];
    if (left === undefined || key === '.') continue;
    const right = b[key]!;
    const children = childrenOf(left);
    const rest = difference(children, childrenOf(right));
    const goes = isMember(left) && isMember(right);
    if (rest === children && !goes) continue;
    out ??= { ...a };
    const node = nodeOf(isMember(left) && !goes, rest);
    if (node) out[key] = node;
    else delete out[key];
  }
  return out ?? a;
};

/** As `difference`, and whatever is below a member of `b` goes too. */
export const recursiveDifference = (a: FieldSet, b: FieldSet): FieldSet => {
  if (isEmpty(b)) return a;
  const out: Children = {};
  for (const key in a) {
    if (key === '.') continue;
    const left = a[key]!;
    const right = b[key];
    if (right === undefined) out[key] = left;
    else if (!isMember(right)) {
      const node = nodeOf(isMember(left), recursiveDifference(left, right));
      if (node) out[key] = node;
    }
  }
  return out;
};

export const equalSets = (a: FieldSet, b: FieldSet): boolean => {
  if (a === b) return true;
  const left = Object.keys(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every((key) => b[key] !== undefined && equalSets(a[key]!, b[key]));
};

const isSorted = (set: FieldSet): boolean => {
  let last = '';
  for (const key in set) {
    if (key < last || !isSorted(set[key]!)) return false;
    last = key;
  }
  return true;
};

/** Keys in wire order, `.` first. Returns `set` itself, and parts of it, where they are. */
export const sorted = (set: FieldSet): FieldSet => {
  if (isSorted(set)) return set;
  const out: Children = {};
  for (const key of Object.keys(set).sort()) out[key] = sorted(set[key]!);
  return out;
};

/** Every member as its path of elements, in wire order. */
export const membersOf = (set: FieldSet): string[][] => {
  const out: string[][] = [];
  const walk = (node: FieldSet, path: readonly string[]): void => {
    for (const key of Object.keys(node).sort()) {
      if (key === '.') continue;
      const child = node[key]!;
      const here = [...path, key];
      if (isMember(child)) out.push(here);
      walk(child, here);
    }
  };
  walk(set, []);
  return out;
};

export const setOfPaths = (paths: readonly (readonly string[])[]): FieldSet =>
  paths.reduce<FieldSet>(
    (set, path) =>
      union(
        set,
        path.reduceRight<FieldSet>((node, key) => ({ [key]: node }), member),
      ),
    emptySet,
  );

/** An element in the form it is compared by, `null` for one of a kind nobody knows yet, undefined for what is no element. */
const readElement = (key: string): string | null | undefined => {
  if (key[1] !== ':') return undefined;
  const kind = key.slice(0, 2);
  const text = key.slice(2);
  try {
    switch (kind) {
      case 'f:':
        return key;
      case 'i:':
        return /^-?\d+$/.test(text) ? `i:${Number(text)}` : undefined;
      case 'v:':
        return `v:${JSON.stringify(JSON.parse(text))}`;
      case 'k:': {
        const named: unknown = JSON.parse(text);
        if (!isObject(named)) return undefined;
        const names = Object.keys(named).sort();
        return `k:${JSON.stringify(Object.fromEntries(names.map((name) => [name, named[name]])))}`;
      }
      default:
        return null;
    }
  } catch {
    return undefined;
  }
};

const readNode = (value: unknown): FieldSet | undefined => {
  if (!isObject(value)) return undefined;
  const out: Children = {};
  for (const key of Object.keys(value)) {
    const element = key === '.' ? key : readElement(key);
    if (element === null) continue;
    const node = readNode(value[key]);
    if (!node || element === undefined || (element === '.' && !isEmpty(node))) return undefined;
    const known = out[element];
    // one element written in two ways
    out[element] = known ? (nodeOf(isMember(known) || isMember(node), union(known, node)) ?? member) : node;
  }
  return out;
};

/** The set a client sent, empty for null, undefined when it is not in the wire form. Elements of kinds nobody knows yet are left out. */
export const parseFieldSet = (value: unknown): FieldSet | undefined => (value === null ? emptySet : readNode(value));
