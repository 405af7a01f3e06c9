/**
 * Volatile objects as this process last wrote them, so that who renews a Lease costs one call of its store and not two. An entry is used only for a write that
 * names the very revision and is guarded by it: an old entry loses the race like any other old copy, and the object is read.
 */
import type { ResourceDefinition } from '#schema/resource.ts';
import type { StoredObject } from '../store/store.ts';
import { keyText } from './batch.ts';
import type { Intent } from './intent.ts';

const MOST_ENTRIES = 256;
const MOST_CHARACTERS = 16 * 1024;

export class Remembered {
  /** The one used longest ago first. */
  readonly #entries = new Map<string, StoredObject>();

  /** What the wish says it was made from, if that is still known. */
  of(intent: Intent): StoredObject | undefined {
    if (intent.op !== 'update' || intent.revision === undefined || intent.dryRun) return undefined;
    const entry = this.#entries.get(keyText(intent.key));
    return entry?.revision === intent.revision ? entry : undefined;
  }

  /** Only of those who say what they were made from: they come again. */
  wrote(intent: Intent, { storage }: ResourceDefinition, stored: StoredObject): void {
    if (intent.op !== 'update' || intent.revision === undefined || storage !== 'volatile') return;
    const key = keyText(intent.key);
    this.#entries.delete(key);
    if (stored.body.length > MOST_CHARACTERS) return;
    this.#entries.set(key, stored);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > MOST_ENTRIES && oldest !== undefined) this.#entries.delete(oldest);
  }
}
