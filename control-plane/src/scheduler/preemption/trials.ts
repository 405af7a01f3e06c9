/** The two ways to try a node without some of its pods: by sums where only sizes matter, else by really taking the pods out of the state for a moment. */
import type { Placer } from '../placement.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { PodShape } from '../state/pod-class.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { codeOf } from '../verdict.ts';
import type { Trial } from './victims.ts';

/** Only sizes decide: nothing the pod asks for is about other pods, ports or volumes. */
export const sizesDecide = (pod: PodInfo, placer: Placer): boolean =>
  pod.class.shape.hostPorts.length === 0 && pod.claims.length === 0 && placer.filters(pod).length === 0;

/** The plugin's index is of no matter here: verdicts of this trial are read with `lacking`. */
const SIZES = 0;

export class SizeTrial implements Trial {
  readonly #shape: PodShape;
  readonly #free: number[];
  #room: number;

  constructor(shape: PodShape, slot: number, { nodes, nominations }: ClusterState) {
    this.#shape = shape;
    this.#free = shape.columns.map((column) => nodes.allocatable[column]![slot]! - nodes.requested[column]![slot]!);
    this.#room = nodes.allowedPods[slot]! - nodes.podCount[slot]!;
    for (const { class: promised } of nominations.on(slot) ?? []) {
      if (promised.shape.priority >= shape.priority) this.#take(promised.shape, -1);
    }
  }

  #take({ columns, amounts }: PodShape, sign: 1 | -1): void {
    this.#room += sign;
    for (let i = 0; i < columns.length; i++) {
      const at = this.#shape.columns.indexOf(columns[i]!);
      if (at >= 0) this.#free[at]! += sign * amounts[i]!;
    }
  }

  remove(pod: PodInfo): void {
    this.#take(pod.class.shape, 1);
  }

  restore(pod: PodInfo): void {
    this.#take(pod.class.shape, -1);
  }

  verdict(): number {
    let code = this.#room < 1 ? 1 : 0;
    const { amounts } = this.#shape;
    for (let i = 0; i < amounts.length; i++) if (amounts[i]! > this.#free[i]!) code |= 2 << Math.min(i, 20);
    return code === 0 ? 0 : codeOf(SIZES, code) >>> 0;
  }
}

/** What a verdict of a size trial means. */
export const lacking = ({ resources }: PodShape, verdict: number): readonly string[] => [
  ...(verdict & 1 ? ['Too many pods'] : []),
  ...resources.filter((_, i) => verdict & (2 << Math.min(i, 20))).map((resource) => `Insufficient ${resource}`),
];

export class StateTrial implements Trial {
  readonly #pod: PodInfo;
  readonly #slot: number;
  readonly #node: string;
  readonly #placer: Placer;

  constructor(pod: PodInfo, slot: number, placer: Placer) {
    this.#pod = pod;
    this.#slot = slot;
    this.#node = placer.state.nodes.infos[slot]!.name;
    this.#placer = placer;
  }

  remove({ uid }: PodInfo): void {
    this.#placer.state.unplace(uid);
  }

  restore(pod: PodInfo): void {
    this.#placer.state.place(pod, this.#node);
  }

  verdict(): number {
    return this.#placer.verdictOf(this.#pod, this.#slot);
  }
}
