/**
 * Frames between a socket that pushes and a consumer that pulls. It tells the socket to pause above a bound and to go on below half of it, so memory
 * stays bounded however slow the consumer is.
 */
export type Frame = Uint8Array | string;

export const frameSize = (frame: Frame): number => (typeof frame === 'string' ? frame.length : frame.byteLength);

export interface FrameQueueOptions {
  /** Bytes held before the socket is paused. Default 256 KiB. */
  readonly highBytes?: number;
  readonly pause: () => void;
  readonly resume: () => void;
}

export class FrameQueue implements AsyncIterable<Frame> {
  readonly #frames: Frame[] = [];
  readonly #options: FrameQueueOptions;
  readonly #high: number;
  #bytes = 0;
  #paused = false;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(options: FrameQueueOptions) {
    this.#options = options;
    this.#high = options.highBytes ?? 256 * 1024;
  }

  push(frame: Frame): void {
    if (this.#ended) return;
    this.#frames.push(frame);
    this.#bytes += frameSize(frame);
    if (!this.#paused && this.#bytes >= this.#high) {
      this.#paused = true;
      this.#options.pause();
    }
    this.#signal();
  }

  /** What is queued is still handed out. */
  end(): void {
    this.#ended = true;
    this.#signal();
  }

  #signal(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #take(): Frame | undefined {
    const frame = this.#frames.shift();
    if (frame === undefined) return undefined;
    this.#bytes -= frameSize(frame);
    if (this.#paused && this.#bytes < this.#high / 2) {
      this.#paused = false;
      this.#options.resume();
    }
    return frame;
  }

  /** One consumer at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Frame, void> {
    for (;;) {
      const frame = this.#take();
      if (frame !== undefined) yield frame;
      else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
