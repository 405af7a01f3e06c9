import { describe, expect, it } from 'vitest';
import { fakeTiming } from './fake-timing.ts';
import type { FrameStream } from './relay.ts';
import { ABNORMAL, splice } from './splice.ts';

/** An end whose frames are given, and whose sends may hang. */
const end = (frames: AsyncIterable<string>, send: FrameStream['send'] = async () => undefined, code = 1005) => {
  const closes: [number, string][] = [];
  const stream: FrameStream = {
    frames,
    send,
    close: (code, reason) => void closes.push([code, reason]),
    closed: Promise.resolve({ code, reason: '' }),
  };
  return { stream, closes };
};

async function* one(...frames: string[]): AsyncGenerator<string, void> {
  yield* frames;
}
const never: AsyncIterable<string> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };

describe('splice', () => {
  it('ends both sides when a send makes no progress', async () => {
    const writer = end(
      (async function* () {
        yield 'x';
      })(),
    );
    const reader = end(never, () => new Promise(() => undefined));
    void splice(writer.stream, reader.stream, { stallMs: 1 });
    await expect
      .poll(() => [writer.closes, reader.closes])
      .toEqual([[[1011, 'no progress for 0.001 s']], [[1011, 'no progress for 0.001 s']]]);
  });

  it('waits for a reader that takes some of a frame each minute', async () => {
    const timing = fakeTiming();
    const writer = end(
      (async function* () {
        yield 'x';
      })(),
    );
    let bufferedAmount = 1_000;
    const reader = end(never, () => new Promise(() => undefined));
    const stream = Object.defineProperty(reader.stream, 'bufferedAmount', { get: () => bufferedAmount });
    void splice(writer.stream, stream, { timing });
    for (let i = 0; i < 10; i++) {
      await timing.pass(55_000);
      bufferedAmount -= 1;
    }
    expect(reader.closes).toEqual([]);
    await timing.pass(125_000);
    expect(reader.closes).toEqual([[1011, 'no progress for 60 s']]);
  });

  it('holds one frame of 64 MiB while the reader takes nothing, and passes all of it afterwards', async () => {
    let taken = 0;
    const writer = end(
      (async function* () {
        for (; taken < 1_024; taken++) yield 'x'.repeat(64 * 1024);
      })(),
    );
    const drained = Promise.withResolvers<void>();
    const reader = end(never, () => drained.promise);
    void splice(writer.stream, reader.stream);
    for (let i = 0; i < 100; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toBe(0);
    drained.resolve();
    await expect.poll(() => [taken, reader.closes]).toEqual([1_024, [[1000, '']]]);
  });

  it('ends the writer when the reader is gone', async () => {
    const writer = end(one('x'));
    const reader = end(one(), () => Promise.reject(new Error('closed')), ABNORMAL);
    void splice(writer.stream, reader.stream);
    await expect.poll(() => writer.closes).toEqual([[1011, 'the other side went away']]);
  });

  it('passes what an end said last, and its good end, though a late frame no longer reached it', async () => {
    const passed: string[] = [];
    const client = end(one('resize'), async (frame) => void passed.push(String(frame)));
    const agent = end(one('status'), () => Promise.reject(new Error('closed')), 1000);
    await splice(client.stream, agent.stream);
    expect([passed, client.closes]).toEqual([['status'], [[1000, '']]]);
  });

  it('passes a close without a code as an ordinary one', async () => {
    const writer = end((async function* () {})());
    const reader = end(never);
    void splice(writer.stream, reader.stream);
    await expect.poll(() => reader.closes).toEqual([[1000, '']]);
  });
});
