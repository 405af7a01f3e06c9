/**
 * A stream whose socket cannot be paused, as a Worker's: words hold up both directions. The agent sends what was credited and no more, so that what waits for
 * its reader is bounded; of a request's body no more is sent than the agent has room for, so that no credit stands in line behind bytes that wait for the pod.
 * @see #schema/sync/stream-credit.ts
 */
import { createSendWindow } from '#schema/sync/send-window.ts';
import { creditFrame, takenBytes } from '#schema/sync/stream-credit.ts';
import { FrameQueue, frameSize } from './frame-queue.ts';
import type { FrameStream } from './relay.ts';
import { systemTiming, type Timing } from './timing.ts';

/** Bytes an agent may send ahead of its reader, and bytes of a body ahead of the pod. */
const CREDIT_BYTES = 1024 * 1024;
/** An agent that said nothing of the body for so long does not know that it should. */
const SILENCE_MS = 5_000;

/** Parameters of a stream to be read through {@link credited}. */
export const creditParams = { credit: [String(CREDIT_BYTES)], bodyWindow: [String(CREDIT_BYTES)] } as const;

const nothing = (): void => undefined;

export const credited = (stream: FrameStream, timing: Timing = systemTiming): FrameStream => {
  const queue = new FrameQueue({ pause: nothing, resume: nothing });
  const body = createSendWindow(CREDIT_BYTES);
  let heard = false;

  const read = async (): Promise<void> => {
    try {
      for await (const frame of stream.frames) {
        const taken = takenBytes(frame);
        heard ||= taken !== undefined;
        if (taken === undefined) queue.push(frame);
        else body.granted(taken);
      }
    } finally {
      queue.end();
      body.end();
    }
  };
  void read().catch(nothing);

  async function* frames(): AsyncGenerator<Uint8Array | string, void> {
    let owed = 0;
    for await (const frame of queue) {
      yield frame;
      owed += frameSize(frame);
      if (owed < CREDIT_BYTES / 4) continue;
      stream.send(creditFrame(owed)).catch(nothing);
      owed = 0;
    }
  }

  const turn = async (bytes: number): Promise<void> => {
    const waiting = body.take(bytes);
    if (!waiting) return;
    const forget = timing.after(SILENCE_MS, () => {
      if (!heard) body.end();
    });
    await waiting.finally(forget);
  };

  return {
    frames: frames(),
    closed: stream.closed,
    close: stream.close,
    send: async (frame) => {
      if (typeof frame !== 'string') await turn(frame.byteLength);
      return stream.send(frame);
    },
  };
};
