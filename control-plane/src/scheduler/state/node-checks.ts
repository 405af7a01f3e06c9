/** Yes-or-no questions about nodes (does a selector match, are all hard taints tolerated), answered once per node until the node changes. */
import type { Eligibility } from './domain-counts.ts';
import type { NodeInfo, NodeTable } from './node-table.ts';

export class NodeCheck implements Eligibility {
  passes = new Uint8Array(0);
  version = 0;
  readonly #test: (node: NodeInfo) => boolean;
  #cursor = -1;

  constructor(test: (node: NodeInfo) => boolean) {
    this.#test = test;
  }

  sync(table: NodeTable): this {
    const { nodeLog } = table;
    if (this.#cursor === nodeLog.end) return this;
    const changed = this.passes.length === table.capacity && this.#cursor >= 0 ? nodeLog.since(this.#cursor, table.slots) : undefined;
    this.#cursor = nodeLog.end;
    if (changed) {
      for (const slot of changed) this.#set(slot, table);
      return this;
    }
    this.passes = new Uint8Array(table.capacity);
    this.version++;
    for (let slot = 0; slot < table.slots; slot++) this.#set(slot, table);
    return this;
  }

  #set(slot: number, table: NodeTable): void {
    const info = table.infos[slot];
    const passes = info && this.#test(info) ? 1 : 0;
    if (this.passes[slot] === passes) return;
    this.passes[slot] = passes;
    this.version++;
  }
}

const MOST = 256;

export class NodeChecks {
  readonly #checks = new Map<string, NodeCheck>();
  readonly #table: NodeTable;

  constructor(table: NodeTable) {
    this.#table = table;
  }

  /** `key` stands for the question. Up to date when returned. */
  get(key: string, test: (node: NodeInfo) => boolean): NodeCheck {
    let check = this.#checks.get(key);
    if (!check) {
      if (this.#checks.size >= MOST) this.#checks.delete(this.#checks.keys().next().value!);
      check = new NodeCheck(test);
      this.#checks.set(key, check);
    }
    return check.sync(this.#table);
  }
}
