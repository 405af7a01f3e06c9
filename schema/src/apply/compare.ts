/** What differs between two objects of one type: fields added, changed and removed, as sets. Walks both at once and builds only what differs. */
import { equalJson, getOwn, isObject } from '../dsl/own.ts';
import { emptySet, type FieldSet, isEmpty, member, nodeOf } from './field-set.ts';
import { fieldElement, knownElement } from './path.ts';
import { childType, type ListSchema, listOf, type MapSchema, mapOf, type TypeSchema, viewOf } from './type-schema.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

type Side = keyof Comparison;
const sides: readonly Side[] = ['added', 'modified', 'removed'];

/** Nodes below the root; absent: nothing. */
type Difference = { -readonly [S in Side]?: FieldSet };

const isHollow = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

const whole = (side: Side): Difference => ({ [side]: member });

const leafDifference = (a: unknown, b: unknown): Difference | undefined => {
  if (a === undefined) return b === undefined ? undefined : whole('added');
  if (b === undefined) return whole('removed');
  return equalJson(a, b) ? undefined : whole('modified');
};

/** What an empty object has in place of an absent field. */
const filler = (map: MapSchema, key: string, other: unknown): unknown => {
  if (!map.field(key)?.always || typeof other !== 'object' || other === null) return undefined;
  return Array.isArray(other) ? [] : {};
};

const walk = (type: TypeSchema, a: unknown, b: unknown): Difference | undefined => {
  if (a === b) return undefined;
  const view = viewOf(type, a, b);
  if (view.as === 'leaf' || (isHollow(a) && isHollow(b))) return withInner(type, a, b, leafDifference(a, b));
  const children: { [S in Side]?: Record<string, FieldSet> } = {};
  const take = (element: string, inner: Difference | undefined): void => {
    if (!inner) return;
    for (const side of sides) {
      const node = inner[side];
      if (!node) continue;
      children[side] ??= {};
      children[side][element] = node;
    }
  };
  if (view.as === 'map') mapDifference(view.map, a, b, take);
  else listDifference(view.list, listOf(a), listOf(b), take);
  const out: Difference = {};
  for (const side of sides) {
    const itself = (side === 'added' && a === undefined) || (side === 'removed' && b === undefined);
    const node = nodeOf(itself, children[side] ?? emptySet);
    if (node) out[side] = node;
  }
  return out;
};

/** Free data that was a map, or becomes one, and something else on the other side: what is in the map goes or comes as well. */
const withInner = (type: TypeSchema, a: unknown, b: unknown, leaf: Difference | undefined): Difference | undefined => {
  if (type.kind !== 'deduced' || !leaf?.modified || isObject(a) === isObject(b)) return leaf;
  return { ...(isObject(a) ? walk(type, a, {}) : walk(type, {}, b)), ...leaf };
};

type Take = (element: string, inner: Difference | undefined) => void;

const mapDifference = (map: MapSchema, a: unknown, b: unknown, take: Take): void => {
  const left = mapOf(a);
  const right = mapOf(b);
  const compareKey = (key: string): void => {
    const [l, r] = [getOwn(left, key), getOwn(right, key)];
    const x = l === undefined && isObject(a) ? filler(map, key, r) : l;
    const y = r === undefined && isObject(b) ? filler(map, key, l) : r;
    take(fieldElement(key), walk(childType(map, key), x, y));
  };
  for (const key of Object.keys(left)) if (left[key] !== undefined && left[key] !== right[key]) compareKey(key);
  for (const key of Object.keys(right))
    if (right[key] !== undefined && (!Object.hasOwn(left, key) || left[key] === undefined)) compareKey(key);
};

const grouped = (list: ListSchema, items: readonly unknown[]): Map<string, unknown[]> => {
  const out = new Map<string, unknown[]>();
  items.forEach((item, i) => {
    const element = knownElement(list, item, i);
    const known = out.get(element);
    if (known) known.push(item);
    else out.set(element, [item]);
  });
  return out;
};

const listDifference = (list: ListSchema, a: readonly unknown[], b: readonly unknown[], take: Take): void => {
  const left = grouped(list, a);
  const right = grouped(list, b);
  const compareItem = (x: readonly unknown[] = [], y: readonly unknown[] = []): Difference | undefined => {
    if (x.length <= 1 && y.length <= 1) return walk(list.item(), x[0], y[0]);
    // several items under one name cannot be told apart: they count as one value
    if (equalJson(x, y)) return undefined;
    const parts = x.length === 1 ? walk(list.item(), x[0], undefined) : undefined;
    return { ...parts, ...whole(x.length === 0 ? 'added' : y.length === 0 ? 'removed' : 'modified') };
  };
  for (const [element, x] of left) take(element, compareItem(x, right.get(element)));
  for (const [element, y] of right) if (!left.has(element)) take(element, compareItem(undefined, y));
};

const nothing: Comparison = { added: emptySet, modified: emptySet, removed: emptySet };

/** Both are whole objects; the sets are roots. */
export const compare = (type: TypeSchema, a: unknown, b: unknown): Comparison => {
  const found = walk(type, a ?? {}, b ?? {});
  return found ? { added: found.added ?? emptySet, modified: found.modified ?? emptySet, removed: found.removed ?? emptySet } : nothing;
};

export const isSame = ({ added, modified, removed }: Comparison): boolean => isEmpty(added) && isEmpty(modified) && isEmpty(removed);
