/**
 * What this isolate uses of the plan, counted as it happens. Worker and objects may share an isolate or not: whoever writes next takes what has gathered. An
 * object keeps its ledger in its own storage, one row at most each ten seconds that it is awake; a Worker hands its counts to the hub once in a while. What
 * an isolate has not handed on when it ends is lost, so figures are a little low, never high.
 */
import { type Figures, type Ledger, noFigures, plus, used } from '../../allowance/figures.ts';
import type { Clock } from '../platform.ts';

let gathered = noFigures;
let requests = 0;
let handedMs = 0;

const KEY = 'consumption';
/** An event may be billed with as much idle time after it; also how often a ledger is written. */
const IDLE_MS = 10_000;
/** Socket messages to a billed request. */
const MESSAGES = 20;
/** A Worker hands over its counts after so many requests, or so long: one call of an object in hundreds. */
const HAND_OVER_REQUESTS = 250;
const HAND_OVER_MS = 30 * 60_000;

/** What has gathered in this isolate; whoever takes it must hand it on. */
export const taken = (): Figures => {
  const all = gathered;
  gathered = noFigures;
  return all;
};

export const consumed = (more: Partial<Figures>): void => {
  gathered = plus(gathered, more);
};

/** A request reached the Worker. `handOver` is called when it is time to; what it could not hand over is kept. */
export const workerRequest = (nowMs: number, handOver: (figures: Figures) => Promise<void>): void => {
  consumed({ workerRequests: 1 });
  requests++;
  if (handedMs === 0) handedMs = nowMs;
  if (requests < HAND_OVER_REQUESTS && nowMs - handedMs < HAND_OVER_MS) return;
  requests = 0;
  handedMs = nowMs;
  const figures = taken();
  handOver(figures).catch(() => consumed(figures));
};

type Storage = Pick<DurableObjectStorage, 'get' | 'put'>;

/** The ledger of one object. */
export class Consumption {
  readonly #storage: Storage;
  readonly #clock: Clock;
  #ledger: Promise<Ledger | undefined> | undefined;
  #eventMs: number | undefined;
  #writtenMs = 0;

  constructor(storage: Storage, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Something reached the object from outside. */
  event(name: string): void {
    const nowMs = this.#clock.now();
    const sinceMs = this.#eventMs === undefined ? IDLE_MS : Math.max(0, nowMs - this.#eventMs);
    this.#eventMs = nowMs;
    consumed({ objectRequests: name === 'webSocketMessage' ? 1 / MESSAGES : 1, awakeMs: Math.min(IDLE_MS, sinceMs) });
    if (Math.abs(nowMs - this.#writtenMs) < IDLE_MS) return;
    this.#writtenMs = nowMs;
    // figures of a moment that could not be written stand in memory
    this.add({}).catch(() => undefined);
  }

  /** What others of this isolate gathered is taken along. */
  add(more: Partial<Figures>): Promise<Ledger> {
    const figures = plus(taken(), { ...more, objectRowsWritten: (more.objectRowsWritten ?? 0) + 1 });
    const next = this.#read().then((ledger) => used(ledger, this.#clock.now(), figures));
    this.#ledger = next;
    return next.then(async (ledger) => {
      await this.#storage.put(KEY, ledger);
      return ledger;
    });
  }

  /** As of now. */
  ledger(): Promise<Ledger> {
    return this.add({});
  }

  #read(): Promise<Ledger | undefined> {
    this.#ledger ??= this.#storage.get<Ledger>(KEY).catch(() => undefined);
    return this.#ledger;
  }
}
