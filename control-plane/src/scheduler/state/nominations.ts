/** Pods that were promised a node which is not free yet: others of the same or lower priority must leave their room alone. */
import type { PodInfo } from './pod-info.ts';

export class Nominations {
  readonly #bySlot = new Map<number, PodInfo[]>();
  readonly #slots = new Map<string, number>();

  slotOf(uid: string): number | undefined {
    return this.#slots.get(uid);
  }

  on(slot: number): readonly PodInfo[] | undefined {
    return this.#bySlot.get(slot);
  }

  set(pod: PodInfo, slot: number): void {
    this.remove(pod.uid);
    this.#slots.set(pod.uid, slot);
    const list = this.#bySlot.get(slot);
    if (list) list.push(pod);
    else this.#bySlot.set(slot, [pod]);
  }

  /** Returns the slot it was promised. */
  remove(uid: string): number | undefined {
    const slot = this.#slots.get(uid);
    if (slot === undefined) return undefined;
    this.#slots.delete(uid);
    const left = (this.#bySlot.get(slot) ?? []).filter((pod) => pod.uid !== uid);
    if (left.length > 0) this.#bySlot.set(slot, left);
    else this.#bySlot.delete(slot);
    return slot;
  }

  /** A node went: its promises with it. */
  removeSlot(slot: number): void {
    for (const { uid } of this.#bySlot.get(slot) ?? []) this.#slots.delete(uid);
    this.#bySlot.delete(slot);
  }
}
