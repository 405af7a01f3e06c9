/**
 * Equal parts of objects are kept once: the pods of a template differ in little but their names, so a cache of thousands holds their containers and fields
 * a single time. Looks at the newest parts only, bounded by their text. Whoever shares must freeze.
 */
import type { KubeObject } from '#schema/resource.ts';

const LEAST_CHARACTERS = 64;
const MAX_CHARACTERS = 1_048_576;

type Part = Record<string, unknown> | unknown[];

const isPart = (value: unknown): value is Part => typeof value === 'object' && value !== null;

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
      if (isPart(member)) members[name] = this.#shared(member);
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
