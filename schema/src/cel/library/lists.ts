/** Kubernetes' functions of lists, and sets: lists of which order and repetition do not matter. */
import { getOwn } from '../../dsl/own.ts';
import { compare, equal } from '../equality.ts';
import { type Budget, CelError, noSuchOverload } from '../errors.ts';
import type { CallContext, Library } from '../overloads.ts';
import { Duration, keyMark, typeNameOf, Uint, type Value } from '../values.ts';
import { duration, int, uint } from './operators.ts';

type List = readonly Value[];

const comparable = ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'timestamp', 'duration'];

const isSorted = ([list]: readonly any[], { budget }: CallContext): boolean =>
  (list as List).every((item, i) => i === 0 || compare(list[i - 1], item, budget) <= 0);

const extreme =
  (name: string, sign: 1 | -1) =>
  ([list]: readonly any[], { budget }: CallContext): Value => {
    const [first, ...rest] = list as List;
    if (first === undefined) throw new CelError(`${name} called on empty list`);
    return rest.reduce((best, item) => (compare(item, best, budget) * sign > 0 ? item : best), first);
  };

const sums: Readonly<Record<string, (list: readonly any[]) => Value>> = {
  int: (list) => list.reduce<bigint>((sum, item: bigint) => int(sum + item), 0n),
  uint: (list) => list.reduce<Uint>((sum, item: Uint) => uint(sum.value + item.value), new Uint(0n)),
  double: (list) => list.reduce<number>((sum, item: number) => sum + item, 0),
  duration: (list) => list.reduce<Duration>((sum, item: Duration) => duration(sum.nanos + item.nanos), duration(0n)),
};

/** By the first item; of an empty list nothing is known, and the overload says the type. */
const sum =
  (type: string) =>
  ([list]: readonly any[], { budget }: CallContext): Value => {
    budget.spend(list.length);
    const [first] = list as List;
    const own = first === undefined ? type : nameOf(first);
    const add = getOwn(sums, own);
    if (!add || !list.every((item: Value) => nameOf(item) === own)) throw noSuchOverload();
    return add(list);
  };

const nameOf = (value: Value): string => (value instanceof Duration ? 'duration' : typeNameOf(value));

const position = (list: List, value: Value, budget: Budget, order: 'first' | 'last'): bigint => {
  const found = (item: Value) => equal(item, value, budget);
  return BigInt(order === 'first' ? list.findIndex(found) : list.findLastIndex(found));
};

const typed = (make: (type: string) => Library): Library => Object.assign({}, ...comparable.map(make));

export const lists: Library = {
  ...typed((type) => ({
    [`list<${type}>.isSorted(): bool`]: isSorted,
    [`list<${type}>.min(): ${type}`]: extreme('min', -1),
    [`list<${type}>.max(): ${type}`]: extreme('max', 1),
  })),
  ...Object.assign({}, ...Object.keys(sums).map((type) => ({ [`list<${type}>.sum(): ${type}`]: sum(type) }))),
  'list<T>.indexOf(T): int': ([list, value], { budget }) => position(list, value, budget, 'first'),
  'list<T>.lastIndexOf(T): int': ([list, value], { budget }) => position(list, value, budget, 'last'),
};

/** Membership in one look where all are simple, else item by item. */
const memberOf = (list: List, budget: Budget): ((value: Value) => boolean) => {
  budget.spend(list.length);
  const marks = list.map(keyMark);
  const simple = new Set(marks);
  const others = list.filter((_item, i) => marks[i] === undefined);
  return (value) => {
    budget.spend(1);
    const mark = keyMark(value);
    if (mark !== undefined) return simple.has(mark);
    return others.some((item) => equal(item, value, budget));
  };
};

const contains = (list: List, part: List, budget: Budget): boolean => part.every(memberOf(list, budget));

export const sets: Library = {
  'sets.contains(list<T>, list<T>): bool': ([list, part], { budget }) => contains(list, part, budget),
  'sets.equivalent(list<T>, list<T>): bool': ([a, b], { budget }) => contains(a, b, budget) && contains(b, a, budget),
  'sets.intersects(list<T>, list<T>): bool': ([a, b], { budget }) => (b as List).some(memberOf(a, budget)),
};
