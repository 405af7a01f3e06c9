/**
 * Placements of the scheduler beside those of the reference algorithm, on the same seeded clusters and pods: how many pods found a node, how many nodes are in
 * use, how evenly cpu and memory are used, and how evenly the pods of an app stand in zones.
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { createScheduler } from '../scheduler.ts';
import { asks, offers } from './naive-checker.ts';
import { ReferenceScheduler } from './reference-scheduler.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';

/** 0 up to 1, the same numbers for a seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};

export interface Quality {
  readonly placed: number;
  readonly nodesUsed: number;
  /** Standard deviation over nodes of the share in use, in per cent. */
  readonly cpuDeviation: number;
  readonly memoryDeviation: number;
  /** Mean over apps of the most pods in a zone less the fewest. */
  readonly zoneSkew: number;
}

type Draw = (most: number) => number;
type Spec = Record<string, unknown>;

export interface Shape {
  readonly name: string;
  /** Pods for each node. */
  readonly density: number;
  readonly node: (
    i: number,
    draw: Draw,
  ) => { readonly cpu: number; readonly memoryGi: number; readonly zone: number; readonly more?: Spec };
  readonly pod: (i: number, draw: Draw) => { readonly cpu: number; readonly memoryMi: number; readonly app: number; readonly spec?: Spec };
  readonly packs?: true;
  /** Apps are to stand evenly in zones. */
  readonly spreads?: true;
}

const ofApp = (app: number) => ({ labelSelector: { matchLabels: { app: `app-${app}` } } });
const constraint = (app: number, topologyKey: string, whenUnsatisfiable: string) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable,
  ...ofApp(app),
});
const even = (i: number) => ({ cpu: 8000, memoryGi: 32, zone: i % 3 });
const manySizes = (draw: Draw) => ({ cpu: 50 + draw(20) * 50, memoryMi: 64 + draw(30) * 64 });
const threeSizes = (i: number) => ({ cpu: [4000, 8000, 16_000][i % 3]!, memoryGi: [32, 32, 64][i % 3]!, zone: Math.floor(i / 3) % 3 });

export const shapes: readonly Shape[] = [
  {
    name: 'three sizes of nodes, pods of many sizes',
    density: 13,
    node: threeSizes,
    pod: (i, draw) => ({ ...manySizes(draw), app: i % 10 }),
  },
  { name: 'more pods than fit', density: 40, node: threeSizes, pod: (i, draw) => ({ ...manySizes(draw), app: i % 10 }) },
  { name: 'fewer pods than nodes', density: 0.6, node: even, pod: (i, draw) => ({ ...manySizes(draw), app: i % 5 }) },
  {
    name: 'uneven zones, apps spread softly over zones and nodes',
    density: 8,
    spreads: true,
    node: (i) => ({ cpu: 8000, memoryGi: 32, zone: i % 10 < 5 ? 0 : i % 10 < 8 ? 1 : 2 }),
    pod: (i, draw) => {
      const app = i % 12;
      const topologySpreadConstraints = [constraint(app, ZONE, 'ScheduleAnyway'), constraint(app, HOST, 'ScheduleAnyway')];
      return { cpu: 100 + draw(8) * 100, memoryMi: 256 + draw(8) * 256, app, spec: { topologySpreadConstraints } };
    },
  },
  {
    name: 'apps spread hard over zones, away from their like',
    density: 3,
    spreads: true,
    node: even,
    pod: (i, draw) => {
      const app = i % 20;
      const away = { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOST, ...ofApp(app) }] };
      const spec = { topologySpreadConstraints: [constraint(app, ZONE, 'DoNotSchedule')], affinity: { podAntiAffinity: away } };
      return { cpu: 200 + draw(10) * 100, memoryMi: 256 + draw(16) * 256, app, spec };
    },
  },
  {
    name: 'taints and wishes: some nodes tainted, labels and neighbours preferred',
    density: 9,
    node: (i) => ({
      ...even(i),
      more:
        i % 7 === 0
          ? { taints: [{ key: 'old', effect: 'PreferNoSchedule' }] }
          : i % 7 === 1
            ? { taints: [{ key: 'own', effect: 'NoSchedule' }] }
            : {},
    }),
    pod: (i, draw) => {
      const app = i % 9;
      const zone = { matchExpressions: [{ key: ZONE, operator: 'In', values: [`z${app % 3}`] }] };
      const near = { weight: 50, podAffinityTerm: { topologyKey: ZONE, ...ofApp(app) } };
      const affinity = {
        ...(app < 3 ? { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, preference: zone }] } } : {}),
        ...(app > 6 ? { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [near] } } : {}),
      };
      return { ...manySizes(draw), app, spec: { affinity, ...(app === 4 ? { tolerations: [{ key: 'own', operator: 'Exists' }] } : {}) } };
    },
  },
  {
    name: 'bin packing',
    density: 4,
    node: threeSizes,
    pod: (i, draw) => ({ ...manySizes(draw), app: i % 10, spec: { schedulerName: 'bin-packing-scheduler' } }),
    packs: true,
  },
];

