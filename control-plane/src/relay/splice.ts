/**
 * Two frame streams joined: frames are copied verbatim in both directions, each direction as fast as its reader takes them, and the close of one side
 * closes the other after everything before it has passed. A send that makes no progress for a minute ends both.
 */
import type { FrameStream } from './relay.ts';

export const STALL_MS = 60_000;

/** Codes that only an endpoint may report, as what can be sent on. */
const forwardable = (code: number): number => (code === 1005 ? 1000 : code === 1006 || code === 1015 ? 1011 : code);

/** Resolves when both sides are closed. Never throws. */
export const splice = async (a: FrameStream, b: FrameStream, stallMs = STALL_MS): Promise<void> => {
  await Promise.all([copy(a, b, stallMs), copy(b, a, stallMs)]);
};

const copy = async (from: FrameStream, to: FrameStream, stallMs: number): Promise<void> => {
  try {
    for await (const frame of from.frames) await withDeadline(to.send(frame), stallMs);
    const { code, reason } = await from.closed;
    to.close(forwardable(code), reason);
  } catch (error) {
    const reason = error instanceof StalledError ? 'no progress for too long' : 'the other side went away';
    to.close(1011, reason);
    from.close(1011, reason);
  }
};

class StalledError extends Error {}

const withDeadline = async (work: Promise<void>, ms: number): Promise<void> => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StalledError()), ms);
  });
  await Promise.race([work, stalled]).finally(() => clearTimeout(timer));
};
