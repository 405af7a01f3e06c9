/**
 * Objects that admission looks up, kept for a few seconds when they were found. What is missing is never remembered: a service account that
 * was just created must be seen at once. A write of this process replaces or drops its entry.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { ObjectKey } from '../store/store.ts';
import { keyText } from './batch.ts';

const keepMs = 5000;
const maxEntries = 2000;

export class Lookups {
  readonly #entries = new Map<string, { readonly object: KubeObject; readonly untilMs: number }>();

  get(key: ObjectKey, nowMs: number): KubeObject | undefined {
    const entry = this.#entries.get(keyText(key));
    if (!entry) return undefined;
    if (nowMs < entry.untilMs) return entry.object;
    this.#entries.delete(keyText(key));
    return undefined;
  }

  put(key: ObjectKey, object: KubeObject, nowMs: number): void {
    if (this.#entries.size >= maxEntries) this.#entries.clear();
    this.#entries.set(keyText(key), { object, untilMs: nowMs + keepMs });
  }

  drop(key: ObjectKey): void {
    this.#entries.delete(keyText(key));
  }
}