const make = (shape: Shape, count: number, seed: number): { readonly nodes: readonly Node[]; readonly pods: readonly Pod[] } => {
  const random = seeded(seed);
  const draw: Draw = (most) => Math.floor(random() * most);
  const nodes = Array.from({ length: count }, (_, i) => {
    const { cpu, memoryGi, zone, more = {} } = shape.node(i, draw);
    // chance among equals hangs on names: other names, other chances
    const name = `n${seed}-${String(i).padStart(5, '0')}`;
    const allocatable = { cpu: `${cpu}m`, memory: `${memoryGi}Gi`, pods: '110' };
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels: { [HOST]: name, [ZONE]: `z${zone}` } },
      spec: more,
      status: { allocatable },
    } as unknown as Node;
  });
  const pods = Array.from({ length: Math.round(count * shape.density) }, (_, i) => {
    const { cpu, memoryMi, app, spec } = shape.pod(i, draw);
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: `${cpu}m`, memory: `${memoryMi}Mi` } } }];
    const metadata = { name: `p${seed}-${String(i).padStart(6, '0')}`, namespace: 'default', labels: { app: `app-${app}` } };
    return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers, ...spec }, status: { phase: 'Pending' } } as unknown as Pod;
  });
  return { nodes, pods };
};

const deviation = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) * 100;
};

const judge = (nodes: readonly Node[], placed: readonly { readonly pod: Pod; readonly node: string }[]): Quality => {
  const on = new Map<string, Pod[]>(nodes.map(({ metadata }) => [metadata.name!, []]));
  for (const { pod, node } of placed) on.get(node)!.push(pod);
  const share = (resource: string): number[] =>
    nodes.map((node) => on.get(node.metadata.name!)!.reduce((sum, pod) => sum + asks(pod, resource), 0) / offers(node, resource));
  const zoneOf = new Map(nodes.map(({ metadata }) => [metadata.name!, metadata.labels![ZONE]!]));
  const zones = new Set(zoneOf.values());
  const apps = new Map<string, Map<string, number>>();
  for (const { pod, node } of placed) {
    const counts = apps.get(pod.metadata.labels!.app!) ?? new Map([...zones].map((zone) => [zone, 0]));
    apps.set(pod.metadata.labels!.app!, counts);
    counts.set(zoneOf.get(node)!, counts.get(zoneOf.get(node)!)! + 1);
  }
  const skews = [...apps.values()].map((counts) => Math.max(...counts.values()) - Math.min(...counts.values()));
  return {
    placed: placed.length,
    nodesUsed: [...on.values()].filter(({ length }) => length > 0).length,
    cpuDeviation: deviation(share('cpu')),
    memoryDeviation: deviation(share('memory')),
    zoneSkew: skews.reduce((a, b) => a + b, 0) / Math.max(1, skews.length),
  };
};

/** Name -> node, in the order in which they were decided; undefined for those that fit nowhere. */
const decisions = (nodes: readonly Node[], pods: readonly Pod[]): Map<string, string | undefined> => {
  const world = new PlainWorld({ nowMs: 1_893_456_000_000, cluster: testCluster });
  const scheduler = createScheduler();
  for (const object of [...nodes, ...pods]) world.add(object);
  const decided = new Map<string, string | undefined>();
  for (let quiet = false; !quiet; ) {
    const { changes } = world.decide(scheduler, { namespace: '', name: 'batch' });
    for (const { object } of changes) decided.set(object.metadata.name!, (object as unknown as Pod).spec.nodeName);
    world.apply(changes);
    quiet = changes.length === 0;
  }
  return decided;
};

