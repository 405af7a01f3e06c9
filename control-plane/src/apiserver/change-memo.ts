/**
 * What the newest changes look like parsed and spliced, so that a thousand watches of one kind do that work once. Small and bounded by count;
 * sealed kinds never enter, so nothing decrypted stays.
 */
import type { KubeObject } from '#schema/resource.ts';
import { spliceRevision } from '../registry/body.ts';
import type { StoredChange } from '../store/store.ts';
import { LastMade } from './last-made.ts';

const maxEntries = 128;
/** Watches of a form are at the same place, or at one of a few that changes came between. */
const maxBatches = 16;

export interface ChangeView {
  /** The served JSON in the stored version. */
  readonly text: () => string;
  /** Shared: never mutate. */
  readonly now: () => KubeObject;
  readonly before: () => KubeObject | undefined;
  /** The event in one form, encoded by the first watch that wants it. Shared: never mutate. */
  readonly encoded: (form: string, make: () => string | Uint8Array) => Uint8Array;
}

const encoder = new TextEncoder();

const encodedOnce = (): ChangeView['encoded'] => {
  const forms = new Map<string, Uint8Array>();
  return (form, make) => {
    let bytes = forms.get(form);
    if (!bytes) {
      const made = make();
      bytes = typeof made === 'string' ? encoder.encode(made) : made;
      forms.set(form, bytes);
    }
    return bytes;
  };
};

const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};

/** `change` must be open. */
export const viewOf = (change: StoredChange): ChangeView => ({
  text: once(() => spliceRevision(change.body, change.revision)),
  now: once(() => JSON.parse(change.body) as KubeObject),
  before: once(() => (change.previousBody === undefined ? undefined : (JSON.parse(change.previousBody) as KubeObject))),
  encoded: encodedOnce(),
});

export class ChangeMemo {
  readonly #views = new Map<string, { readonly body: string; readonly view: ChangeView }>();
  readonly #joined = new LastMade<readonly StoredChange[], ChangeView['encoded']>(maxBatches);

  /** All lines of one batch in one form, made by the first watch that is given the batch. Shared: never mutate. */
  joined(changes: readonly StoredChange[], form: string, make: () => Uint8Array): Uint8Array {
    return this.#joined.of(changes, encodedOnce)(form, make);
  }

  view(change: StoredChange): ChangeView {
    const key = `${change.resource}/${change.revision}`;
    const known = this.#views.get(key);
    // in a store that was restored a revision comes again, with something else
    if (known?.body === change.body) return known.view;
    const view = viewOf(change);
    if (!known && this.#views.size >= maxEntries) this.#views.delete(this.#views.keys().next().value!);
    this.#views.set(key, { body: change.body, view });
    return view;
  }
}
