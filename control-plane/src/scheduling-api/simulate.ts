/**
 * simulate(): where pods would go, without writing. Pure over a snapshot; the same filters, scores and preemption the scheduler decides with, on a state
 * of its own. Answers are those of this moment: other pods may come first.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { isActive } from '../controllers/pod-state.ts';
import { explain } from '../scheduler/diagnosis.ts';
import { Placer, type Refusal } from '../scheduler/placement.ts';
import { Preemptor } from '../scheduler/preemption/preempt.ts';
import { DEFAULT_SCHEDULER, profiles } from '../scheduler/profiles.ts';
import { applyChanges, followed } from '../scheduler/state/cluster-feed.ts';
import { ClusterState } from '../scheduler/state/cluster-state.ts';
import { type PodInfo, pinnedPodInfoOf } from '../scheduler/state/pod-info.ts';
import { ABSENT, pluginOf } from '../scheduler/verdict.ts';
import { adviceOf } from './advice.ts';

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface SimulationRequest {
  /** Pods that are not there yet, admitted, and the index of the object each is of. */
  readonly pods: readonly { readonly pod: Pod; readonly object: number }[];
  /** Pods of the cluster: where they are or would go. */
  readonly existing: readonly PodName[];
  /** Nodes to think away; their pods are placed anew, before the new ones. */
  readonly withoutNodes: readonly string[];
  /** Ask how many copies of the first pod would fit, at most so many. */
  readonly most: number | undefined;
  /** Say of each node why it refuses, and what would have to change; for the first refused pods. */
  readonly explain?: boolean;
}

export interface NodeReason {
  readonly plugin: string;
  readonly reason: string;
  readonly nodes: number;
  /** Some of them. */
  readonly examples: readonly string[];
}

/** What one node says. */
export interface NodeVerdict {
  readonly node: string;
  readonly plugin: string;
  readonly reasons: readonly string[];
}

export interface SimulatedPlacement {
  readonly pod: PodName;
  /** Index of the object it is of; none for pods of the cluster. */
  readonly object?: number;
  readonly fits: boolean;
  readonly node?: string;
  /** It runs there already. */
  readonly bound?: true;
  /** The node it would have to leave. */
  readonly from?: string;
  /** Why not, as the pod's condition would say. */
  readonly message?: string;
  readonly reasons?: readonly NodeReason[];
  /** It would fit on `node` once these are gone. */
  readonly preempts?: readonly PodName[];
  /** Where it was asked: all nodes by name, and what would have to change, in sentences. */
  readonly nodes?: readonly NodeVerdict[];
  readonly advice?: readonly string[];
}

export interface SimulationResult {
  readonly placements: readonly SimulatedPlacement[];
  readonly capacity?: {
    readonly count: number;
    /** More may fit: only so many were tried. */
    readonly limited: boolean;
    readonly perNode: readonly { readonly node: string; readonly count: number }[];
    /** Why the next one would not fit. */
    readonly message?: string;
  };
}

const EXAMPLES = 5;
/** Refused pods of one answer that are explained. */
const MAX_EXPLAINED = 20;

const nameOf = ({ metadata }: Pod): PodName => ({ namespace: metadata.namespace ?? '', name: metadata.name ?? '' });

/** Like DaemonSet pods and those a node runs by itself: they end with their node. */
const leavesWithNode = ({ metadata }: Pod): boolean =>
  metadata.ownerReferences?.some(({ kind, controller }) => controller && (kind === 'DaemonSet' || kind === 'Node')) ?? false;

