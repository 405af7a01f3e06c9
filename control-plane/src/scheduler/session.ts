/**
 * The scheduler's memory over one cache: the state, the queue, and what was decided but not yet seen committed. A pass takes in what changed, wakes
 * whom it helps, and decides ready pods. Losing it costs nothing but a new look at every waiting pod.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { ChangeFeed } from '../controller-runtime/change-feed.ts';
import type { Outcome } from '../controller-runtime/controller.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { bind, type Decided, evict, isMarked, mark, outcomeOf, refuse, repeat, repetitionAt, unpromise } from './decisions.ts';
import { explain } from './diagnosis.ts';
import { Placer, type Refusal } from './placement.ts';
import type { WeightedPlugin } from './plugin.ts';
import { type PodVolumes, podVolumesOf } from './plugins/pod-volumes.ts';
import { volumeBinding } from './plugins/volume-binding.ts';
import { changesFor, chooserOf } from './plugins/volume-choice.ts';
import { Preemptor, victimsOn } from './preemption/preempt.ts';
import type { ClusterEvent } from './queue/cluster-event.ts';
import { SchedulingQueue } from './queue/scheduling-queue.ts';
import { applyChanges, followed, type PodSink } from './state/cluster-feed.ts';
import { ClusterState } from './state/cluster-state.ts';
import type { PodClass } from './state/pod-class.ts';
import type { PodInfo } from './state/pod-info.ts';

export type Profiles = ReadonlyMap<string, readonly WeightedPlugin[]>;

/** Changes of one pass, about, and pods looked at in it: the rest waits for the next. */
const MAX_CHANGES = 500;
const MAX_TRIES = 2000;

export class Session implements PodSink {
  readonly state: ClusterState;
  readonly queue = new SchedulingQueue();
  readonly #feed: ChangeFeed;
  readonly #placers = new Map<string, Placer>();
  /** Placed by the last pass; the next one hears whether it was committed. */
  readonly #assumed = new Set<string>();
  readonly #events: ClusterEvent[] = [];
  readonly #preemptor = new Preemptor();
  /** Victims by uid -> the pod they make room for, where known: marked by the last pass, and those whose mark is committed. */
  readonly #marking = new Map<string, string>();
  readonly #victims = new Map<string, string | undefined>();
  /** Pods whose node is chosen and whose claims are being bound. */
  readonly #awaiting = new Set<string>();
  /** What the last pass said of pods it refused. */
  readonly #told = new Map<string, { readonly message: string; readonly nominated: string | undefined }>();
  /** Which repetition was said of pods that wait for long. */
  readonly #reminded = new Map<string, number>();
  #refused = new Map<PodClass, { readonly version: number; readonly message: string; readonly plugins: ReadonlySet<string> }>();

  constructor(snapshot: Snapshot, profiles: Profiles) {
    if (!snapshot.follow) throw new Error('the scheduler needs a cache that tells what changed');
    this.state = new ClusterState(snapshot);
    this.#feed = snapshot.follow(followed);
    for (const [name, plugins] of profiles) this.#placers.set(name, new Placer(this.state, plugins));
  }

  known(uid: string): PodInfo | undefined {
    return this.queue.get(uid);
  }

