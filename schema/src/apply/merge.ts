/**
 * An applied configuration merged into the live object: what the configuration states wins, the rest stays. Items of map lists and sets come in
 * the configuration's order; items only the live object has keep their place among them. Neither argument is changed; results share parts.
 */
import { getOwn, type JsonObject, setOwn } from '../dsl/own.ts';
import { knownElement } from './path.ts';
import { childType, type ListSchema, listOf, type MapSchema, mapOf, type TypeSchema, viewOf } from './type-schema.ts';

export const mergeApplied = (type: TypeSchema, live: unknown, applied: unknown): unknown => {
  if (applied === undefined) return live;
  if (live === undefined || live === null) return applied;
  const view = viewOf(type, live, applied);
  if (view.as === 'leaf') return applied;
  // a null says that nothing is wanted here, which takes nothing away from others
  if (applied === null) return Object.keys(live).length === 0 ? null : live;
  if (view.as === 'map') return mergeMap(view.map, mapOf(live), mapOf(applied));
  return mergeList(view.list, listOf(live), listOf(applied));
};

const mergeMap = (map: MapSchema, live: JsonObject, applied: JsonObject): JsonObject => {
  const out: JsonObject = {};
  for (const key of Object.keys(live)) {
    const wanted = getOwn(applied, key);
    setOwn(out, key, mergeApplied(childType(map, key), live[key], wanted));
  }
  for (const key of Object.keys(applied)) if (!Object.hasOwn(live, key)) setOwn(out, key, applied[key]);
  return out;
};

const mergeList = (list: ListSchema, live: readonly unknown[], applied: readonly unknown[]): unknown[] => {
  const names = live.map((item, i) => knownElement(list, item, i));
  const wanted = applied.map((item, i) => knownElement(list, item, i));
  const isWanted = new Set(wanted);
  const at = new Map<string, number>();
  const twice = new Set<string>();
  names.forEach((name, i) => {
    if (at.has(name)) twice.add(name);
    else at.set(name, i);
  });
  const out: unknown[] = [];
  const done = new Set<string>();
  const nextShared = (from: number): string | undefined => {
    for (let i = from; i < wanted.length; i++) if (at.has(wanted[i]!)) return wanted[i];
    return undefined;
  };
  const emit = (i: number): void => {
    const name = wanted[i]!;
    const old = twice.has(name) ? undefined : at.get(name);
    done.add(name);
    out.push(old === undefined ? applied[i] : mergeApplied(list.item(), live[old], applied[i]));
  };
  let l = 0;
  let r = 0;
  while (l < live.length || r < applied.length) {
    const name = names[l];
    if (name !== undefined) {
      if (!isWanted.has(name)) {
        out.push(live[l++]);
        continue;
      }
      if (done.has(name) || (name !== wanted[r] && name !== nextShared(r))) {
        l++;
        continue;
      }
      if (name === wanted[r]) l++;
    }
    if (r < applied.length) emit(r++);
  }
  return out;
};