const byPriority = (a: Pod, b: Pod): number =>
  (b.spec.priority ?? 0) - (a.spec.priority ?? 0) || ((a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1);

class Simulation {
  readonly #state: ClusterState;
  readonly #placers = new Map<string, Placer>();
  readonly #preemptor = new Preemptor();
  #copies = 0;
  #explanations: number;

  constructor(snapshot: Snapshot, { without, explain }: { readonly without: ReadonlySet<string>; readonly explain: boolean }) {
    this.#explanations = explain ? MAX_EXPLAINED : 0;
    this.#state = new ClusterState(snapshot);
    const changes = followed.flatMap((resource) =>
      snapshot
        .all(resource)
        .filter(({ metadata }) => resource !== 'core/nodes' || !without.has(metadata.name ?? ''))
        .map((object) => ({ resource, object, previous: undefined })),
    );
    const ignore = (): void => undefined;
    applyChanges(this.#state, changes, { waits: ignore, waitsNoMore: ignore, happened: ignore, known: () => undefined });
  }

  #placerOf({ class: { spec } }: PodInfo): Placer | undefined {
    const name = spec.schedulerName ?? DEFAULT_SCHEDULER;
    const plugins = profiles.get(name);
    let placer = this.#placers.get(name);
    if (!placer && plugins) {
      placer = new Placer(this.#state, plugins);
      this.#placers.set(name, placer);
    }
    return placer;
  }

  /** Takes the room where it fits, so that the next pod sees it. */
  place(pod: Pod): SimulatedPlacement {
    const name = nameOf(pod);
    if (pod.spec.schedulingGates?.length) {
      return { pod: name, fits: false, message: 'Scheduling is blocked due to non-empty scheduling gates' };
    }
    const info = pinnedPodInfoOf(pod, this.#state.classes);
    const placer = this.#placerOf(info);
    if (!placer) return { pod: name, fits: false, message: `no scheduler named ${pod.spec.schedulerName} runs here` };
    const { slot, refusal } = placer.place(info);
    if (slot === undefined) return this.#refused(info, refusal, placer);
    const node = this.#state.nodes.infos[slot]!.name;
    this.#state.place(info, node);
    return { pod: name, fits: true, node };
  }

  #refused(info: PodInfo, refusal: Refusal, placer: Placer): SimulatedPlacement {
    const reasons = reasonsOf(refusal, placer);
    const more = this.#explanations-- > 0 ? { nodes: verdictsOf(refusal, placer), advice: adviceOf(info, refusal, placer) } : {};
    const attempt = this.#preemptor.try(info, refusal, placer);
    const pod = nameOf(info.pod);
    if (!attempt.victims) return { pod, fits: false, message: explain(refusal, attempt.message), reasons, ...more };
    const node = this.#state.nodes.infos[attempt.slot]!.name;
    return {
      pod,
      fits: false,
      node,
      message: explain(refusal, ''),
      reasons,
      ...more,
      preempts: attempt.victims.map((victim) => nameOf(victim.pod)),
    };
  }

  capacity(pod: Pod, most: number): SimulationResult['capacity'] {
    const perNode = new Map<string, number>();
    let count = 0;
    let message: string | undefined;
    while (count < most && message === undefined) {
      const uid = `${pod.metadata.uid}-${this.#copies++}`;
      const { fits, node, message: why } = this.place({ ...pod, metadata: { ...pod.metadata, uid } });
      if (fits) {
        count++;
        perNode.set(node!, (perNode.get(node!) ?? 0) + 1);
      } else message = why ?? '';
    }
    const nodes = [...perNode].map(([node, n]) => ({ node, count: n })).sort((a, b) => (a.node < b.node ? -1 : 1));
    return { count, limited: message === undefined, perNode: nodes, ...(message === undefined ? {} : { message }) };
  }
}

const reasonsOf = ({ verdicts, textsOf }: Refusal, { state, plugins }: Placer): NodeReason[] => {
  const found = new Map<string, { plugin: string; reason: string; nodes: number; examples: string[] }>();
  for (let slot = 0; verdicts && slot < state.nodes.slots; slot++) {
    const verdict = verdicts[slot]!;
    if (verdict === ABSENT || verdict === 0) continue;
    const plugin = plugins[pluginOf(verdict)]!.plugin.name;
    for (const reason of textsOf(verdict)) {
      const entry = found.get(plugin + reason) ?? { plugin, reason, nodes: 0, examples: [] };
      found.set(plugin + reason, entry);
      entry.nodes++;
      if (entry.examples.length < EXAMPLES) entry.examples.push(state.nodes.infos[slot]!.name);
    }
  }
  return [...found.values()].sort((a, b) => b.nodes - a.nodes || (a.reason < b.reason ? -1 : 1));
};

const verdictsOf = ({ verdicts, textsOf }: Refusal, { state, plugins }: Placer): NodeVerdict[] => {
  const found: NodeVerdict[] = [];
  for (let slot = 0; verdicts && slot < state.nodes.slots; slot++) {
    const verdict = verdicts[slot]!;
    const info = state.nodes.infos[slot];
    if (!info || verdict === 0) continue;
    // where an affinity names its nodes, the others were not even looked at
    if (verdict === ABSENT)
      found.push({ node: info.name, plugin: 'NodeAffinity', reasons: ["node(s) didn't match Pod's node affinity/selector"] });
    else found.push({ node: info.name, plugin: plugins[pluginOf(verdict)]!.plugin.name, reasons: textsOf(verdict) });
  }
  return found.sort((a, b) => (a.node < b.node ? -1 : 1));
};

/** `snapshot` may lack pods or nodes the caller must not see: then they do not count. Missing existing pods give no placement. */
export const simulate = (snapshot: Snapshot, request: SimulationRequest): SimulationResult => {
  const without = new Set(request.withoutNodes);
  const simulation = new Simulation(snapshot, { without, explain: request.explain ?? false });
  const displaced = [...without]
    .flatMap((node) => snapshot.onNode<Pod>(node))
    .filter((pod) => isActive(pod) && !leavesWithNode(pod))
    .sort(byPriority);
  const placements: SimulatedPlacement[] = displaced.map((pod) => {
    const { nodeName, ...spec } = pod.spec;
    return { ...simulation.place({ ...pod, spec }), from: nodeName! };
  });
  for (const { namespace, name } of request.existing) {
    const pod = snapshot.get<Pod>('core/pods', namespace, name);
    if (!pod || without.has(pod.spec.nodeName ?? '')) continue;
    const { nodeName } = pod.spec;
    placements.push(nodeName ? { pod: { namespace, name }, fits: true, node: nodeName, bound: true } : simulation.place(pod));
  }
  if (request.most !== undefined && request.pods[0])
    return { placements, capacity: simulation.capacity(request.pods[0].pod, request.most)! };
  return { placements: [...placements, ...request.pods.map(({ pod, object }) => ({ ...simulation.place(pod), object }))] };
};
