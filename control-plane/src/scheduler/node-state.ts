/**
 * A node as one pass sees it: what it offers, what its pods use, and what this pass has already put there. The sums of a node's pods are
 * memoized on the snapshot's list of them, which keeps its identity until one of them changes: a pass costs what changed.
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { isFinished } from '../controllers/pod-state.ts';
import { type Amounts, amountsOf, type HostPort, type PodInfo, podInfoOf } from './pod-info.ts';

interface Usage {
  readonly requested: Amounts;
  readonly assumed: { readonly cpu: number; readonly memory: number };
  readonly pods: number;
  readonly hostPorts: readonly HostPort[];
  readonly lowestPriority: number;
}

export interface NodeState {
  readonly node: Node;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly allocatable: Amounts;
  requested: Amounts;
  assumed: { readonly cpu: number; readonly memory: number };
  pods: number;
  hostPorts: readonly HostPort[];
  /** Of the pods on it before this pass; Infinity without any. */
  readonly lowestPriority: number;
}

const usages = new WeakMap<readonly Pod[], Usage>();

const plus = (a: Amounts, b: Amounts): Amounts => {
  const sum: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) sum[name] = (sum[name] ?? 0) + amount;
  return sum;
};

const usageOf = (pods: readonly Pod[]): Usage => {
  const memo = usages.get(pods);
  if (memo) return memo;
  let requested: Amounts = {};
  let cpu = 0;
  let memory = 0;
  let count = 0;
  let lowestPriority = Number.POSITIVE_INFINITY;
  const hostPorts: HostPort[] = [];
  for (const pod of pods) {
    if (isFinished(pod)) continue;
    const info = podInfoOf(pod);
    requested = plus(requested, info.requests);
    cpu += info.assumed.cpu;
    memory += info.assumed.memory;
    count++;
    hostPorts.push(...info.hostPorts);
    lowestPriority = Math.min(lowestPriority, pod.spec.priority ?? 0);
  }
  const usage: Usage = { requested, assumed: { cpu, memory }, pods: count, hostPorts, lowestPriority };
  usages.set(pods, usage);
  return usage;
};

const allocatables = new WeakMap<Node, Amounts>();

const allocatableOf = (node: Node): Amounts => {
  let amounts = allocatables.get(node);
  if (!amounts) {
    amounts = amountsOf(node.status?.allocatable ?? node.status?.capacity);
    allocatables.set(node, amounts);
  }
  return amounts;
};

export const nodeStateOf = (node: Node, snapshot: Snapshot): NodeState => {
  const { requested, assumed, pods, hostPorts, lowestPriority } = usageOf(snapshot.onNode<Pod>(node.metadata.name ?? ''));
  return {
    node,
    name: node.metadata.name ?? '',
    labels: node.metadata.labels ?? {},
    allocatable: allocatableOf(node),
    requested,
    assumed,
    pods,
    hostPorts,
    lowestPriority,
  };
};

/** Counts a pod of this pass in. */
export const place = (state: NodeState, { requests, assumed, hostPorts }: PodInfo): void => {
  state.requested = plus(state.requested, requests);
  state.assumed = { cpu: state.assumed.cpu + assumed.cpu, memory: state.assumed.memory + assumed.memory };
  state.pods += 1;
  if (hostPorts.length > 0) state.hostPorts = [...state.hostPorts, ...hostPorts];
};
