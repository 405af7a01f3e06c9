/**
 * Informers and watches of @kubernetes/client-node through what happens to them in production: the server is killed, and what they missed is compacted away
 * (410). Nothing is missed and nothing comes twice.
 */
import { join } from 'node:path';
import { CoreV1Api, type Informer, KubeConfig, makeInformer, type V1ConfigMap, Watch } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openFileStore } from '#control-plane/store/file/open.ts';
import { startCluster, type TestCluster } from '../harness/cluster.ts';
import { waitFor } from '../harness/process.ts';

// a busy machine is slow, not wrong
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const path = '/api/v1/namespaces/default/configmaps';
const labelSelector = 'of=informers';

let cluster: TestCluster;
let config: KubeConfig;
let core: CoreV1Api;
beforeAll(async () => {
  cluster = await startCluster({ name: 'inform', withoutAgent: true });
  config = new KubeConfig();
  config.loadFromFile(cluster.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  await waitFor('the namespace', () => core.readNamespacedConfigMap({ namespace: 'default', name: 'kube-root-ca.crt' }));
});
afterAll(() => cluster?.stop());

const body = (name: string, step: string): V1ConfigMap => ({ metadata: { name, labels: { of: 'informers' } }, data: { step } });
const create = (name: string, step = '0') => core.createNamespacedConfigMap({ namespace: 'default', body: body(name, step) });
const replace = (name: string, step: string) => core.replaceNamespacedConfigMap({ namespace: 'default', name, body: body(name, step) });
const remove = (name: string) => core.deleteNamespacedConfigMap({ namespace: 'default', name });
const list = () => core.listNamespacedConfigMap({ namespace: 'default', labelSelector });
const state = (items: readonly V1ConfigMap[]) => Object.fromEntries(items.map((item) => [item.metadata!.name!, item.data?.step]));

/** All that may still be read of the past is taken away, as if it had been long ago. */
const compact = async (): Promise<void> => {
  await cluster.stopControlPlane();
  const store = await openFileStore({
    path: join(cluster.folder.data, 'kedge.db'),
    clusterUid: cluster.identity.clusterUid,
    clock: { now: () => Date.now() },
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)), uuid: () => crypto.randomUUID(), float: Math.random },
  });
  const { revision } = await store.head();
  await store.compact(revision);
  await store.close();
  await cluster.startControlPlane();
};

interface Seen {
  readonly informer: Informer<V1ConfigMap> & { list(): readonly V1ConfigMap[] };
  readonly log: string[];
  /** What a user of the informer has built up from its events alone. */
  readonly built: Map<string, string | undefined>;
  readonly lists: { count: number };
}

const inform = (): Seen => {
  const lists = { count: 0 };
  const informer = makeInformer<V1ConfigMap>(
    config,
    path,
    () => {
      lists.count++;
      return list();
    },
    labelSelector,
  );
  const log: string[] = [];
  const built = new Map<string, string | undefined>();
  for (const verb of ['add', 'update', 'delete'] as const)
    informer.on(verb, ({ metadata, data }) => {
      log.push(`${verb} ${metadata!.name} ${metadata!.resourceVersion}`);
      if (verb === 'delete') built.delete(metadata!.name!);
      else built.set(metadata!.name!, data?.step);
    });
  return { informer, log, built, lists };
};

