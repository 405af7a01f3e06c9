/**
 * Keys that never settle: each of their decisions writes, or wants another one at once. After 20 in a row a key is set aside, twice as long each time, so that
 * what spins costs less and less; a single decision at rest forgives all.
 */
import { BASE_DELAY_MS, MAX_DELAY_MS } from './work-queue.ts';

/** Consecutive rounds in which one key may move before it is set aside. */
export const MAX_ROUNDS = 20;

export class Restless {
  readonly #moves = new Map<string, number>();
  readonly #times = new Map<string, number>();

  rested(key: string): void {
    this.#moves.delete(key);
    this.#times.delete(key);
  }

  /** Counts `step` moves. When that is too many: how many there were, and for how long the key is to be set aside. */
  moved(key: string, step: number): { readonly rounds: number; readonly delayMs: number } | undefined {
    const moves = (this.#moves.get(key) ?? 0) + step;
    if (moves < MAX_ROUNDS) {
      this.#moves.set(key, moves);
      return undefined;
    }
    this.#moves.delete(key);
    const times = this.#times.get(key) ?? 0;
    this.#times.set(key, times + 1);
    return { rounds: Math.round(moves), delayMs: Math.min(BASE_DELAY_MS * 2 ** Math.min(times, 30), MAX_DELAY_MS) };
  }

  clear(): void {
    this.#moves.clear();
    this.#times.clear();
  }
}
