/**
 * Objects as this process last wrote them, so that who changes one again and again (renews a Lease, reports a status, patches) costs one call of the store and
 * not two. Every write is guarded by the revision it was made from: an old entry loses the race like any other old copy, and the object is read.
 */
import type { ResourceDefinition } from '#schema/resource.ts';
import type { ObjectKey, StoredObject } from '../store/store.ts';
import { keyText } from './batch.ts';
import type { Intent } from './intent.ts';

const MOST_ENTRIES = 1_000;
/** Of all bodies. */
const MOST_CHARACTERS = 4 * 1024 * 1024;
/** Of one body. */
const LARGE_CHARACTERS = 16 * 1024;
/** Longer than those who renew something wait between two renewals. */
const KEEP_MS = 30_000;

interface Entry {
  readonly stored: StoredObject;
  readonly untilMs: number;
}

export class Remembered {
  /** The one written longest ago first. */
  readonly #entries = new Map<string, Entry>();
  #characters = 0;

  /** What the wish is made from, as far as it says so, if that is known. */
  of(intent: Intent, nowMs: number): StoredObject | undefined {
    if (intent.op === 'create' || intent.dryRun) return undefined;
    const entry = this.#entries.get(keyText(intent.key));
    if (!entry || nowMs >= entry.untilMs) return undefined;
    const stated = intent.op === 'update' ? intent.revision : undefined;
    return stated === undefined || stated === entry.stored.revision ? entry.stored : undefined;
  }

  /** A body that is sealed is made anew when keys are rotated, so it is read. */
  wrote({ sealed }: ResourceDefinition, stored: StoredObject, nowMs: number): void {
    const key = keyText(stored);
    this.#drop(key);
    if (sealed || stored.body.length > LARGE_CHARACTERS) return;
    this.#entries.set(key, { stored, untilMs: nowMs + KEEP_MS });
    this.#characters += stored.body.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES && this.#characters <= MOST_CHARACTERS) break;
      this.#drop(oldest);
    }
  }

  forget(key: ObjectKey): void {
    this.#drop(keyText(key));
  }

  #drop(key: string): void {
    this.#characters -= this.#entries.get(key)?.stored.body.length ?? 0;
    this.#entries.delete(key);
  }
}
