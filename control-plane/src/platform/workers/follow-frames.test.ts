import { expect, it } from 'vitest';
import { FollowQueue } from './follow-frames.ts';

const frame = (through: number, size: number): string => JSON.stringify({ after: through - 1, through, changes: ['x'.repeat(size)] });

/** As hub-stub.ts reads: what continues is taken, for all else the store is asked. Returns how often, and the most that waited. */
const read = async (queue: FollowQueue): Promise<{ readonly taken: number[]; readonly pages: number; readonly cursor: number }> => {
  let [cursor, pages] = [0, 0];
  const taken: number[] = [];
  for await (const { after, through, changes } of queue) {
    if (after > cursor) pages++;
    else if (changes.length > 0) taken.push(through);
    cursor = Math.max(cursor, through);
  }
  return { taken, pages, cursor };
};

it('hands frames on in order', async () => {
  const queue = new FollowQueue();
  for (let through = 1; through <= 20; through++) queue.push(frame(through, 10_000));
  queue.end();
  expect(await read(queue)).toEqual({ taken: Array.from({ length: 20 }, (_, i) => i + 1), pages: 0, cursor: 20 });
});

it('drops what a slow reader has not taken above the bound, and the reader learns how far to read', async () => {
  const queue = new FollowQueue();
  for (let through = 1; through <= 1_000; through++) queue.push(frame(through, 10_000));
  queue.push(frame(1_001, 300_000));
  queue.end();
  // a last frame that is larger than the bound was dropped, too: its end is known
  expect(await read(queue)).toEqual({ taken: [], pages: 1, cursor: 1_001 });
});