  waits(pod: PodInfo): void {
    if (!this.#placers.has(schedulerOf(pod))) return;
    if (!this.queue.replace(pod)) this.queue.add(pod);
  }

  waitsNoMore(uid: string, bound: boolean): void {
    this.queue.remove(uid);
    this.#assumed.delete(uid);
    this.#reminded.delete(uid);
    if (!bound) this.#victims.delete(uid);
  }

  happened(event: ClusterEvent): void {
    this.#events.push(event);
  }

  close(): void {
    this.#feed.close();
  }

  pass(nowMs: number): Outcome {
    this.#catchUp(nowMs);
    const decided: Decided[] = [...this.#evictions(), ...this.#untold(nowMs)];
    for (let tries = 0; tries < MAX_TRIES && decided.length < MAX_CHANGES; tries++) {
      const pod = this.queue.take(nowMs);
      if (!pod) break;
      decided.push(...this.#decide(pod, nowMs));
    }
    const goesOn = this.queue.readyCount > 0 || (this.#events.length > 0 && this.queue.waitingCount > 0);
    return outcomeOf(decided, goesOn ? nowMs : this.queue.nextDueMs);
  }

  #catchUp(nowMs: number): void {
    applyChanges(this.state, this.#markedIn(this.#feed.take()), this);
    for (const uid of this.#assumed) {
      const node = this.state.nodeOf(uid);
      const pod = this.state.unplace(uid);
      // others may have been refused because of it
      if (pod && node !== undefined) this.#events.push({ kind: 'gone', pod, node });
      this.queue.giveBack(uid, nowMs);
    }
    this.#assumed.clear();
    this.state.reservedVolumes.clear();
    // a mark that lost a race: the pod that needs the room looks again
    for (const [victim, preemptor] of this.#marking) {
      if (!this.#victims.has(victim) && this.state.placed(victim)?.terminating === false) this.queue.activate(preemptor);
    }
    this.#marking.clear();
    this.#keepPromises();
    for (const event of this.#events) this.#wake(event, nowMs);
    this.#events.length = 0;
    this.queue.flush(nowMs);
  }

  /** Notes marked victims on the way: after a restart their end must still be asked for. */
  #markedIn(changes: ReturnType<ChangeFeed['take']>): ReturnType<ChangeFeed['take']> {
    for (const { resource, object } of changes) {
      // a pod without a node is nobody's victim
      if (resource !== 'core/pods' || !object?.spec.nodeName) continue;
      const uid = object.metadata.uid ?? '';
      if (!isMarked(object as Pod)) this.#victims.delete(uid);
      else if (!this.#victims.has(uid)) this.#victims.set(uid, this.#marking.get(uid));
    }
    return changes;
  }

  /** Refusals that lost a race are said once more. */
  #untold(nowMs: number): Decided[] {
    const decided: Decided[] = [];
    for (const [uid, { message, nominated }] of this.#told) {
      const pod = this.queue.get(uid);
      const refusal = pod && refuse(pod.pod, message, nominated, nowMs);
      if (refusal) decided.push(refusal);
    }
    this.#told.clear();
    return decided;
  }

  #evictions(): Decided[] {
    const decided: Decided[] = [];
    for (const [uid, preemptor] of this.#victims) {
      if (decided.length >= MAX_CHANGES) break;
      const victim = this.state.placed(uid);
      if (victim) {
        decided.push(evict(victim.pod, preemptor));
        this.state.ends(uid);
      } else this.#victims.delete(uid);
    }
    return decided;
  }

  /** Pods that are promised a node which somebody left look whether they may come. */
  #keepPromises(): void {
    const { nodes, nominations } = this.state;
    if (nominations.size === 0) return;
    const left = new Set(this.#events.flatMap((event) => (event.kind === 'gone' ? event.node : [])));
    for (const node of left) {
      const slot = nodes.slotOf(node);
      for (const promised of (slot === undefined ? undefined : nominations.on(slot)) ?? []) {
        const pod = this.queue.get(promised.uid);
        if (!pod) continue;
        // its room is there; or nobody ends for it any more, and what it was refused for last is not what keeps it away now
        if (this.#placerOf(pod).verdictOf(pod, slot!) === 0 || !victimsOn(node, pod.class.shape.priority, this.state))
          this.queue.activate(pod.uid);
      }
    }
  }

  #wake(event: ClusterEvent, nowMs: number): void {
    if (event.kind === 'storage') this.#followVolumes();
    if (this.queue.waitingCount === 0) return;
    // without any node no plugin was asked
    const helps = (pod: PodInfo, plugins: ReadonlySet<string>): boolean =>
      plugins.size === 0
        ? event.kind === 'node'
        : this.#placerOf(pod).plugins.some(({ plugin }) => plugins.has(plugin.name) && plugin.wakes?.(pod, event, this.state));
    this.queue.wake(helps, nowMs);
  }

  #placerOf(pod: PodInfo): Placer {
    return this.#placers.get(schedulerOf(pod))!;
  }

  #decide(pod: PodInfo, nowMs: number): Decided[] {
    const { state } = this;
    const known = this.#refused.get(pod.class);
    if (known?.version === state.version && pod.claims.length === 0 && state.nominations.slotOf(pod.uid) === undefined) {
      return this.#park(pod, known.message, known.plugins, undefined, nowMs);
    }
    const placer = this.#placerOf(pod);
    const { slot, refusal } = placer.place(pod);
    if (slot === undefined) return this.#refuse(pod, placer, refusal, nowMs);
    const node = state.nodes.infos[slot]!.name;
    if (pod.claims.length > 0) {
      const volumes = podVolumesOf(pod, state);
      if (volumes.open.length > 0) return this.#bindVolumes(pod, slot, node, volumes);
    }
    const promised = state.nominations.slotOf(pod.uid);
    if (promised === slot) state.unnominate(pod.uid);
    else if (promised !== undefined) this.#forgo(pod, promised);
    state.place(pod, node);
    this.#assumed.add(pod.uid);
    return [bind(pod.pod, node)];
  }

  /** Pods whose claims are bound now go after them at once. */
  #followVolumes(): void {
    for (const uid of this.#awaiting) {
      const pod = this.queue.get(uid);
      if (pod && podVolumesOf(pod, this.state).open.length > 0) continue;
      this.#awaiting.delete(uid);
      this.queue.activate(uid);
    }
  }

  /** The node is chosen; the pod follows once its claims are bound there. Its room is kept. */
  #bindVolumes(pod: PodInfo, slot: number, node: string, volumes: PodVolumes): Decided[] {
    const choice = chooserOf(volumes, this.state)(slot);
    const choices = typeof choice === 'string' ? [] : choice;
    for (const { volume } of choices) if (volume) this.state.reservedVolumes.add(volume.metadata.name!);
    this.state.nominate(pod, slot);
    this.queue.park(pod.uid, AWAITS_VOLUMES);
    this.#awaiting.add(pod.uid);
    return changesFor(choices, node).map((change) => ({ change }));
  }

