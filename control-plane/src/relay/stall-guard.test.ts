import { describe, expect, it } from 'vitest';
import { fakeTiming } from './fake-timing.ts';
import { FrameQueue } from './frame-queue.ts';
import { stallGuarded } from './stall-guard.ts';

const setUp = () => {
  const timing = fakeTiming();
  const queue = new FrameQueue({ pause: () => undefined, resume: () => undefined });
  const closes: string[] = [];
  const stream = {
    frames: queue,
    send: async () => undefined,
    close: (_: number, reason: string) => {
      closes.push(reason);
      queue.end();
    },
    closed: new Promise<never>(() => undefined),
  };
  const frames = stallGuarded(stream, { timing }).frames[Symbol.asyncIterator]();
  return { timing, queue, closes, frames };
};

describe('a guarded stream', () => {
  it('ends when a frame is there and nobody asks for it for a minute; what came before is still handed out', async () => {
    const { timing, queue, closes, frames } = setUp();
    for (const frame of ['a', 'b', 'c']) queue.push(frame);
    expect((await frames.next()).value).toBe('a');
    await timing.pass(59_000);
    expect(closes).toEqual([]);
    await timing.pass(2_000);
    expect(closes).toEqual(['no progress for 60 s']);
    expect([(await frames.next()).value, (await frames.next()).value, (await frames.next()).done]).toEqual(['b', 'c', true]);
  });

  it('is left alone while nothing is there, or its consumer is only slow', async () => {
    const { timing, queue, closes, frames } = setUp();
    queue.push('a');
    expect((await frames.next()).value).toBe('a');
    await timing.pass(10 * 60_000);
    for (const frame of ['b', 'c', 'd']) {
      queue.push(frame);
      await timing.pass(50_000);
      expect((await frames.next()).value).toBe(frame);
    }
    queue.end();
    expect((await frames.next()).done).toBe(true);
    expect([closes, timing.waiting]).toEqual([[], 0]);
  });
});
