/**
 * Nodes as columns: each node has a slot, each resource two columns (offered, requested). Decisions scan these arrays instead of objects.
 * `nodeLog` tells which nodes changed themselves, `usageLog` on which nodes what is used changed. Amounts are whole numbers, so that adding
 * and taking away leaves no rest.
 */
import type { Node } from '#schema/core/node.ts';
import type { Taint } from '#schema/core/placement.ts';
import { amountsOf } from './pod-requests.ts';
import { SlotLog } from './slot-log.ts';

export interface NodeInfo {
  readonly node: Node;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly unschedulable: boolean;
}

/** What a pod takes, by column. */
export interface Usage {
  readonly columns: readonly number[];
  readonly amounts: readonly number[];
  readonly assumedCpu: number;
  readonly assumedMemory: number;
}

const nameHash = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
};

const infoOf = (node: Node): NodeInfo => ({
  node,
  name: node.metadata.name ?? '',
  labels: node.metadata.labels ?? {},
  taints: node.spec?.taints ?? [],
  unschedulable: node.spec?.unschedulable ?? false,
});

export const CPU = 0;
export const MEMORY = 1;

export class NodeTable {
  /** By slot; undefined where no node stands. */
  readonly infos: (NodeInfo | undefined)[] = [];
  readonly nodeLog = new SlotLog();
  readonly usageLog = new SlotLog();
  readonly resources = new Map<string, number>([
    ['cpu', CPU],
    ['memory', MEMORY],
  ]);
  /** Length of every column; at least the number of slots. */
  capacity = 64;
  count = 0;
  allocatable: Float64Array[] = [new Float64Array(64), new Float64Array(64)];
  requested: Float64Array[] = [new Float64Array(64), new Float64Array(64)];
  /** Like requested cpu and memory, with something for containers that ask for nothing. */
  assumedCpu = new Float64Array(64);
  assumedMemory = new Float64Array(64);
  allowedPods = new Float64Array(64);
  podCount = new Float64Array(64);
  /** Raised whenever a slot's use changes. */
  usageVersion = new Float64Array(64);
  /** Of the name: makes equals share by chance, whatever order nodes came in. */
  hash = new Uint32Array(64);
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];

  get slots(): number {
    return this.infos.length;
  }

  slotOf(name: string): number | undefined {
    return this.#slots.get(name);
  }

  names(): IterableIterator<string> {
    return this.#slots.keys();
  }

  column(resource: string): number {
    const known = this.resources.get(resource);
    if (known !== undefined) return known;
    const column = this.allocatable.length;
    this.resources.set(resource, column);
    this.allocatable.push(new Float64Array(this.capacity));
    this.requested.push(new Float64Array(this.capacity));
    return column;
  }

  /** Adds a node or takes its new state over. Returns its slot. */
  put(node: Node): number {
    const info = infoOf(node);
    let slot = this.#slots.get(info.name);
    if (slot === undefined) {
      slot = this.#free.pop() ?? this.infos.length;
      if (slot >= this.capacity) this.#grow();
      this.#slots.set(info.name, slot);
      this.count++;
      this.hash[slot] = nameHash(info.name);
    }
    this.infos[slot] = info;
    for (const column of this.allocatable) column[slot] = 0;
    const { pods = 0, ...amounts } = amountsOf(node.status?.allocatable ?? node.status?.capacity);
    this.allowedPods[slot] = pods;
    for (const [resource, amount] of Object.entries(amounts)) {
      // the column first: making it may replace the arrays
      const column = this.column(resource);
      this.allocatable[column]![slot] = amount;
    }
    this.nodeLog.push(slot);
    this.touch(slot);
    return slot;
  }

  /** The node's pods must be taken off before. */
  remove(name: string): void {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    this.#slots.delete(name);
    this.infos[slot] = undefined;
    this.count--;
    this.#free.push(slot);
    this.nodeLog.push(slot);
    this.touch(slot);
  }

  /** Counts a pod in (`sign` 1) or out (-1). */
  use(slot: number, usage: Usage, sign: 1 | -1): void {
    const { columns, amounts } = usage;
    for (let i = 0; i < columns.length; i++) this.requested[columns[i]!]![slot]! += sign * amounts[i]!;
    this.assumedCpu[slot]! += sign * usage.assumedCpu;
    this.assumedMemory[slot]! += sign * usage.assumedMemory;
    this.podCount[slot]! += sign;
    this.touch(slot);
  }

  /** Something about the slot's use changed. */
  touch(slot: number): void {
    this.usageVersion[slot]!++;
    this.usageLog.push(slot);
  }

  #grow(): void {
    const capacity = this.capacity * 2;
    this.capacity = capacity;
    this.allocatable = this.allocatable.map((column) => grown(column, capacity));
    this.requested = this.requested.map((column) => grown(column, capacity));
    this.assumedCpu = grown(this.assumedCpu, capacity);
    this.assumedMemory = grown(this.assumedMemory, capacity);
    this.allowedPods = grown(this.allowedPods, capacity);
    this.podCount = grown(this.podCount, capacity);
    this.usageVersion = grown(this.usageVersion, capacity);
    const hash = new Uint32Array(capacity);
    hash.set(this.hash);
    this.hash = hash;
  }
}

/** A longer copy of a column. */
export const grown = (column: Float64Array, capacity: number): Float64Array<ArrayBuffer> => {
  const next = new Float64Array(capacity);
  next.set(column);
  return next;
};
