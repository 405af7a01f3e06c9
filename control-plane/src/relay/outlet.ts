/**
 * One side's way out of a relay whose sockets take whatever is sent: counts what the peer has not taken, so that the writer can be granted only what was, or
 * be held; and notices when nothing is taken at all.
 */
import { type Frame, frameSize } from './frame-queue.ts';
import { stalledReason, type Timing } from './timing.ts';

export interface OutletOptions {
  readonly send: (frame: Frame) => void;
  /** Bytes sent and not yet taken by the network. */
  readonly buffered: () => number;
  readonly timing: Timing;
  readonly stallMs: number;
  /** True: the peer has no turn to speak before it is granted one, so nothing may stand before the grant. What is pushed waits here. */
  readonly blocked?: () => boolean;
  /** The peer has taken so much more. */
  readonly onTaken?: (bytes: number) => void;
  /** The peer takes nothing, or far too little of what the writer sends. */
  readonly onStalled: (reason: string) => void;
}

/** Bytes on the way to one side. */
export const WINDOW_BYTES = 512 * 1024;
/** Bytes that an agent may hold for a container that is behind; as much as lies on a fast and long line. */
export const AHEAD_BYTES = 4 * 1024 * 1024;
const FULL_BYTES = WINDOW_BYTES + WINDOW_BYTES / 4;
/** More than one frame of the largest size was let through by a gate that is closed: it will not end well. */
const TOO_MUCH_BYTES = 16 * 1024 * 1024;
/** What was taken is told in lumps, unless nothing else waits. */
const LUMP_BYTES = WINDOW_BYTES / 4;
const LOOK_MS = 10;
const MAX_LOOK_MS = 500;
const HOLD_MS = 1;
/** Come before the next hold, at most, however much was taken. */
const MOST_ALLOWED_BYTES = WINDOW_BYTES / 2;
const MAX_HOLD_MS = 2_000;

export class Outlet {
  readonly #options: OutletOptions;
  readonly #queue: Frame[] = [];
  #queuedBytes = 0;
  #handed = 0;
  #told = 0;
  #ended = false;
  #watching = false;
  #holdMs = HOLD_MS;
  /** What the peer had taken when the last hold ended. */
  #takenAtHold = 0;
  /** Bytes that may come before the next hold. */
  #allowed = 0;
  /** Of the last look. */
  #seenTaken = 0;
  #seenAt = 0;
  /** Since something was taken, while something waited. */
  #idleMs = 0;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Bytes the peer has not taken. */
  get waiting(): number {
    return this.#queuedBytes + this.#options.buffered();
  }

  /** Bytes pushed and not yet told as taken. */
  get untold(): number {
    return this.#handed - this.#told;
  }

  /** Whether the writer is to be held. Not for each frame while the peer takes some: as much as it took since the last hold may come before the next, and a frame. */
  get mustHold(): boolean {
    return this.waiting > FULL_BYTES && this.#allowed < 0;
  }

  get #taken(): number {
    return this.#handed - this.waiting;
  }

  /** What is not blocked any more goes. */
  unblock(): void {
    while (this.#queue.length > 0 && !this.#options.blocked?.()) this.#sendNext();
  }

  push(frame: Frame): void {
    this.#handed += frameSize(frame);
    this.#allowed -= frameSize(frame);
    this.#queue.push(frame);
    this.#queuedBytes += frameSize(frame);
    this.unblock();
    if (this.waiting > TOO_MUCH_BYTES) this.#stall('more was sent than the other side takes');
    this.#tell(LUMP_BYTES);
    this.#watch();
  }

  /** Nothing more comes: what is blocked goes at once. */
  end(): void {
    while (this.#queue.length > 0) this.#sendNext();
    this.#ended = true;
  }

  /** The peer does something: what it takes next may depend on it. */
  eased(): void {
    this.#holdMs = HOLD_MS;
  }

  /**
   * Waits until the peer has taken something, but not for long: it is called with the whole relay standing still, so the other direction, on which the
   * peer's progress may depend, must be let through now and then. Longer each time as long as the peer does nothing, and the longer the more waits.
   * `meanwhile` is called on and on: timers of others stand still too.
   */
  async hold(meanwhile: () => void): Promise<void> {
    const { timing } = this.#options;
    const before = this.#taken;
    const patienceMs = HOLD_MS * 2 ** ((this.waiting - FULL_BYTES) / WINDOW_BYTES);
    const holdMs = Math.min(Math.max(this.#holdMs, patienceMs), MAX_HOLD_MS);
    const until = timing.now() + holdMs;
    while (!this.#ended && this.waiting > WINDOW_BYTES && timing.now() < until) {
      await new Promise<void>((resolve) => void timing.after(Math.min(LOOK_MS, holdMs), resolve));
      meanwhile();
    }
    this.#seen(holdMs);
    this.#holdMs = this.#taken > before ? HOLD_MS : Math.min(2 * this.#holdMs, MAX_HOLD_MS);
    this.#allowed = Math.min(this.#taken - this.#takenAtHold, MOST_ALLOWED_BYTES);
    this.#takenAtHold = this.#taken;
  }

  #sendNext(): void {
    const frame = this.#queue.shift() as Frame;
    this.#queuedBytes -= frameSize(frame);
    this.#options.send(frame);
  }

  /** Says what was taken: in lumps, and all of it when nothing waits. */
  tell(): void {
    this.#tell(this.waiting <= 0 ? 1 : LUMP_BYTES);
  }

  #tell(least: number): void {
    const taken = this.#taken - this.#told;
    if (taken < least) return;
    this.#told += taken;
    this.#options.onTaken?.(taken);
  }

  #stall(reason: string): void {
    this.#ended = true;
    this.#queue.length = 0;
    this.#queuedBytes = 0;
    this.#options.onStalled(reason);
  }

  /** Whether anything was taken since the last look, which should be so long ago; ends it all when nothing was for too long. */
  #seen(expectedMs: number): boolean {
    const { timing, stallMs } = this.#options;
    const progress = this.#taken > this.#seenTaken;
    // a machine that stood still for a while is no peer that takes nothing
    this.#idleMs = progress || this.waiting <= 0 ? 0 : this.#idleMs + Math.min(timing.now() - this.#seenAt, 4 * expectedMs);
    this.#seenTaken = this.#taken;
    this.#seenAt = timing.now();
    if (this.#idleMs >= stallMs && !this.#ended) this.#stall(stalledReason(stallMs));
    return progress;
  }

  /** Looks after what waits until nothing does. */
  #watch(): void {
    if (this.#watching || this.#ended) return;
    this.#watching = true;
    const { timing } = this.#options;
    this.#seenAt = timing.now();
    let lookMs = LOOK_MS;
    const look = (): void => {
      if (this.#ended) return;
      lookMs = this.#seen(lookMs) ? LOOK_MS : Math.min(2 * lookMs, MAX_LOOK_MS);
      this.tell();
      if (this.waiting <= 0) this.#watching = false;
      else timing.after(lookMs, look);
    };
    timing.after(lookMs, look);
  }
}
