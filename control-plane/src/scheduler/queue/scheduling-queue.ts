/**
 * Pods that wait for a node: ready ones in order of priority and age, those that found no place until an event could help them, and woken ones until
 * their back-off is over (1 s, doubled with each attempt up to 10 s). What waited five minutes is tried anyway. Waiting pods are asked by class.
 */
import { parseTime } from '#schema/meta/time.ts';
import type { PodClass } from '../state/pod-class.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { Heap } from './heap.ts';

const BASE_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 10_000;
const MAX_WAIT_MS = 300_000;

interface Queued {
  pod: PodInfo;
  readonly priority: number;
  readonly createdMs: number;
  attempts: number;
  triedAtMs: number;
  /** Decisions in a row that came to nothing. */
  lost: number;
  /** Plugins that refused it last. */
  plugins: ReadonlySet<string>;
  place: 'ready' | 'backoff' | 'waiting' | 'taken';
}

interface Due {
  readonly queued: Queued;
  readonly atMs: number;
}

const earlier = (a: Queued, b: Queued): boolean =>
  a.priority !== b.priority ? a.priority > b.priority : a.createdMs !== b.createdMs ? a.createdMs < b.createdMs : a.pod.uid < b.pod.uid;

const backoffMs = (attempts: number): number => Math.min(BASE_BACKOFF_MS * 2 ** Math.min(attempts - 1, 10), MAX_BACKOFF_MS);

/** Whether an event may let a pod in that these plugins refused. */
export type Helps = (pod: PodInfo, plugins: ReadonlySet<string>) => boolean;

export class SchedulingQueue {
  readonly #queued = new Map<string, Queued>();
  readonly #ready = new Heap<Queued>(earlier);
  readonly #due = new Heap<Due>((a, b) => a.atMs < b.atMs);
  /** By class and by the plugins that refused them. */
  readonly #waiting = new Map<PodClass, Map<ReadonlySet<string>, Set<Queued>>>();
  #readyCount = 0;
  #lastCreated = { text: '', ms: 0 };

  get readyCount(): number {
    return this.#readyCount;
  }

  get size(): number {
    return this.#queued.size;
  }

  get(uid: string): PodInfo | undefined {
    return this.#queued.get(uid)?.pod;
  }

  /** A pod that is new, or changed so that it may fit now: ready at once. */
  add(pod: PodInfo): void {
    const known = this.#queued.get(pod.uid);
    if (known) this.#leave(known);
    const queued: Queued = {
      pod,
      priority: pod.class.shape.priority,
      createdMs: this.#createdMs(pod.pod.metadata.creationTimestamp ?? ''),
      attempts: known?.attempts ?? 0,
      triedAtMs: known?.triedAtMs ?? 0,
      lost: 0,
      plugins: none,
      place: 'ready',
    };
    this.#queued.set(pod.uid, queued);
    this.#makeReady(queued);
  }

  /** Pods come in crowds: most were made in the second the last one was. */
  #createdMs(text: string): number {
    if (text !== this.#lastCreated.text) this.#lastCreated = { text, ms: parseTime(text) || 0 };
    return this.#lastCreated.ms;
  }

  /** The same pod with another status: it stays where it is. False when it is not known. */
  replace(pod: PodInfo): boolean {
    const known = this.#queued.get(pod.uid);
    if (!known || known.pod.class !== pod.class) return false;
    known.pod = pod;
    return true;
  }

  remove(uid: string): void {
    const known = this.#queued.get(uid);
    if (!known) return;
    this.#leave(known);
    this.#queued.delete(uid);
  }

  /** The next pod to decide; it counts as tried. */
  take(nowMs: number): PodInfo | undefined {
    for (let next = this.#ready.pop(); next; next = this.#ready.pop()) {
      if (next.place !== 'ready' || this.#queued.get(next.pod.uid) !== next) continue;
      this.#readyCount--;
      next.place = 'taken';
      next.attempts++;
      next.triedAtMs = nowMs;
      return next.pod;
    }
    return undefined;
  }

  /** A decision was not committed: ready again, after a second time in a row with back-off. */
  giveBack(uid: string, nowMs: number): void {
    const known = this.#queued.get(uid);
    if (known?.place !== 'taken') return;
    if (++known.lost > 1) this.#wakeOne(known, nowMs);
    else this.#makeReady(known);
  }

  /** Found no place: waits for an event. Equal sets of plugins should be the same object. */
  park(uid: string, plugins: ReadonlySet<string>): void {
    const known = this.#queued.get(uid);
    if (!known) return;
    this.#leave(known);
    known.plugins = plugins;
    known.lost = 0;
    known.place = 'waiting';
    let groups = this.#waiting.get(known.pod.class);
    if (!groups) {
      groups = new Map();
      this.#waiting.set(known.pod.class, groups);
    }
    const group = groups.get(plugins);
    if (group) group.add(known);
    else groups.set(plugins, new Set([known]));
    this.#due.push({ queued: known, atMs: known.triedAtMs + MAX_WAIT_MS });
  }

  /** Wakes whom it helps. Pods of a class that were refused by the same plugins are asked once. */
  wake(helps: Helps, nowMs: number): void {
    for (const groups of [...this.#waiting.values()]) {
      for (const [plugins, group] of [...groups]) {
        const [first] = group;
        if (first && helps(first.pod, plugins)) for (const queued of [...group]) this.#wakeOne(queued, nowMs);
      }
    }
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** What it was promised is there: ready whatever its back-off. */
  activate(uid: string): void {
    const known = this.#queued.get(uid);
    if (!known || known.place === 'ready' || known.place === 'taken') return;
    this.#leave(known);
    this.#makeReady(known);
  }

  #wakeOne(queued: Queued, nowMs: number): void {
    this.#leave(queued);
    const atMs = queued.triedAtMs + backoffMs(queued.attempts);
    if (atMs <= nowMs) {
      this.#makeReady(queued);
      return;
    }
    queued.place = 'backoff';
    this.#due.push({ queued, atMs });
  }

  /** Moves on what is due. */
  flush(nowMs: number): void {
    for (let due = this.#due.peek(); due && due.atMs <= nowMs; due = this.#due.peek()) {
      this.#due.pop();
      if (!this.#stands(due)) continue;
      this.#leave(due.queued);
      this.#makeReady(due.queued);
    }
  }

  /** Unix ms of the next pod whose back-off or wait ends. */
  get nextDueMs(): number | undefined {
    for (let due = this.#due.peek(); due; due = this.#due.peek()) {
      if (this.#stands(due)) return due.atMs;
      this.#due.pop();
    }
    return undefined;
  }

  #stands({ queued, atMs }: Due): boolean {
    if (this.#queued.get(queued.pod.uid) !== queued) return false;
    if (queued.place === 'backoff') return atMs === queued.triedAtMs + backoffMs(queued.attempts);
    return queued.place === 'waiting' && atMs === queued.triedAtMs + MAX_WAIT_MS;
  }

  #makeReady(queued: Queued): void {
    queued.place = 'ready';
    this.#readyCount++;
    this.#ready.push(queued);
  }

  #leave(queued: Queued): void {
    if (queued.place === 'ready') this.#readyCount--;
    if (queued.place === 'waiting') {
      const groups = this.#waiting.get(queued.pod.class);
      const group = groups?.get(queued.plugins);
      group?.delete(queued);
      if (group?.size === 0) groups?.delete(queued.plugins);
      if (groups?.size === 0) this.#waiting.delete(queued.pod.class);
    }
    queued.place = 'taken';
  }
}

const none: ReadonlySet<string> = new Set();
