/**
 * How fast nodes that fail may be emptied: one after the other in each zone, slower or not at all where most of a zone fails, since then the fault is
 * hardly the nodes'. When the last one began is read from the taints themselves, so the pace holds over restarts and no state is kept.
 * @see https://kubernetes.io/docs/concepts/architecture/nodes/#rate-limits-on-eviction
 */
import type { Node } from '#schema/core/node.ts';
import type { Taint } from '#schema/core/placement.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import { parseTime } from '#schema/meta/time.ts';
import { NOT_READY, UNREACHABLE } from './taints.ts';

/** Nodes a second, kube-controller-manager's --node-eviction-rate and --secondary-node-eviction-rate. */
const RATE = 0.1;
const SECONDARY_RATE = 0.01;
/** --unhealthy-zone-threshold: from this share of nodes that are not ready on, and more than two of them, a zone is disrupted. */
const UNHEALTHY_SHARE = 0.55;
const UNHEALTHY_NODES = 2;
/** --large-cluster-size-threshold: in zones up to this size a disruption stops evictions. */
const LARGE = 50;

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

export const zoneStateOf = (size: number, unready: number): ZoneState => {
  if (size > 0 && unready === size) return 'FullDisruption';
  return unready > UNHEALTHY_NODES && unready >= size * UNHEALTHY_SHARE ? 'PartialDisruption' : 'Normal';
};

/** Nodes a second that may begin to be emptied. */
export const evictionRate = (state: ZoneState, size: number): number => {
  if (state !== 'PartialDisruption') return RATE;
  return size > LARGE ? SECONDARY_RATE : 0;
};

const zoneOf = ({ metadata: { labels } }: Node): string =>
  `${labels?.['topology.kubernetes.io/region'] ?? ''}/${labels?.['topology.kubernetes.io/zone'] ?? ''}`;

const readyOf = (node: Node) => getCondition(node.status?.conditions, 'Ready');

const failedAtMs = (node: Node): number => parseTime(readyOf(node)?.lastTransitionTime ?? '') || 0;

const emptying = (node: Node): Taint | undefined =>
  node.spec?.taints?.find(({ key, effect }) => effect === 'NoExecute' && (key === NOT_READY || key === UNREACHABLE));

/** Has failed and still has its pods. A node that never reported has none. */
const isWaiting = (node: Node): boolean => {
  const ready = readyOf(node);
  return ready !== undefined && ready.status !== 'True' && !emptying(node);
};

interface Zone {
  /** Between two nodes; Infinity: none may begin. */
  readonly intervalMs: number;
  /** When the last one began; -Infinity: none is being emptied. */
  readonly lastMs: number;
  /** Names, those that failed first first. */
  readonly waiting: readonly string[];
}

const zoneFrom = (nodes: readonly Node[]): Zone => {
  const unready = nodes.filter((node) => readyOf(node)?.status !== 'True').length;
  return {
    intervalMs: 1000 / evictionRate(zoneStateOf(nodes.length, unready), nodes.length),
    lastMs: Math.max(
      Number.NEGATIVE_INFINITY,
      ...nodes.map((node) => parseTime(emptying(node)?.timeAdded ?? '')).filter((ms) => !Number.isNaN(ms)),
    ),
    waiting: nodes
      .filter(isWaiting)
      .map((node) => ({ name: node.metadata.name ?? '', ms: failedAtMs(node) }))
      .sort((a, b) => a.ms - b.ms || (a.name < b.name ? -1 : 1))
      .map(({ name }) => name),
  };
};

const zones = new WeakMap<readonly Node[], ReadonlyMap<string, Zone>>();

/** Once for each state of all nodes. */
const zonesOf = (nodes: readonly Node[]): ReadonlyMap<string, Zone> => {
  let found = zones.get(nodes);
  if (!found) {
    found = new Map([...Map.groupBy(nodes, zoneOf)].map(([name, members]) => [name, zoneFrom(members)]));
    zones.set(nodes, found);
  }
  return found;
};

/** Unix ms from which on the node may be emptied: 0 when it is being, and Infinity while its zone is disrupted. Those before it in line go first. */
export const mayEmptyAtMs = (node: Node, nodes: readonly Node[], nowMs: number): number => {
  const zone = zonesOf(nodes).get(zoneOf(node));
  const place = zone?.waiting.indexOf(node.metadata.name ?? '') ?? -1;
  if (!zone || place < 0) return 0;
  if (!Number.isFinite(zone.intervalMs)) return Number.POSITIVE_INFINITY;
  const first = Math.max(0, zone.lastMs + zone.intervalMs);
  return place === 0 ? first : Math.max(first, nowMs) + place * zone.intervalMs;
};
