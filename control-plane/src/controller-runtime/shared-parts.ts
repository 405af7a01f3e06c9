/**
 * Equal parts of objects are kept once: the pods of a template differ in little but their names, so a cache of thousands holds their containers and fields
 * a single time. Looks at the newest parts only, bounded by their text. Whoever shares must freeze.
 */
import type { KubeObject } from '#schema/resource.ts';

const LEAST_CHARACTERS = 64;
const MAX_CHARACTERS = 1_048_576;

type Part = Record<string, unknown> | unknown[];

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;

/** The same text: order of keys included. */
const same = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (!isPart(a) || !isPart(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  return (
    left.length === right.length &&
    left.every((key, i) => key === right[i] && same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
  );
};

/** Parts of `next`, and members of such parts, that are as they were in `previous` become the very same: most changes of an object touch one of them. */
export const keepParts = (previous: KubeObject, next: KubeObject): void => {
  for (const [name, part] of Object.entries(next)) {
    const old: unknown = previous[name];
    if (!isPart(part) || !isPart(old)) continue;
    if (same(old, part)) (next as Record<string, unknown>)[name] = old;
    else if (!Object.isFrozen(part)) keepMembers(old as Record<string, unknown>, part as Record<string, unknown>);
  }
};

const keepMembers = (previous: Readonly<Record<string, unknown>>, next: Record<string, unknown>): void => {
  for (const name of Object.keys(next)) {
    const [old, member] = [previous[name], next[name]];
    if (isPart(member) && isPart(old) && same(old, member)) next[name] = old;
  }
};

export class SharedParts {
  readonly #parts = new Map<string, Part>();
  #characters = 0;

  /** Replaces parts of `object` below its first level by equal ones that are known; the object itself must not be frozen. */
  share(object: KubeObject): void {
    for (const value of Object.values(object)) if (isPart(value)) this.#shareMembers(value);
  }

  /** Parts that are frozen are shared already, or someone else's. */
  #shareMembers(parent: Part): void {
    if (Object.isFrozen(parent)) return;
    const members = parent as Record<string, unknown>;
    for (const name of Object.keys(members)) {
      const member = members[name];
      if (isPart(member) && !Object.isFrozen(member)) members[name] = this.#shared(member);
    }
  }

  #shared(part: Part): Part {
    const text = JSON.stringify(part);
    if (text.length < LEAST_CHARACTERS) return part;
    const known = this.#parts.get(text);
    if (known) {
      // the newest stay
      this.#parts.delete(text);
      this.#parts.set(text, known);
      return known;
    }
    this.#shareMembers(part);
    this.#parts.set(text, part);
    this.#characters += text.length;
    for (const oldest of this.#parts.keys()) {
      if (this.#characters <= MAX_CHARACTERS) break;
      this.#parts.delete(oldest);
      this.#characters -= oldest.length;
    }
    return part;
  }
}
