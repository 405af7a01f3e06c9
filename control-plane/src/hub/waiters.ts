/**
 * Followers that wait, by what they wait for: a change costs a look at each filter, not at each of a thousand followers of it, and those it is for become due
 * all at once.
 */
import type { StoredChange } from '../store/store.ts';
import type { FollowFilter } from './hub.ts';

/** A form that is forgotten is made anew: no harm but the asking. */
const MAX_FORMS = 1_000;
/** An idle follower hears how far it has seen after this many foreign revisions, or this long, whichever comes first. */
const IDLE_REVISIONS = 500;
const IDLE_MS = 5_000;

/** One filter: the same object for all who follow it. */
export interface Form {
  readonly wants: (change: StoredChange) => boolean;
  line: Line;
  /** Who is in line has seen everything up to here, or more. */
  passed: number;
}

export class Waiter {
  readonly form: Form;
  readonly wake: () => void;
  /** What it has seen. */
  cursor: number;
  /** What it was last told that it has seen, and when. */
  #told: number;
  #toldMs: number;
  /** Where it waits. */
  line: Line | undefined;
  before: Waiter | undefined;
  after: Waiter | undefined;

  constructor(form: Form, cursor: number, nowMs: number, wake: () => void) {
    this.form = form;
    this.cursor = cursor;
    this.#told = cursor;
    this.#toldMs = nowMs;
    this.wake = wake;
  }

  /** It hears of its cursor. */
  tell(nowMs: number): void {
    this.#told = this.cursor;
    this.#toldMs = nowMs;
  }

  /** Whether it should hear that it has seen everything up to `revision`. */
  idleLong(revision: number, nowMs: number): boolean {
    return revision - this.#told >= IDLE_REVISIONS || (revision > this.#told && nowMs - this.#toldMs >= IDLE_MS);
  }
}

/** Waiters in the order they came. They hold the links, so that one leaves without a look at the others, and waiting again makes no garbage. */
class Line {
  first: Waiter | undefined;
  #last: Waiter | undefined;
  size = 0;

  add(waiter: Waiter): void {
    waiter.line = this;
    waiter.before = this.#last;
    if (this.#last) this.#last.after = waiter;
    else this.first = waiter;
    this.#last = waiter;
    this.size++;
  }

  remove(waiter: Waiter): void {
    const { before, after } = waiter;
    if (before) before.after = after;
    else this.first = after;
    if (after) after.before = before;
    else this.#last = before;
    waiter.line = undefined;
    waiter.before = undefined;
    waiter.after = undefined;
    this.size--;
  }
}

/** Of one form, made due by one change. */
interface Due {
  readonly line: Line;
  readonly passed: number;
}

/** Those who were due at one moment. */
export interface Round {
  readonly size: number;
  /** The next of them, who does not wait any more; undefined when there is none. */
  take(): Waiter | undefined;
}

export class Waiters {
  readonly #forms = new Map<string, Form>();
  /** Those with somebody in line. */
  readonly #awaited = new Set<Form>();
  #due: Due[] = [];
  /** Who waits, due or not. */
  size = 0;

  formOf({ namespace, resources }: FollowFilter): Form {
    const name = `${namespace ?? ''} ${resources.join(' ')}`;
    const known = this.#forms.get(name);
    if (known) return known;
    const named = new Set(resources);
    const wants = (change: StoredChange): boolean =>
      named.has(change.resource) && (namespace === undefined || change.namespace === namespace);
    const form: Form = { wants, line: new Line(), passed: 0 };
    if (this.#forms.size >= MAX_FORMS) this.#forms.clear();
    this.#forms.set(name, form);
    return form;
  }

  /** `waiter` has seen all there is, unless it is `due` at once. */
  add(waiter: Waiter, due: boolean): void {
    const { form } = waiter;
    this.size++;
    if (due) {
      const line = new Line();
      line.add(waiter);
      this.#due.push({ line, passed: 0 });
      return;
    }
    // what was passed with nobody in line may be of a sequence that is gone
    if (form.line.size === 0) form.passed = 0;
    form.line.add(waiter);
    this.#awaited.add(form);
  }

  /** No-op when it does not wait. */
  remove(waiter: Waiter): void {
    if (!waiter.line) return;
    waiter.line.remove(waiter);
    this.size--;
  }

  get anyDue(): boolean {
    return this.#due.some(({ line }) => line.size > 0);
  }

  /** Changes that follow what those in line have seen, up to `last`. Due are those who want any of it; of the others, the first in line, if they were idle long. */
  spread(added: readonly StoredChange[], last: number, nowMs: number): void {
    for (const form of this.#awaited) {
      if (added.some(form.wants)) this.#makeDue(form);
      else {
        this.#passBy(form, last, nowMs);
        form.passed = last;
      }
      if (form.line.size === 0) this.#awaited.delete(form);
    }
  }

  /** Everybody, without news. */
  makeAllDue(): void {
    for (const form of this.#awaited) this.#makeDue(form);
    this.#awaited.clear();
  }

  takeRound(): Round {
    const due = this.#due;
    this.#due = [];
    let at = 0;
    return {
      size: due.reduce((size, { line }) => size + line.size, 0),
      take: () => {
        for (; at < due.length; at++) {
          const { line, passed } = due[at]!;
          const waiter = line.first;
          if (!waiter) continue;
          this.remove(waiter);
          waiter.cursor = Math.max(waiter.cursor, passed);
          return waiter;
        }
        return undefined;
      },
    };
  }

  #makeDue(form: Form): void {
    this.#due.push({ line: form.line, passed: form.passed });
    form.line = new Line();
  }

  #passBy({ line, passed }: Form, last: number, nowMs: number): void {
    const due = new Line();
    for (let waiter = line.first; waiter?.idleLong(last, nowMs); waiter = line.first) {
      line.remove(waiter);
      due.add(waiter);
    }
    if (due.size > 0) this.#due.push({ line: due, passed });
  }
}
