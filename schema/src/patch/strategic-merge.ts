/**
 * Strategic merge patch: a merge patch whose lists follow the schema (merge by key, merge as a set, replace) and whose directives delete,
 * replace and order. Works on the JSON form, before decoding; unknown fields pass through and are judged by `decode` afterwards.
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
import type { FieldType, Struct } from '../dsl/field.ts';
import { getOwn, isObject, type JsonObject, setOwn } from '../dsl/own.ts';
import { planOf } from '../dsl/plan.ts';
import { orderKeyed, orderScalars } from './element-order.ts';
import { goPrint } from './go-print.ts';
import { noMap, PatchError } from './patch-error.ts';

export { PatchError } from './patch-error.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const SET_ORDER = '$setElementOrder/';

/** What the schema says of a value: undefined where it says nothing (inside free-form data, or an unknown field). */
type Shape = FieldType | undefined;

/** The patched copy of `original`. @throws PatchError 400 for a malformed directive, 422 when an item lacks its merge key */
export const strategicMerge = (struct: Struct<any>, original: unknown, patch: unknown): JsonObject => {
  if (!isObject(patch)) throw noMap(patch);
  const type: FieldType = { kind: 'struct', struct: () => struct, atomic: false, retainKeys: false, strategy: 'merge' };
  return mergeMap(type, isObject(original) ? original : {}, patch);
};

const childShape = (type: Shape, name: string): Shape => {
  if (type?.kind === 'struct') return planOf(type.struct()).byName.get(name)?.type;
  return type?.kind === 'map' ? type.value : undefined;
};

const mergeMap = (type: Shape, original: JsonObject, patch: JsonObject): JsonObject => {
  const directive = getOwn(patch, DIRECTIVE);
  if (directive === 'replace') return withoutDirectives(type, patch);
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'merge') {
    throw new PatchError(400, `unknown patch type: ${goPrint(directive)} in map: ${goPrint(patch)}`);
  }
  const out: JsonObject = { ...original };
  retainKeys(out, patch);
  // 1. what the patch says of each field
  for (const key of Object.keys(patch)) {
    if (key === DIRECTIVE || key === RETAIN_KEYS || key.startsWith(SET_ORDER)) continue;
    if (key.startsWith(DELETE_FROM)) deleteScalars(out, key.slice(DELETE_FROM.length), patch[key]);
    else if (patch[key] === null) delete out[key];
    else setOwn(out, key, mergeValue(childShape(type, key), getOwn(out, key), patch[key]));
  }
  // 2. the stated order of merged lists
  for (const key of Object.keys(patch)) {
    if (key.startsWith(SET_ORDER)) applyOrder(type, out, original, patch, key.slice(SET_ORDER.length));
  }
  return out;
};

const mergeValue = (type: Shape, original: unknown, patch: unknown): unknown => {
  if (isObject(patch)) {
    const replaces = type?.kind === 'struct' && type.strategy === 'replace';
    if (!isObject(original) || replaces) return mergeMap(type, {}, patch);
    return mergeMap(type, original, patch);
  }
  if (Array.isArray(patch)) {
    if (type?.kind === 'list' && type.semantics.strategy === 'merge')
      return mergeList(type, Array.isArray(original) ? original : [], patch);
    return patch.filter((item) => !isObject(item) || getOwn(item, DIRECTIVE) === undefined).map(withoutNulls);
  }
  return patch;
};

/** A copy; in a list that is replaced as a whole, a null in a map still says that nothing is there. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(out, key, withoutNulls(value[key]));
  return out;
};

/** A patch map as data: directives and nulls have done their work. */
const withoutDirectives = (type: Shape, patch: JsonObject): JsonObject => {
  const { [DIRECTIVE]: _, ...rest } = patch;
  return mergeMap(type, {}, rest);
};

type ListType = Extract<FieldType, { kind: 'list' }>;

const mergeList = (type: ListType, original: unknown[], patch: unknown[]): unknown[] => {
  const { key } = type.semantics;
  if (type.item.kind === 'scalar') {
    if (patch.some((item) => typeof item === 'object')) throw new PatchError(400, 'list element types are not identical');
    const merged = uniqueScalars([...original, ...patch]);
    return orderScalars(merged, patch, original);
  }
  if (key === undefined) throw new PatchError(400, 'cannot merge lists without merge key');
  return orderKeyed(mergeKeyed(type, original, patch, key), patch, original, key);
};

const keyOf = (item: unknown, key: string): unknown => {
  const value = isObject(item) ? getOwn(item, key) : undefined;
  if (value === undefined || value === null || typeof value === 'object') {
    throw new PatchError(422, `map: ${goPrint(item)} does not contain declared merge key: ${key}`);
  }
  return value;
};

