/**
 * How many endpoints each zone should get, by its share of the cluster's CPU, and which zone each endpoint is for. A zone may be short of its
 * share by a sixth at most (the others take a fifth more); where that cannot be, or a node does not say its zone, nobody gets a hint.
 * @see https://kubernetes.io/docs/concepts/services-networking/topology-aware-routing/
 */
import type { Node } from '#schema/core/node.ts';
import type { Endpoint } from '#schema/discovery/endpoint-slice.ts';
import { isConditionTrue } from '#schema/meta/conditions.ts';
import { toMilli } from '#schema/quantity/quantity.ts';
import type { Draft } from './drafts.ts';

export const ZONE = 'topology.kubernetes.io/zone';
const OVERLOAD = 0.2;
const EXCLUDED = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

interface Allocation {
  readonly minimum: number;
  readonly maximum: number;
  readonly desired: number;
}

/** By zone; or why there is none. */
type Allocations = ReadonlyMap<string, Allocation> | string;

/** Ready nodes' part in the shares; changes of anything else about a node do not matter. `undefined`: the node does not count. */
export const capacityOf = (node: Node): { readonly zone: string; readonly cpuMillis: number } | undefined => {
  if (EXCLUDED.some((label) => node.metadata.labels?.[label] !== undefined)) return undefined;
  if (!isConditionTrue(node.status?.conditions, 'Ready')) return undefined;
  return { zone: node.metadata.labels?.[ZONE] ?? '', cpuMillis: toMilli(String(node.status?.allocatable?.cpu ?? '0')) };
};

/** Share of each zone, summing to 1; empty where nodes do not tell. */
const sharesOf = (nodes: readonly Node[]): ReadonlyMap<string, number> => {
  const cpu = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    const capacity = capacityOf(node);
    if (!capacity) continue;
    const { zone, cpuMillis } = capacity;
    if (zone === '' || cpuMillis === 0) return new Map();
    cpu.set(zone, (cpu.get(zone) ?? 0) + cpuMillis);
    total += cpuMillis;
  }
  if (cpu.size < 2) return new Map();
  return new Map([...cpu].sort(([a], [b]) => (a < b ? -1 : 1)).map(([zone, millis]) => [zone, millis / total]));
};

const allocate = (nodes: readonly Node[], count: number): Allocations => {
  const shares = sharesOf(nodes);
  if (shares.size === 0) return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  const sizes = `(${count} endpoints, ${shares.size} zones)`;
  if (shares.size > count) return `Insufficient number of endpoints ${sizes}`;
  const minima = new Map([...shares].map(([zone, share]) => [zone, Math.ceil((share * count) / (1 + OVERLOAD))]));
  const spare = count - [...minima.values()].reduce((sum, minimum) => sum + minimum, 0);
  if (spare < 0) return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${sizes}`;
  return new Map(
    [...shares].map(([zone, share]) => {
      const minimum = minima.get(zone)!;
      return [zone, { minimum, maximum: minimum + spare, desired: Math.max(share * count, minimum) }];
    }),
  );
};

type Counts = Map<string, number>;

const add = (counts: Counts, zone: string, by: number): void => void counts.set(zone, (counts.get(zone) ?? 0) + by);

/** The zones that the ready endpoints of an unchanged slice are for; undefined when they no longer do. */
const keptHints = ({ slice, changed }: Draft, given: Counts, allocations: ReadonlyMap<string, Allocation>): Counts | undefined => {
  if (!slice || changed) return undefined;
  const counts: Counts = new Map();
  for (const { conditions, hints } of slice.endpoints ?? []) {
    if (!conditions?.ready) {
      if (hints) return undefined;
      continue;
    }
    if (!hints?.forZones?.length) return undefined;
    for (const { name } of hints.forZones) add(counts, name, 1);
  }
  const fits = [...counts].every(([zone, count]) => count + (given.get(zone) ?? 0) <= (allocations.get(zone)?.maximum ?? -1));
  return fits ? counts : undefined;
};

const most = (counts: Counts): [zone: string, count: number] => {
  let found: [string, number] = ['', 0];
  for (const [zone, count] of counts) if (count > found[1]) found = [zone, count];
  return found;
};

/** Whole endpoints that zones with too many give, and that zones with too few get. */
const exchange = (allocations: ReadonlyMap<string, Allocation>, counts: Counts): { giving: Counts; receiving: Counts } => {
  const over: Counts = new Map();
  const under: Counts = new Map();
  for (const [zone, { desired }] of allocations) {
    const difference = (counts.get(zone) ?? 0) - desired;
    if (difference > 0) over.set(zone, difference);
    else if (difference < 0) under.set(zone, -difference);
  }
  const giving: Counts = new Map();
  const receiving: Counts = new Map();
  for (;;) {
    const [from, surplus] = most(over);
    const [to, want] = most(under);
    if (Math.min(surplus, want) < 0.5 || Math.max(surplus, want) < 1) return { giving, receiving };
    for (const [zone, precise, whole] of [[from, over, giving] as const, [to, under, receiving] as const]) {
      add(precise, zone, -1);
      add(whole, zone, 1);
    }
  }
};

const hinted = (endpoint: Endpoint, zone: string): Endpoint => ({ ...endpoint, hints: { forZones: [{ name: zone }] } });

/** Writes hints into the drafts; the reason when there can be none. Slices whose hints still do keep them. */
export const hintByShares = (drafts: readonly Draft[], nodes: readonly Node[]): string | undefined => {
  const ready = drafts.flatMap(({ endpoints }) => endpoints.filter(({ conditions }) => conditions?.ready));
  const allocations = allocate(nodes, ready.length);
  if (typeof allocations === 'string') return allocations;
  if (ready.some(({ zone }) => !zone)) return 'One or more endpoints do not have a zone specified';
  const counts: Counts = new Map();
  const open: Draft[] = [];
  for (const draft of drafts) {
    const kept = keptHints(draft, counts, allocations);
    if (!kept) {
      open.push(draft);
      continue;
    }
    for (const [zone, count] of kept) add(counts, zone, count);
    draft.endpoints = [...(draft.slice?.endpoints ?? [])];
  }
  for (const draft of open) {
    draft.endpoints = draft.endpoints.map((endpoint) => {
      if (!endpoint.conditions?.ready) return endpoint;
      add(counts, endpoint.zone!, 1);
      return hinted(endpoint, endpoint.zone!);
    });
  }
  const { giving, receiving } = exchange(allocations, counts);
  for (const draft of open) {
    draft.endpoints = draft.endpoints.map((endpoint) => {
      const [to, wanted] = most(receiving);
      if (wanted < 1 || !endpoint.hints || (giving.get(endpoint.zone!) ?? 0) < 1) return endpoint;
      add(giving, endpoint.zone!, -1);
      add(receiving, to, -1);
      return hinted(endpoint, to);
    });
  }
  return undefined;
};
