/** Churn on workerd while it dies, while its objects are evicted, and while two loops decide at once: nothing acknowledged is lost, nothing is seen twice or never. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { waitFor } from '../harness/process.ts';
import { seededRandom } from '../harness/workerd-cluster.ts';
import { follow } from './follow.ts';
import { startWorkerdPlane, type WorkerdPlane, workerModule } from './plane.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 600_000, hookTimeout: 300_000 });

/** Objects that can be evicted by a request, and a second loop that is told of everything the first one is. */
const worker = `
import worker from ${workerModule('platform/workers/worker.ts')};
import { HubObject as Hub } from ${workerModule('platform/workers/hub-object.ts')};
import { LoopObject as Loop } from ${workerModule('platform/workers/loop-object.ts')};
export { RelayObject } from ${workerModule('platform/workers/relay-object.ts')};
const second = '/second';
export class HubObject extends Hub {
  evict() { this.ctx.abort('evicted'); }
}
export class LoopObject extends Loop {
  evict() { this.ctx.abort('evicted'); }
  async poke() {
    if (!this.ctx.id.name.endsWith(second)) this.ctx.waitUntil(this.env.LOOP.getByName(this.env.KEDGE_CLUSTER_UID + second).poke());
    await super.poke();
  }
}
export default {
  ...worker,
  fetch: async (request, env, context) => {
    const [, verb, which, more = ''] = new URL(request.url).pathname.split('/');
    if (verb !== 'evict') return worker.fetch(request, env, context);
    await env[which].getByName(env.KEDGE_CLUSTER_UID + (more && second)).evict().catch(() => undefined);
    return new Response('evicted');
  },
};
`;

const maps = '/api/v1/namespaces/default/configmaps';
let plane: WorkerdPlane;

beforeAll(async () => {
  plane = await startWorkerdPlane({ nodes: [], latencyMs: 5, dropRate: 0.02, worker });
  await plane.tick();
  await until('the default account', () => plane.call('GET', '/api/v1/namespaces/default/serviceaccounts/default'));
});
afterAll(() => plane?.stop());

const until = (what: string, probe: () => Promise<unknown>) => waitFor(what, probe, { timeoutMs: 120_000 });
const evict = (which: string) => until('an eviction', async () => (await plane.fetch(`/evict/${which}`)).ok);

/** Creates one after the other, each again until it is surely there. */
const startWriter = (prefix: string, signal: AbortSignal): { readonly acknowledged: string[]; readonly done: Promise<void> } => {
  const acknowledged: string[] = [];
  const done = (async () => {
    for (let serial = 0; !signal.aborted; serial++) {
      const name = `${prefix}-${serial}`;
      const body = JSON.stringify({ metadata: { name } });
      await until(`${name} to be written`, async () => {
        const headers = { 'content-type': 'application/json' };
        const { status } = await plane.fetch(maps, { method: 'POST', headers, body, signal: AbortSignal.timeout(15_000) });
        return status === 201 || status === 409;
      });
      acknowledged.push(name);
    }
  })();
  return { acknowledged, done };
};

it('loses no write and no watch event while workerd dies 20 times and its objects are evicted', async () => {
  const { metadata } = await plane.call('GET', maps);
  const [writing, watching] = [new AbortController(), new AbortController()];
  const watch = follow(plane, maps, metadata.resourceVersion, watching.signal);
  const writers = ['a', 'b', 'c'].map((prefix) => startWriter(prefix, writing.signal));
  const written = () => writers.reduce((total, { acknowledged }) => total + acknowledged.length, 0);
  const random = seededRandom(7);
  for (let i = 0; i < 20; i++) {
    const before = written();
    if (random() < 0.5) await evict(random() < 0.5 ? 'HUB' : 'LOOP');
    await until('writes to go on', async () => written() > before);
    await plane.kill();
  }
  writing.abort();
  await Promise.all(writers.map(({ done }) => done));
  const names = writers.flatMap(({ acknowledged }) => acknowledged).sort();
  const ours = (found: readonly string[]) => found.filter((name) => /^[abc]-/.test(name)).sort();
  await until('the watch to have seen everything', async () => {
    if (ours(watch.added).length >= names.length) return true;
    // as every minute: the last write of all may have told nobody
    await plane.tick();
    throw new Error(`of ${names.length}: ${watch.state()}`);
  });
  watching.abort();
  await watch.ended;
  expect(ours(watch.added)).toEqual(names);
  expect(ours((await plane.call('GET', maps)).items.map((item: any) => item.metadata.name))).toEqual(names);
  expect(names.length).toBeGreaterThan(20);
});

it('makes each pod once while two loops decide and both are evicted at random', async () => {
  const path = '/api/v1/namespaces/default/pods';
  const { metadata } = await plane.call('GET', path);
  const watching = new AbortController();
  const watch = follow(plane, path, metadata.resourceVersion, watching.signal);
  await plane.call('POST', '/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'many' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'many' } },
      template: { metadata: { labels: { app: 'many' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  });
  const deployment = '/apis/apps/v1/namespaces/default/deployments/many';
  const random = seededRandom(3);
  for (let replicas = 2; replicas <= 12; replicas++) {
    await until('the new size', () => plane.call('PATCH', deployment, { spec: { replicas } }));
    await evict(random() < 0.5 ? 'LOOP' : 'LOOP/second');
  }
  await until('twelve pods', async () => {
    // as every minute
    await plane.tick();
    return (await plane.call('GET', deployment)).status?.replicas === 12;
  });
  const pods = (await plane.call('GET', path)).items.map((pod: any) => pod.metadata.name);
  await until('the watch to have seen them', async () => watch.added.length >= 12);
  watching.abort();
  await watch.ended;
  expect(pods).toHaveLength(12);
  expect([...watch.added].sort()).toEqual(pods.sort());
});

it('stays below the limits of the free plan all the while', () => {
  expect(plane.logs().match(/limit crossed[^"\\]*/g) ?? []).toEqual([]);
});
