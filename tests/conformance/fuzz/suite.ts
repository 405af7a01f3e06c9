/** The one test of spoiled requests, for a plane of either platform. `KEDGE_FUZZ` sets how many; `npm run fuzz` sends all of them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FuzzedPlane } from './planes.ts';
import { fuzz } from './run.ts';

/** `usual`: how many where nobody says. */
export const fuzzSuite = (start: () => Promise<FuzzedPlane>, usual: number): void => {
  const count = Number(process.env.KEDGE_FUZZ ?? usual);
  let plane: FuzzedPlane;

  beforeAll(async () => {
    plane = await start();
  }, 300_000);
  afterAll(() => plane?.stop());

  it(`answers ${count} spoiled requests with less than 500, in time, and keeps nothing of them`, { timeout: 3_600_000 }, async () => {
    const { problems, sent, grownBytes, leastOfARoute } = await fuzz(plane, {
      seed: 1,
      count,
      baseline: Math.min(10_000, Math.floor(count / 2)),
    });
    expect(problems).toEqual([]);
    expect(sent).toBe(count);
    expect(leastOfARoute).toBeGreaterThanOrEqual(count >= 100_000 ? 1_000 : 1);
    expect(grownBytes / 1e6).toBeLessThan(10);
  });
};
