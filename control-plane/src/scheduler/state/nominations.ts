/** Pods that were promised a node which is not free yet: others of the same or lower priority must leave their room alone. */
import type { PodInfo } from './pod-info.ts';

export class Nominations {
  readonly #bySlot = new Map<number, PodInfo[]>();
  readonly #slots = new Map<string, number>();
  /** Of promised pods, those that keep others away from them. */
  #repelling = 0;

  get size(): number {
    return this.#slots.size;
  }

  /** Some promised pod has required anti-affinity. */
  get anyRepels(): boolean {
    return this.#repelling > 0;
  }

  /** Pods promised a slot whose room the pod must leave alone: filters count them as if they ran there. Not the pod itself. */
  before(pod: Promised, slot: number): readonly PodInfo[] {
    const promised = this.#bySlot.get(slot);
    if (!promised) return nobody;
    return promised.filter(({ uid, class: { shape } }) => uid !== pod.uid && shape.priority >= pod.priority);
  }

  /** Calls with every pod that is promised a node and comes before the pod. */
  eachBefore({ uid, priority }: Promised, visit: (other: PodInfo, slot: number) => void): void {
    for (const [slot, promised] of this.#bySlot) {
      for (const other of promised) if (other.uid !== uid && other.class.shape.priority >= priority) visit(other, slot);
    }
  }

  slotOf(uid: string): number | undefined {
    return this.#slots.get(uid);
  }

  on(slot: number): readonly PodInfo[] | undefined {
    return this.#bySlot.get(slot);
  }

  set(pod: PodInfo, slot: number): void {
    this.remove(pod.uid);
    this.#slots.set(pod.uid, slot);
    if (repels(pod)) this.#repelling++;
    const list = this.#bySlot.get(slot);
    if (list) list.push(pod);
    else this.#bySlot.set(slot, [pod]);
  }

  /** Returns the slot it was promised. */
  remove(uid: string): number | undefined {
    const slot = this.#slots.get(uid);
    if (slot === undefined) return undefined;
    this.#slots.delete(uid);
    const left: PodInfo[] = [];
    for (const pod of this.#bySlot.get(slot) ?? []) {
      if (pod.uid !== uid) left.push(pod);
      else if (repels(pod)) this.#repelling--;
    }
    if (left.length > 0) this.#bySlot.set(slot, left);
    else this.#bySlot.delete(slot);
    return slot;
  }

  /** A node went: its promises with it. */
  removeSlot(slot: number): void {
    for (const pod of this.#bySlot.get(slot) ?? []) {
      this.#slots.delete(pod.uid);
      if (repels(pod)) this.#repelling--;
    }
    this.#bySlot.delete(slot);
  }
}

/** Who asks; without a uid somebody who is promised nothing. */
export interface Promised {
  readonly uid?: string | undefined;
  readonly priority: number;
}

const nobody: readonly PodInfo[] = [];

const repels = ({ class: { terms } }: PodInfo): boolean => terms !== undefined && terms.requiredAnti.length > 0;