const mergeKeyed = (type: ListType, original: readonly unknown[], patch: readonly unknown[], key: string): unknown[] => {
  const plain: JsonObject[] = [];
  const deleted = new Set<unknown>();
  let replaces = false;
  for (const item of patch) {
    if (!isObject(item)) throw new PatchError(400, 'list element types are not identical');
    const directive = getOwn(item, DIRECTIVE);
    if (directive === undefined) plain.push(item);
    else if (directive === 'merge') {
      const { [DIRECTIVE]: _, ...rest } = item;
      if (Object.keys(rest).length > 0) plain.push(rest);
    } else if (directive === 'replace') {
      replaces = true;
      const { [DIRECTIVE]: _, ...rest } = item;
      if (Object.keys(rest).length > 0) plain.push(rest);
    } else if (directive === 'delete') deleted.add(keyOf(item, key));
    else throw new PatchError(400, `unknown patch type: ${goPrint(directive)} in map: ${goPrint(item)}`);
  }
  if (replaces) return plain.map((item) => mergeMap(type.item, {}, item));
  const merged = deleted.size === 0 ? [...original] : original.filter((item) => !isObject(item) || !deleted.has(getOwn(item, key)));
  const index = new Map<unknown, number>();
  merged.forEach((item, i) => {
    const value = isObject(item) ? getOwn(item, key) : undefined;
    if (value !== undefined && !index.has(value)) index.set(value, i);
  });
  for (const item of plain) {
    const value = keyOf(item, key);
    const at = index.get(value);
    if (at === undefined) {
      index.set(value, merged.length);
      merged.push(mergeMap(type.item, {}, item));
    } else merged[at] = mergeMap(type.item, merged[at] as JsonObject, item);
  }
  return merged;
};

const retainKeys = (out: JsonObject, patch: JsonObject): void => {
  const retain = getOwn(patch, RETAIN_KEYS);
  if (retain === undefined) return;
  if (!Array.isArray(retain)) throw new PatchError(400, 'invalid patch format of retainKeys');
  const kept = new Set<unknown>(retain);
  for (const key of Object.keys(patch)) {
    if (!key.startsWith('$') && patch[key] !== null && !kept.has(key)) throw new PatchError(400, 'invalid patch format of retainKeys');
  }
  for (const key of Object.keys(out)) if (!kept.has(key)) delete out[key];
};

const deleteScalars = (out: JsonObject, name: string, items: unknown): void => {
  if (!Array.isArray(items) || items.some((item) => typeof item === 'object')) {
    throw new PatchError(400, 'invalid patch format of primitive list');
  }
  const known = getOwn(out, name);
  if (!Array.isArray(known)) return;
  const gone = new Set<unknown>(items);
  setOwn(
    out,
    name,
    known.filter((item) => !gone.has(item)),
  );
};

const applyOrder = (type: Shape, out: JsonObject, original: JsonObject, patch: JsonObject, name: string): void => {
  const order = patch[SET_ORDER + name];
  if (!Array.isArray(order)) throw new PatchError(400, 'invalid patch format of setElementOrder list');
  const shape = childShape(type, name);
  if (shape?.kind !== 'list' || shape.semantics.strategy !== 'merge') return;
  const { key } = shape.semantics;
  const before = getOwn(original, name);
  const server = Array.isArray(before) ? before : [];
  const named = getOwn(patch, name);
  checkOrder(order, Array.isArray(named) ? named : [], key);
  const merged = getOwn(out, name);
  if (!Array.isArray(merged)) return;
  setOwn(out, name, key === undefined ? orderScalars(merged, order, server) : orderKeyed(merged, order, server, key));
};

/** What the patch adds or changes must stand in the order list, in its order. */
const checkOrder = (order: unknown[], items: unknown[], key: string | undefined): void => {
  const idOf = (item: unknown): unknown => (key === undefined ? item : keyOf(item, key));
  const plain = items.filter((item) => !isObject(item) || getOwn(item, DIRECTIVE) === undefined);
  let at = 0;
  for (const item of plain) {
    const id = idOf(item);
    while (at < order.length && idOf(order[at]) !== id) at++;
    if (at === order.length) {
      throw new PatchError(422, `The order in patch list:\n${goPrint(plain)}\n doesn't match $setElementOrder list:\n${goPrint(order)}\n`);
    }
    at++;
  }
};

const uniqueScalars = (items: unknown[]): unknown[] => [...new Set(items)];
