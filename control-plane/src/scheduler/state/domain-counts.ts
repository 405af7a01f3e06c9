/** Counts per slot added up by domain of a topology, over all nodes or those that count. Kept in step while it lives; rebuilt when nodes move. */
import type { Topology } from './topology.ts';

/** Which nodes count; the version is raised when the answer for any of them changes. */
export interface Eligibility {
  readonly version: number;
  readonly passes: Uint8Array;
}

export class SlotCounts {
  perSlot = new Int32Array(64);
  total = 0;
  readonly #views: DomainCounts[] = [];

  add(slot: number, delta: number): void {
    if (slot >= this.perSlot.length) {
      const next = new Int32Array(Math.max(slot + 1, this.perSlot.length * 2));
      next.set(this.perSlot);
      this.perSlot = next;
    }
    this.perSlot[slot]! += delta;
    this.total += delta;
    for (const view of this.#views) view.add(slot, delta);
  }

  /** The counts by domain, up to date. */
  by(topology: Topology, eligibility?: Eligibility): DomainCounts {
    let view = this.#views.find((v) => v.topology === topology && v.eligibility === eligibility);
    if (!view) {
      view = new DomainCounts(this, topology, eligibility);
      this.#views.push(view);
      if (this.#views.length > 8) this.#views.shift();
    }
    view.sync();
    return view;
  }
}

export class DomainCounts {
  readonly topology: Topology;
  readonly eligibility: Eligibility | undefined;
  counts = new Int32Array(8);
  /** Nodes that count, by domain. */
  nodes = new Int32Array(8);
  readonly #source: SlotCounts;
  #topologyVersion = -1;
  #eligibilityVersion = -1;

  constructor(source: SlotCounts, topology: Topology, eligibility: Eligibility | undefined) {
    this.#source = source;
    this.topology = topology;
    this.eligibility = eligibility;
  }

  add(slot: number, delta: number): void {
    if (this.#topologyVersion !== this.topology.version) return;
    const domain = slot < this.topology.domainOf.length ? this.topology.domainOf[slot]! : -1;
    if (domain < 0 || (this.eligibility && this.eligibility.passes[slot] !== 1)) return;
    this.counts[domain]! += delta;
  }

  sync(): void {
    const { topology, eligibility } = this;
    const version = eligibility?.version ?? 0;
    if (this.#topologyVersion === topology.version && this.#eligibilityVersion === version) return;
    this.#topologyVersion = topology.version;
    this.#eligibilityVersion = version;
    const domains = topology.values.length;
    this.counts = new Int32Array(domains);
    this.nodes = new Int32Array(domains);
    const { perSlot } = this.#source;
    const { domainOf } = topology;
    for (let slot = 0; slot < domainOf.length; slot++) {
      const domain = domainOf[slot]!;
      if (domain < 0 || (eligibility && eligibility.passes[slot] !== 1)) continue;
      this.nodes[domain]!++;
      if (slot < perSlot.length) this.counts[domain]! += perSlot[slot]!;
    }
  }
}