  #refuse(pod: PodInfo, placer: Placer, refusal: Refusal, nowMs: number): Decided[] {
    const { state } = this;
    const before = state.nominations.slotOf(pod.uid);
    const promised = before !== undefined;
    const attempt = this.#preemptor.try(pod, refusal, placer);
    const message = explain(refusal, attempt.victims ? '' : attempt.message);
    if (!attempt.victims) {
      // the promise it had, if any, was of no use
      const had = promised && !attempt.keeps;
      if (had) this.#forgo(pod, before!);
      else if (!promised) {
        if (this.#refused.size > 1000) this.#refused = new Map();
        this.#refused.set(pod.class, { version: state.version, message, plugins: refusal.plugins });
      }
      const { nominatedNodeName } = pod.pod.status ?? {};
      // its node is gone, or a pod of higher priority took the promise in this very pass
      const stale = nominatedNodeName !== undefined && state.nominations.slotOf(pod.uid) === undefined;
      return this.#park(pod, message, refusal.plugins, had || stale ? '' : undefined, nowMs);
    }
    const displaced = this.#displace(pod, attempt.slot);
    if (promised && before !== attempt.slot) this.#forgo(pod, before);
    state.nominate(pod, attempt.slot);
    const node = state.nodes.infos[attempt.slot]!.name;
    const marks = attempt.victims.filter(({ uid, terminating }) => !terminating && !this.#victims.has(uid) && !this.#marking.has(uid));
    for (const { uid } of marks) this.#marking.set(uid, pod.uid);
    return [
      ...this.#park(pod, message, refusal.plugins, node, nowMs),
      ...marks.map((victim) => mark(victim.pod, schedulerOf(pod), nowMs)),
      ...displaced,
    ];
  }

  /** The room it was promised is for others again: the next pass hears of it. */
  #forgo(pod: PodInfo, slot: number): void {
    this.state.unnominate(pod.uid);
    const info = this.state.nodes.infos[slot];
    if (info) this.#events.push({ kind: 'gone', pod, node: info.name });
  }

  /** Pods of lower priority that were promised the node look for another. */
  #displace(pod: PodInfo, slot: number): Decided[] {
    const lower = (this.state.nominations.on(slot) ?? []).filter((other) => other.class.shape.priority < pod.class.shape.priority);
    return lower.flatMap((other) => {
      this.#forgo(other, slot);
      this.queue.activate(other.uid);
      const waiting = this.queue.get(other.uid);
      return waiting?.pod.status?.nominatedNodeName ? [unpromise(waiting.pod)] : [];
    });
  }

  #park(pod: PodInfo, message: string, plugins: ReadonlySet<string>, nominated: string | undefined, nowMs: number): Decided[] {
    this.queue.park(pod.uid, plugins);
    const refusal = refuse(pod.pod, message, nominated, nowMs);
    if (!refusal) return this.#remind(pod, message, nowMs);
    this.#told.set(pod.uid, { message, nominated });
    return [refusal];
  }

  #remind(pod: PodInfo, message: string, nowMs: number): Decided[] {
    const repetition = repetitionAt(pod.pod, nowMs);
    if (repetition === 0 || this.#reminded.get(pod.uid) === repetition) return [];
    this.#reminded.set(pod.uid, repetition);
    return [repeat(pod.pod, message)];
  }
}

const AWAITS_VOLUMES: ReadonlySet<string> = new Set([volumeBinding.name]);

const schedulerOf = ({ class: { spec } }: PodInfo): string => spec.schedulerName ?? 'default-scheduler';