const byKedge = (nodes: readonly Node[], pods: readonly Pod[]): Quality => {
  const decided = decisions(nodes, pods);
  const placed = pods.flatMap((pod) => {
    const node = decided.get(pod.metadata.name!);
    return node === undefined ? [] : [{ pod, node }];
  });
  return judge(nodes, placed);
};

/**
 * Decisions that the reference, on a cluster filled by the same decisions before, would not have made: a node that is none of its best, or no node where it
 * has one. Exact for clusters that are small enough to be looked at whole.
 */
export const disagreements = (shape: Shape, count: number, seed: number): string[] => {
  const { nodes, pods } = make(shape, count, seed);
  const reference = new ReferenceScheduler(nodes, seeded(seed), shape.packs ? 'most' : 'least');
  const byName = new Map(pods.map((pod) => [pod.metadata.name!, pod]));
  const found: string[] = [];
  for (const [name, node] of decisions(nodes, pods)) {
    const best = reference.best(byName.get(name)!);
    if (node === undefined ? best.length > 0 : !best.includes(node))
      found.push(`${name} on ${node}, the reference says ${best.join() || 'nowhere'}`);
    if (node !== undefined) reference.put(byName.get(name)!, node);
  }
  return found;
};

const byReference = (
  nodes: readonly Node[],
  pods: readonly Pod[],
  options: { readonly seed: number; readonly packs: boolean },
): Quality => {
  const reference = new ReferenceScheduler(nodes, seeded(options.seed + 1), options.packs ? 'most' : 'least');
  const placed = pods.flatMap((pod) => {
    const node = reference.place(pod);
    return node === undefined ? [] : [{ pod, node }];
  });
  return judge(nodes, placed);
};

export interface Comparison {
  readonly kedge: Quality;
  readonly reference: Quality;
}

const meanOf = (all: readonly Quality[]): Quality => {
  const mean = (of: (quality: Quality) => number): number => all.reduce((sum, quality) => sum + of(quality), 0) / all.length;
  return {
    placed: mean(({ placed }) => placed),
    nodesUsed: mean(({ nodesUsed }) => nodesUsed),
    cpuDeviation: mean(({ cpuDeviation }) => cpuDeviation),
    memoryDeviation: mean(({ memoryDeviation }) => memoryDeviation),
    zoneSkew: mean(({ zoneSkew }) => zoneSkew),
  };
};

/** Means over the seeds. */
export const compare = (shape: Shape, nodes: number, seeds: readonly number[]): Comparison => {
  const runs = seeds.map((seed) => {
    const world = make(shape, nodes, seed);
    return {
      kedge: byKedge(world.nodes, world.pods),
      reference: byReference(world.nodes, world.pods, { seed, packs: shape.packs ?? false }),
    };
  });
  return { kedge: meanOf(runs.map(({ kedge }) => kedge)), reference: meanOf(runs.map(({ reference }) => reference)) };
};

/**
 * What is worse than the reference, in words; none when nothing is. Equals are chosen by chance, which moves the last digits: half a per cent of pods, two of
 * nodes, half a point and a twentieth of deviation are let pass.
 */
export const worse = ({ packs, spreads }: Shape, { kedge, reference }: Comparison): string[] => {
  const found: string[] = [];
  const check = (what: keyof Quality, holds: boolean): void => {
    if (!holds) found.push(`${what} ${kedge[what].toFixed(2)}, the reference's is ${reference[what].toFixed(2)}`);
  };
  check('placed', kedge.placed >= reference.placed * 0.995);
  // who packs uses fewer nodes, who spreads uses them all
  check('nodesUsed', packs ? kedge.nodesUsed <= reference.nodesUsed * 1.02 : kedge.nodesUsed >= reference.nodesUsed * 0.98);
  if (!packs) {
    for (const what of ['cpuDeviation', 'memoryDeviation'] as const) check(what, kedge[what] <= reference[what] * 1.05 + 0.5);
    if (spreads) check('zoneSkew', kedge.zoneSkew <= reference.zoneSkew * 1.05 + 0.5);
  }
  return found;
};
