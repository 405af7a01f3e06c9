import { expect, it } from 'vitest';
import { credited } from './credited.ts';
import { fakeTiming } from './fake-timing.ts';
import { FrameQueue } from './frame-queue.ts';

const MIB = 1024 * 1024;
const part = new Uint8Array(256 * 1024);

const setUp = () => {
  const timing = fakeTiming();
  const incoming = new FrameQueue({ pause: () => undefined, resume: () => undefined });
  const sent: (Uint8Array | string)[] = [];
  const stream = credited(
    {
      frames: incoming,
      send: async (frame) => void sent.push(frame),
      close: () => incoming.end(),
      closed: new Promise<never>(() => undefined),
    },
    timing,
  );
  /** Sends eight parts, twice what may be sent ahead. */
  const sendAll = async (): Promise<void> => {
    for (let i = 0; i < 8; i++) await stream.send(part);
    await stream.send('end');
  };
  return { timing, incoming, sent, stream, sendAll };
};

it('credits the agent with what its reader took, in lumps', async () => {
  const { incoming, sent, stream } = setUp();
  const frames = stream.frames[Symbol.asyncIterator]();
  for (const frame of ['head', part, part]) incoming.push(frame);
  for (let i = 0; i < 2; i++) await frames.next();
  expect(sent).toEqual([]);
  await frames.next();
  expect(sent).toEqual(['credit 262148']);
});

it('sends no more of a body than the agent has room for, whether or not the answer is read', async () => {
  const { timing, incoming, sent, stream, sendAll } = setUp();
  incoming.push('taken 0');
  const sending = sendAll();
  await timing.pass(60_000);
  expect(sent).toHaveLength(4);
  incoming.push('head');
  incoming.push(`taken ${MIB / 2}`);
  await timing.pass(60_000);
  expect(sent).toHaveLength(6);
  incoming.push(`taken ${MIB}`);
  await sending;
  expect(sent.at(-1)).toBe('end');
  expect((await stream.frames[Symbol.asyncIterator]().next()).value).toBe('head');
});

it('sends all of a body to an agent that does not say what it took, and to one that ends', async () => {
  const silent = setUp();
  const sending = silent.sendAll();
  await silent.timing.pass(4_000);
  expect(silent.sent).toHaveLength(4);
  await silent.timing.pass(2_000);
  await sending;
  const ending = setUp();
  ending.incoming.push('taken 0');
  const rest = ending.sendAll();
  await ending.timing.pass(60_000);
  expect(ending.sent).toHaveLength(4);
  ending.stream.close(1000, '');
  await rest;
});
