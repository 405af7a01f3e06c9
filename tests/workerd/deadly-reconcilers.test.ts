/** A reconciler that computes for ever and one that eats all memory end workerd itself. The loops after that find out which it was, leave it out, and the rest goes on. */
import { Agent, fetch } from 'undici';
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
deadly('spins', () => { console.log('it spins'); for (;;); });
deadly('eats', () => { const eaten = []; for (;;) eaten.push(new Array(3e7)); });
export default worker;
`;

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
let plane: WorkerdPlane;

const until = (what: string, probe: () => Promise<unknown>) => waitFor(what, probe, { timeoutMs: 400_000 });

/** Lives that were ended over the one that computes for ever: as often as it began. */
let ended = 0;
let isOver = false;
let watching: Promise<void> = Promise.resolve();

/** Cloudflare ends what computes for too long. */
const endWhatSpins = async (): Promise<void> => {
  for (; !isOver; await new Promise((resolve) => setTimeout(resolve, 100))) {
    // wrangler passes a line on after it has noted that this workerd runs: one that is ended before would be its last
    if (plane.logs().split('it spins').length - 1 === ended) continue;
    ended++;
    // the next one may be stuck at once
    await plane.kill(false).catch(() => undefined);
  }
};

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: [], worker });
  watching = endWhatSpins();
  await plane.tick();
  await until('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
});
afterAll(async () => {
  isOver = true;
  await watching;
  await plane?.stop();
});

/** The status of the answer; undefined: none in time. A connection of its own for each: what the end of workerd does to one is nobody else's affair. */
const asked = async (path: string, withinMs: number, object?: object): Promise<number | undefined> => {
  const dispatcher = new Agent({ connect: { ca: plane.ca } });
  const headers = { authorization: `Bearer ${plane.adminToken}`, 'content-type': 'application/json' };
  const sent = object === undefined ? {} : { method: 'POST', body: JSON.stringify(object) };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, withinMs, undefined);
  });
  try {
    const answered = fetch(plane.url + path, { ...sent, headers, dispatcher }).then(
      ({ status }) => status,
      () => undefined,
    );
    return await Promise.race([answered, late]);
  } finally {
    clearTimeout(timer);
    void dispatcher.destroy().catch(() => undefined);
  }
};

const cronPath = '/cdn-cgi/handler/scheduled';

/** One minute after an end the cron trigger comes; here that is said by hand. */
const waitLeftOut = async (controller: string): Promise<void> => {
  // on a machine so busy that this is no time for an answer, the next one gets more
  let patienceMs = 500;
  await until(`${controller} to be left out`, async () => {
    if (plane.logs().includes(`left out","controller":"${controller}"`)) return true;
    const isUp = (await asked('/livez', patienceMs)) === 200 && (await asked(cronPath, patienceMs)) === 200;
    if (!isUp) patienceMs = Math.min(1.2 * patienceMs, 10_000);
    return false;
  });
};

/** What is left out is tried again after some minutes, and may end what is asked just then. */
const create = (path: string, object: object) =>
  until('a write', async () => [201, 409].includes((await asked(path, 15_000, object)) ?? 0));

const scaled = async (replicas: number) => {
  await until(`${replicas} replicas`, async () => {
    if ((await asked(cronPath, 15_000)) !== 200) return false;
    return (await plane.call('GET', `${deployments}/web`)).status?.replicas === replicas;
  });
};

it('leaves a reconciler out that computes for ever', async () => {
  await create(maps, { metadata: { name: 'spins' } });
  await waitLeftOut('spins-controller');
  expect(ended).toBeGreaterThan(1);
  await create(deployments, {
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
  await create(maps, { metadata: { name: 'eats' } });
  await waitLeftOut('eats-controller');
  await until('the reason to be said', async () => plane.logs().includes('JavaScript heap out of memory'));
  await until('the new size', () => plane.call('PATCH', `${deployments}/web`, { spec: { replicas: 2 } }));
  await scaled(2);
});

it('says so in an Event and in the metrics', async () => {
  const events = async (): Promise<string[]> => {
    const { items } = await plane.call('GET', '/api/v1/namespaces/default/events?fieldSelector=reason=ReconcilerLeftOut');
    return items.map(({ involvedObject }: any) => `${involvedObject.kind}/${involvedObject.name}`).sort();
  };
  await expect.poll(events).toEqual(['ConfigMap/eats', 'ConfigMap/spins']);
  const figures = async (): Promise<(string | undefined)[]> => {
    const lines = (await (await plane.fetch('/metrics')).text()).split('\n').filter((line) => /^kedge_loop_left_out.* 1$/.test(line));
    return lines.map((line) => /controller="([^"]+)"/.exec(line)?.[1]).sort();
  };
  await expect.poll(figures).toEqual(['eats-controller', 'spins-controller']);
});
