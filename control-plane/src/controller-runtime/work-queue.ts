/**
 * The work queue: which keys must be decided, and when. A key stands in it once. Ready keys come out in order of arrival; the rest wait for
 * their due time. A key that failed waits 5 ms, doubled with each failure up to 1000 s; a key that was set aside (it threw, or would not settle)
 * is not woken by events before its time, a key that merely waits for a retry is.
 */
import { DueHeap } from './due-heap.ts';

export const BASE_DELAY_MS = 5;
export const MAX_DELAY_MS = 1_000_000;

export class WorkQueue {
  readonly #ready = new Set<string>();
  readonly #due = new Map<string, number>();
  readonly #heap = new DueHeap();
  readonly #failures = new Map<string, number>();
  readonly #aside = new Set<string>();

  /** Ready now, unless it is set aside. */
  add(key: string): void {
    if (this.#aside.has(key)) return;
    this.#due.delete(key);
    this.#ready.add(key);
  }

  /** Ready at `atMs` (Unix ms); an earlier due time stays. */
  addAt(key: string, atMs: number): void {
    if (this.#ready.has(key)) return;
    const due = this.#due.get(key);
    if (due !== undefined && due <= atMs) return;
    this.#due.set(key, atMs);
    this.#heap.push(key, atMs);
  }

  /** After a lost race: ready at once the first time, then with back-off. */
  again(key: string, nowMs: number): void {
    if (this.failures(key) > 0) {
      this.retry(key, nowMs);
      return;
    }
    this.#failures.set(key, 1);
    this.add(key);
  }

  /** After a failure: due again with back-off. Returns the delay in ms. */
  retry(key: string, nowMs: number): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(BASE_DELAY_MS * 2 ** Math.min(failures, 30), MAX_DELAY_MS);
    this.#ready.delete(key);
    this.#due.delete(key);
    this.addAt(key, nowMs + delayMs);
    return delayMs;
  }

  /** As retry, and events do not wake it before. */
  setAside(key: string, nowMs: number): number {
    const delayMs = this.retry(key, nowMs);
    this.#aside.add(key);
    return delayMs;
  }

  /** Not ready before `atMs` (Unix ms), and events do not wake it. */
  hold(key: string, atMs: number): void {
    this.#ready.delete(key);
    this.#due.delete(key);
    this.addAt(key, atMs);
    this.#aside.add(key);
  }

  /** The key was decided without trouble: its back-off starts anew next time. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Takes up to `limit` keys that are ready at `nowMs`. */
  take(nowMs: number, limit: number): string[] {
    for (let next = this.#heap.peek(); next && next.atMs <= nowMs; next = this.#heap.peek()) {
      this.#heap.pop();
      if (this.#due.get(next.key) !== next.atMs) continue;
      this.#due.delete(next.key);
      this.#aside.delete(next.key);
      this.#ready.add(next.key);
    }
    const taken: string[] = [];
    for (const key of this.#ready) {
      if (taken.length === limit) break;
      taken.push(key);
    }
    for (const key of taken) this.#ready.delete(key);
    return taken;
  }

  get readyCount(): number {
    return this.#ready.size;
  }

  /** Earliest due time of a waiting key. */
  get nextDueMs(): number | undefined {
    for (let next = this.#heap.peek(); next; next = this.#heap.peek()) {
      if (this.#due.get(next.key) === next.atMs) return next.atMs;
      this.#heap.pop();
    }
    return undefined;
  }

  clear(): void {
    this.#ready.clear();
    this.#due.clear();
    this.#failures.clear();
    this.#aside.clear();
    while (this.#heap.pop());
  }
}