describe('an informer', () => {
  it('lists anew after 410, and tells what changed meanwhile, once', async () => {
    for (const name of ['stays', 'changes', 'goes']) await create(name);
    const { informer, log, built, lists } = inform();
    await informer.start();
    await create('live');
    await waitFor('the live event', () => built.has('live'));
    await informer.stop();
    expect(lists.count).toBe(1);
    log.length = 0;
    await replace('changes', '1');
    await remove('goes');
    await create('comes');
    await compact();
    // goes on where it was, which is no more
    await informer.start();
    await waitFor('the informer to catch up', () => built.has('comes'));
    expect(lists.count).toBe(2);
    expect(log.map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual(['add comes', 'delete goes', 'update changes']);
    expect(Object.fromEntries(built)).toEqual(state((await list()).items));
    await replace('stays', '1');
    await waitFor('events after that', () => built.get('stays') === '1');
    await informer.stop();
  });

  it('goes on without a list after a restart of the server', async () => {
    const { informer, log, built, lists } = inform();
    const again = () => setTimeout(() => void informer.start().catch(again), 50);
    informer.on('error', again);
    await informer.start();
    log.length = 0;
    await cluster.killControlPlane();
    await cluster.startControlPlane();
    await replace('stays', '2');
    await create('new');
    await remove('new');
    await waitFor('the informer to catch up', () => log.some((line) => line.startsWith('delete new')));
    expect(log.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['update stays', 'add new', 'delete new']);
    expect([lists.count, Object.fromEntries(built)]).toEqual([1, state((await list()).items)]);
    await informer.stop();
  });
});

interface Event {
  readonly type: string;
  readonly name: string;
  readonly revision: string;
}

/** Follows from `from` to the object `end`, again from where it was whenever the connection ends. */
const follow = async (from: string, end: string): Promise<Event[]> => {
  const events: Event[] = [];
  let revision = from;
  const isOver = () => events.at(-1)?.name === end;
  while (!isOver())
    await new Promise<void>((resolve) => {
      const watching = new Watch(config).watch(
        path,
        { resourceVersion: revision, labelSelector, allowWatchBookmarks: true },
        (type, object) => {
          if (isOver()) return;
          revision = object.metadata.resourceVersion;
          if (type !== 'BOOKMARK') events.push({ type, name: object.metadata.name, revision });
          if (isOver()) void watching.then((controller) => controller.abort());
        },
        () => resolve(),
      );
      watching.catch(() => resolve());
    });
  return events;
};

const apply = (objects: Map<string, string>, { type, name, revision }: Event) => {
  if (type === 'DELETED') objects.delete(name);
  else objects.set(name, revision);
};

it('watches from any revision, through a killed server, give exactly the list, with every acknowledged write', async () => {
  const revisions = [(await list()).metadata!.resourceVersion!];
  const acknowledged: string[] = [];
  const names = Array.from({ length: 6 }, (_, i) => `mixed-${i}`);
  const write = async (name: string, step: number) => {
    const made = step % 5 === 4 ? remove(name) : step % 5 === 0 ? create(name, `${step}`) : replace(name, `${step}`);
    const answer = await made.catch(() => undefined);
    const revision = (answer as V1ConfigMap | undefined)?.metadata?.resourceVersion;
    if (revision) acknowledged.push(revision);
  };
  const first = follow(revisions[0]!, 'the-end');
  for (let step = 0; step < 25; step++) {
    const round = Promise.all(names.map((name) => write(name, step)));
    if (step === 12) {
      await cluster.killControlPlane();
      await cluster.startControlPlane();
    }
    await round;
    if (step % 6 === 0) revisions.push((await list()).metadata!.resourceVersion!);
  }
  await create('the-end');
  const { items } = await list();
  const wanted = Object.fromEntries(items.map(({ metadata }) => [metadata!.name!, metadata!.resourceVersion!]));
  const whole = await first;
  for (const [at, revision] of revisions.entries()) {
    const events = at === 0 ? whole : await follow(revision, 'the-end');
    const later = whole.filter((event) => Number(event.revision) > Number(revision));
    expect(events).toEqual(later);
  }
  expect(acknowledged.length).toBeGreaterThan(80);
  expect(new Set(whole.map(({ revision }) => revision)).size).toBe(whole.length);
  expect(acknowledged.filter((revision) => !whole.some((event) => event.revision === revision))).toEqual([]);
  const start = await core.listNamespacedConfigMap({
    namespace: 'default',
    labelSelector,
    resourceVersion: revisions[0],
    resourceVersionMatch: 'Exact',
  });
  const objects = new Map(start.items.map(({ metadata }) => [metadata!.name!, metadata!.resourceVersion!]));
  for (const event of whole) apply(objects, event);
  expect(Object.fromEntries(objects)).toEqual(wanted);
});
