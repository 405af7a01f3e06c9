/** The program behind `npm run dev:workers`: whatever dies below it, and however often, the control plane answers again by itself. */
import { afterAll, beforeAll, it, vi } from 'vitest';
import { recordedWorkerd } from '#infra/workers/leftovers.ts';
import { descendants } from '#infra/workers/wrangler.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { isAlive, waitFor } from '../harness/process.ts';
import { answersAgain, commandOf, killAll, killWorkerd, workerdsOf } from '../harness/workerd-cluster.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({ name: 'supervised', platform: 'workerd', withoutAgent: true });
});
afterAll(() => cluster?.stop());

const below = () => descendants(cluster.controlPlanePid());

it('answers again when workerd dies', async () => {
  await killWorkerd(cluster);
  await answersAgain(cluster);
});

it('answers again when workerd dies while it is being started', async () => {
  const before = new Set(below());
  await killWorkerd(cluster);
  const second = await waitFor('the next workerd', () => workerdsOf(cluster).find((pid) => !before.has(pid)), { intervalMs: 5 });
  await killAll([second]);
  await answersAgain(cluster);
});

it('answers again when wrangler dies, and leaves none of its processes behind', async () => {
  const before = await waitFor('all of its processes to be noted', () => {
    const noted = new Set(recordedWorkerd(cluster.folder.data));
    const running = below().filter((pid) => /workerd|wrangler/.test(commandOf(pid)));
    return running.length > 2 && running.every((pid) => noted.has(pid)) ? running : undefined;
  });
  const wrangler = before.find((pid) => commandOf(pid).includes('wrangler-dist'));
  await killAll([wrangler as number]);
  // those of its own it leaves behind have no parent any more, but they are alive until somebody ends them
  await waitFor('its processes to end', () => !before.some(isAlive));
  await waitFor('another wrangler', () => below().filter((pid) => commandOf(pid).includes('wrangler-dist/cli.js')).length === 1);
  await answersAgain(cluster);
});
