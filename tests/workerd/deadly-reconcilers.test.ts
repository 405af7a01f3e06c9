/** A reconciler that computes for ever and one that eats all memory end workerd itself. The loops after that find out which it was, leave it out, and the rest goes on. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { waitFor } from '../harness/process.ts';
import { startWorkerdPlane, type WorkerdPlane, workerModule } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 900_000, hookTimeout: 300_000 });

const worker = `
import worker from ${workerModule('platform/workers/worker.ts')};
import { controllers } from ${workerModule('controllers/controllers.ts')};
export { HubObject } from ${workerModule('platform/workers/hub-object.ts')};
export { LoopObject } from ${workerModule('platform/workers/loop-object.ts')};
export { RelayObject } from ${workerModule('platform/workers/relay-object.ts')};
const deadly = (name, die) => controllers.push({
  name: name + '-controller', primary: 'core/configmaps', watches: [],
  reconcile: (ref) => { if (ref.name === name) die(); return { changes: [] }; },
});
deadly('spins', () => { for (;;); });
deadly('eats', () => { const eaten = []; for (;;) eaten.push(new Array(3e7)); });
export default worker;
`;

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
let plane: WorkerdPlane;

const until = (what: string, probe: () => Promise<unknown>) => waitFor(what, probe, { timeoutMs: 400_000 });

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: [], worker });
  await plane.tick();
  await until('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
});
afterAll(() => plane?.stop());

/** Cloudflare ends what computes for too long, and one minute later the cron trigger comes; here that is said by hand. Returns how often it had to be ended. */
const endUntilLeftOut = async (controller: string, isStuck: boolean): Promise<number> => {
  let ended = 0;
  // a machine so busy that an idle workerd takes this long gets more time after each end
  let patienceMs = isStuck ? 2_000 : 500;
  await until(`${controller} to be left out`, async () => {
    if (plane.logs().includes(`left out","controller":"${controller}"`)) return true;
    const answers = await plane.fetch('/livez', { signal: AbortSignal.timeout(patienceMs) }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answers) await plane.fetch('/cdn-cgi/handler/scheduled', { signal: AbortSignal.timeout(patienceMs) }).catch(() => undefined);
    else if (isStuck) {
      ended++;
      patienceMs *= 1.5;
      // the next one may be stuck at once
      await plane.kill(false);
    }
    return false;
  });
  return ended;
};

const scaled = async (replicas: number) => {
  await until(`${replicas} replicas`, async () => {
    await plane.tick();
    return (await plane.call('GET', `${deployments}/web`)).status?.replicas === replicas;
  });
};

it('leaves a reconciler out that computes for ever', async () => {
  await plane.call('POST', maps, { metadata: { name: 'spins' } });
  expect(await endUntilLeftOut('spins-controller', true)).toBeGreaterThan(1);
  await plane.call('POST', deployments, {
    metadata: { name: 'web' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  await scaled(1);
});

it('leaves a reconciler out that eats all memory', async () => {
  await plane.call('POST', maps, { metadata: { name: 'eats' } });
  await endUntilLeftOut('eats-controller', false);
  expect(plane.logs()).toContain('JavaScript heap out of memory');
  await plane.call('PATCH', `${deployments}/web`, { spec: { replicas: 2 } });
  await scaled(2);
});

it('says so in an Event and in the metrics', async () => {
  const { items } = await plane.call('GET', '/api/v1/namespaces/default/events?fieldSelector=reason=ReconcilerLeftOut');
  expect(items.map(({ involvedObject }: any) => `${involvedObject.kind}/${involvedObject.name}`).sort()).toEqual([
    'ConfigMap/eats',
    'ConfigMap/spins',
  ]);
  const figures = (await (await plane.fetch('/metrics')).text()).split('\n').filter((line) => /^kedge_loop_left_out.* 1$/.test(line));
  expect(figures.map((line) => /controller="([^"]+)"/.exec(line)?.[1]).sort()).toEqual(['eats-controller', 'spins-controller']);
});
