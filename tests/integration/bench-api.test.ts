/** The benchmark of the API runs, with numbers too small to say anything: what it counts is right, and nothing fails. */
import { expect, it } from 'vitest';
import { runBench, smallSizes } from '../bench/api/run.ts';

it.each(['file', 'http'] as const)('measures a control plane on the %s store', { timeout: 600_000 }, async (kind) => {
  const { marks } = await runBench(kind, smallSizes);
  const counted = marks.filter(({ name }) => /at least|no failed|no missed/.test(name));
  expect(counted.map(({ met }) => met)).toEqual([true, true, true]);
});
