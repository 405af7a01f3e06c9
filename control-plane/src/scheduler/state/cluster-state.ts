/**
 * The cluster as the scheduler sees it: nodes as columns, placed pods, and counts for affinity and spreading, all advanced by single changes.
 * Invariant: it equals a state made anew from the same objects (property test). Placements decided but not yet committed are in it too: the
 * caller takes those back that were not.
 */
import type { Node } from '#schema/core/node.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';
import { Images } from './images.ts';
import { NodeChecks } from './node-checks.ts';
import { NodeTable } from './node-table.ts';
import { Nominations } from './nominations.ts';
import { PodClasses } from './pod-class.ts';
import { PodCounters } from './pod-counters.ts';
import type { PodInfo } from './pod-info.ts';
import { TermGroups } from './term-groups.ts';
import { Topology } from './topology.ts';

/** What plugins look up in a snapshot: namespaces, services, workloads, claims. */
export type Lookup = Pick<Snapshot, 'get' | 'inNamespace' | 'all'>;

const none: ReadonlyMap<string, PodInfo> = new Map();

export class ClusterState {
  readonly nodes = new NodeTable();
  readonly classes = new PodClasses(this.nodes);
  readonly checks = new NodeChecks(this.nodes);
  readonly images = new Images();
  readonly nominations = new Nominations();
  readonly terms = new TermGroups();
  readonly counters: PodCounters;
  readonly lookup: Lookup;
  /** Volumes given away by decisions that are not committed yet. */
  readonly reservedVolumes = new Set<string>();
  /** Raised by every change a decision may depend on. */
  version = 0;
  readonly #topologies = new Map<string, Topology>();
  /** Placed pods by node name, known or not. */
  readonly #placed = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();
  /** Pods on nodes that use a claim, by `namespace/claim`. */
  readonly #claimUsers = new Map<string, Set<string>>();

  constructor(lookup: Lookup) {
    this.lookup = lookup;
    this.counters = new PodCounters((visit) => {
      for (const [name, pods] of this.#placed) {
        const slot = this.nodes.slotOf(name);
        if (slot !== undefined) for (const pod of pods.values()) visit(pod, slot);
      }
    }, this.namespaceLabels);
  }

  readonly namespaceLabels = (namespace: string): Readonly<Record<string, string>> | undefined =>
    this.lookup.get('core/namespaces', '', namespace)?.metadata.labels;

  topology(key: string): Topology {
    let topology = this.#topologies.get(key);
    if (!topology) {
      topology = new Topology(key);
      for (let slot = 0; slot < this.nodes.slots; slot++) topology.set(slot, this.nodes.infos[slot]);
      this.#topologies.set(key, topology);
    }
    return topology;
  }

  putNode(node: Node): number {
    const name = node.metadata.name ?? '';
    const known = this.nodes.slotOf(name) !== undefined;
    const slot = this.nodes.put(node);
    for (const topology of this.#topologies.values()) topology.set(slot, this.nodes.infos[slot]);
    this.images.put(slot, node);
    if (!known) for (const pod of this.podsOn(name).values()) this.#count(pod, slot, 1);
    this.version++;
    return slot;
  }

  removeNode(name: string): void {
    const slot = this.nodes.slotOf(name);
    if (slot === undefined) return;
    for (const pod of this.podsOn(name).values()) this.#count(pod, slot, -1);
    this.nominations.removeSlot(slot);
    this.nodes.remove(name);
    for (const topology of this.#topologies.values()) topology.set(slot, undefined);
    this.images.put(slot, undefined);
    this.version++;
  }

  podsOn(node: string): ReadonlyMap<string, PodInfo> {
    return this.#placed.get(node) ?? none;
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  /** As it was placed. */
  placed(uid: string): PodInfo | undefined {
    const node = this.#nodeOf.get(uid);
    return node === undefined ? undefined : this.#placed.get(node)?.get(uid);
  }

  /** Puts a pod on a node, or takes its new state over. */
  place(pod: PodInfo, node: string): void {
    const before = this.placed(pod.uid);
    const same = before && this.#nodeOf.get(pod.uid) === node && before.class === pod.class && before.terminating === pod.terminating;
    if (before && !same) this.unplace(pod.uid);
    let pods = this.#placed.get(node);
    if (!pods) {
      pods = new Map();
      this.#placed.set(node, pods);
    }
    pods.set(pod.uid, pod);
    if (same) return;
    this.#nodeOf.set(pod.uid, node);
    const slot = this.nodes.slotOf(node);
    if (slot !== undefined) this.#count(pod, slot, 1);
    for (const claim of pod.claims) this.#use(`${pod.namespace}/${claim}`, pod.uid);
    this.version++;
  }

  /** The pod is told to end: spreading does not count it any more. Its object says so later. */
  ends(uid: string): void {
    const node = this.#nodeOf.get(uid);
    const pod = this.placed(uid);
    if (node === undefined || !pod || pod.terminating) return;
    const ending: PodInfo = { ...pod, terminating: true };
    this.#placed.get(node)!.set(uid, ending);
    const slot = this.nodes.slotOf(node);
    if (slot === undefined) return;
    this.counters.add(pod, slot, -1);
    this.counters.add(ending, slot, 1);
    this.version++;
  }

  unplace(uid: string): PodInfo | undefined {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return undefined;
    const pods = this.#placed.get(node)!;
    const pod = pods.get(uid)!;
    pods.delete(uid);
    if (pods.size === 0) this.#placed.delete(node);
    this.#nodeOf.delete(uid);
    const slot = this.nodes.slotOf(node);
    if (slot !== undefined) this.#count(pod, slot, -1);
    for (const claim of pod.claims) this.#claimUsers.get(`${pod.namespace}/${claim}`)?.delete(uid);
    this.version++;
    return pod;
  }

  /** Keeps room on a node for a pod that cannot run there yet. */
  nominate(pod: PodInfo, slot: number): void {
    this.unnominate(pod.uid);
    this.nominations.set(pod, slot);
    this.nodes.touch(slot);
    this.version++;
  }

  unnominate(uid: string): void {
    const slot = this.nominations.remove(uid);
    if (slot === undefined) return;
    this.nodes.touch(slot);
    this.version++;
  }

  /** Pods on nodes that use the claim. */
  claimUsers(namespace: string, claim: string): ReadonlySet<string> {
    return this.#claimUsers.get(`${namespace}/${claim}`) ?? nobody;
  }

  /** Labels of namespaces changed. */
  namespacesChanged(): void {
    this.counters.forgetNamespaceLabels();
    this.terms.forgetNamespaceLabels();
    this.version++;
  }

  #count(pod: PodInfo, slot: number, sign: 1 | -1): void {
    this.nodes.use(slot, pod.class.shape, sign);
    this.counters.add(pod, slot, sign);
    this.terms.add(pod.class, slot, sign);
  }

  #use(claim: string, uid: string): void {
    const users = this.#claimUsers.get(claim);
    if (users) users.add(uid);
    else this.#claimUsers.set(claim, new Set([uid]));
  }
}

const nobody: ReadonlySet<string> = new Set();
