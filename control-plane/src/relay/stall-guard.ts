/**
 * A stream whose consumer is the server itself, on behalf of an HTTP client: when a frame is there and nobody asks for it for a minute, the client does not
 * read, and the stream ends with that reason.
 */
import type { FrameStream } from './relay.ts';
import { STALL_MS, stalledReason, systemTiming, type Timing } from './timing.ts';

interface StallGuardOptions {
  readonly stallMs?: number;
  readonly timing?: Timing;
}

/** Keeps one frame more than the consumer has asked for. */
export const stallGuarded = (stream: FrameStream, { stallMs = STALL_MS, timing = systemTiming }: StallGuardOptions = {}): FrameStream => {
  async function* frames(): AsyncGenerator<Uint8Array | string, void> {
    const source = stream.frames[Symbol.asyncIterator]();
    let next = source.next();
    for (;;) {
      const result = await next;
      if (result.done) return;
      next = source.next();
      let over = false;
      let forget = (): void => undefined;
      void next.then(({ done }) => {
        if (!over && !done) forget = timing.after(stallMs, () => stream.close(1011, stalledReason(stallMs)));
      });
      try {
        yield result.value;
      } finally {
        over = true;
        forget();
      }
    }
  }
  return { send: stream.send, close: stream.close, closed: stream.closed, frames: frames() };
};
