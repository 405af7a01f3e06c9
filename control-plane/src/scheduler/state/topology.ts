/** Which part of the cluster each node belongs to under one label key: domains are numbered, and a node without the label is in none (-1). */
import type { NodeInfo } from './node-table.ts';

export class Topology {
  readonly key: string;
  domainOf = new Int32Array(64).fill(-1);
  /** Values of the label, by domain; a value keeps its number for ever. */
  readonly values: string[] = [];
  /** Nodes in each domain. */
  readonly population: number[] = [];
  /** Nodes that have the label. */
  labelled = 0;
  /** Domains with a node. */
  populated = 0;
  /** Raised when a node changes its domain. */
  version = 0;
  readonly #index = new Map<string, number>();

  constructor(key: string) {
    this.key = key;
  }

  set(slot: number, info: NodeInfo | undefined): void {
    if (slot >= this.domainOf.length) {
      const next = new Int32Array(Math.max(slot + 1, this.domainOf.length * 2)).fill(-1);
      next.set(this.domainOf);
      this.domainOf = next;
    }
    const value = info && Object.hasOwn(info.labels, this.key) ? info.labels[this.key]! : undefined;
    const domain = value === undefined ? -1 : this.#domain(value);
    const before = this.domainOf[slot]!;
    if (before === domain) return;
    if (before >= 0) this.#move(before, -1);
    if (domain >= 0) this.#move(domain, 1);
    this.domainOf[slot] = domain;
    this.version++;
  }

  #move(domain: number, by: 1 | -1): void {
    const population = this.population[domain]! + by;
    this.population[domain] = population;
    this.labelled += by;
    if (population === 0) this.populated--;
    else if (by === 1 && population === 1) this.populated++;
  }

  #domain(value: string): number {
    const known = this.#index.get(value);
    if (known !== undefined) return known;
    const domain = this.values.length;
    this.values.push(value);
    this.population.push(0);
    this.#index.set(value, domain);
    return domain;
  }
}
