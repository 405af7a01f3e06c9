/**
 * `npm run fuzz [-- --count 100000] [--seed 1] [--plane node|workerd]`: the full number of spoiled requests, how many of each route and media type, the
 * slowest answer and the memory that stays. Ends with 1 when something is wrong, or when a full run had fewer than 1,000 of a route and type.
 */
import { parseArgs } from 'node:util';
import { type FuzzedPlane, startNode, startWorkerd } from './planes.ts';
import { fuzz } from './run.ts';

const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' }, plane: { type: 'string' } },
});
const starts: Readonly<Record<string, () => Promise<FuzzedPlane>>> = { node: startNode, workerd: startWorkerd };
const count = Number(values.count);
const isFull = count >= 100_000;
const leastOfARoute = 1_000;
for (const [name, start] of Object.entries(starts)) {
  if (values.plane && values.plane !== name) continue;
  const plane = await start();
  try {
    const startMs = performance.now();
    const run = {
      seed: Number(values.seed),
      count,
      baseline: Math.min(10_000, count / 10),
      said: (line: string) => console.log(`${name}: ${line}`),
    };
    const { problems, byStatus, byRoute, ...rest } = await fuzz(plane, run);
    const seconds = (performance.now() - startMs) / 1000;
    for (const [route, sent] of Object.entries(byRoute)) console.log(`${String(sent).padStart(8)}  ${route}`);
    console.log(
      `${name}: ${rest.sent} requests in ${seconds.toFixed(0)} s, at least ${rest.leastOfARoute} of each route and type; ${JSON.stringify(byStatus)}`,
    );
    console.log(
      `  slowest ${rest.slowestMs.toFixed(0)} ms; memory ${(rest.grownBytes / 1e6).toFixed(1)} MB above that after ${run.baseline}; ${problems.length} problems`,
    );
    const tooFew = isFull && rest.leastOfARoute < leastOfARoute;
    if (problems.length > 0 || rest.grownBytes > 10e6 || tooFew) process.exitCode = 1;
    if (problems.length > 0) console.log(plane.logs().slice(-20_000));
  } finally {
    await plane.stop();
  }
}
