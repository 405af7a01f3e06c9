/**
 * Two frame streams joined: frames are copied verbatim in both directions, each direction as fast as its reader takes them, and the close of one side
 * closes the other after everything before it has passed. A side that takes nothing of what waits for it for a minute ends both.
 */
import type { FrameStream } from './relay.ts';
import { STALL_MS, stalledReason, systemTiming, type Timing } from './timing.ts';

/** The connection ended without a close frame. */
export const ABNORMAL = 1006;
/** Codes that only an endpoint may report, as what can be sent on. */
const forwardable = (code: number): number => (code === 1005 ? 1000 : code === ABNORMAL || code === 1015 ? 1011 : code);

interface SpliceOptions {
  readonly stallMs?: number;
  readonly timing?: Timing;
}

/** Resolves when both sides are closed. Never throws. */
export const splice = async (
  a: FrameStream,
  b: FrameStream,
  { stallMs = STALL_MS, timing = systemTiming }: SpliceOptions = {},
): Promise<void> => {
  await Promise.all([copy(a, b, stallMs, timing), copy(b, a, stallMs, timing)]);
};

/** What one side hears when the other broke off without a word. */
export const WENT_AWAY = 'the other side went away';

const copy = async (from: FrameStream, to: FrameStream, stallMs: number, timing: Timing): Promise<void> => {
  try {
    for await (const frame of from.frames) {
      const failed = await progressing(to, to.send(frame), stallMs, timing).catch((error: unknown) => error);
      if (failed instanceof StalledError) throw failed;
      // it is gone: what it said before, and how it ended, come by the other direction and may be in good order
      if (failed !== undefined) return to.close(1011, WENT_AWAY);
    }
    const { code, reason } = await from.closed;
    to.close(forwardable(code), code === ABNORMAL ? WENT_AWAY : reason);
  } catch (error) {
    const reason = error instanceof StalledError ? error.message : WENT_AWAY;
    to.close(1011, reason);
    from.close(1011, reason);
  }
};

class StalledError extends Error {}

/** Fails when the reader took nothing for so long; one that is slow, but takes some, is waited for. */
const progressing = async (to: FrameStream, sending: Promise<void>, stallMs: number, timing: Timing): Promise<void> => {
  let forget = (): void => undefined;
  const stalled = new Promise<never>((_, reject) => {
    const look = (before: number): void => {
      forget = timing.after(stallMs, () => {
        const now = to.bufferedAmount ?? 0;
        if (now < before) look(now);
        else reject(new StalledError(stalledReason(stallMs)));
      });
    };
    look(to.bufferedAmount ?? 0);
  });
  await Promise.race([sending, stalled]).finally(() => forget());
};
