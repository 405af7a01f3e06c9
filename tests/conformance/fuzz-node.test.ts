/** Spoiled requests over a socket, Node.js. `KEDGE_FUZZ` sets how many; `npm run fuzz` sends all of them, to workerd too. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type FuzzedPlane, startNode } from './fuzz/planes.ts';
import { fuzz } from './fuzz/run.ts';

const count = Number(process.env.KEDGE_FUZZ ?? 2_500);
let plane: FuzzedPlane;

beforeAll(async () => {
  plane = await startNode();
}, 120_000);
afterAll(() => plane?.stop());

it(`answers ${count} spoiled requests with less than 500, in time, and keeps nothing of them`, { timeout: 3_600_000 }, async () => {
  const { problems, sent, grownBytes } = await fuzz(plane, { seed: 1, count, baseline: Math.min(10_000, Math.floor(count / 2)) });
  expect(problems).toEqual([]);
  expect(sent).toBe(count);
  expect(grownBytes / 1e6).toBeLessThan(10);
});
