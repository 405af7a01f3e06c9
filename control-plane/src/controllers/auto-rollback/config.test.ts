/** ConfigMaps and Secrets that return with a rollback, over the real registry, loop and store with its history. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployments } from '#schema/apps/deployment.ts';
import { configMaps } from '#schema/core/config-map.ts';
import { events } from '#schema/core/event.ts';
import { pods } from '#schema/core/pod.ts';
import { secrets } from '#schema/core/secret.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { storageKey } from '#schema/resource.ts';
import { resources } from '#schema/resources.ts';
import { createTestWorld, seededRandom, type TestWorld, testCluster } from '../../controller-runtime/testing.ts';
import { composeStores } from '../../store/compose.ts';
import { openFileStore } from '../../store/file/open.ts';
import type { LibsqlStore } from '../../store/libsql-store.ts';
import { createVolatileStore } from '../../store/volatile/volatile-store.ts';

let world: TestWorld;
let durable: LibsqlStore;
let dir: string;

const volatileKeys = new Set(resources.filter((definition) => definition.storage === 'volatile').map(storageKey));

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web',
    namespace: 'default',
    annotations: { 'kedge.dev/auto-rollback': 'true', 'kedge.dev/auto-rollback-config': 'true' },
  },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' }, annotations: { round: 'one' } },
      spec: {
        containers: [{ name: 'c', image: 'web', envFrom: [{ configMapRef: { name: 'app' } }, { secretRef: { name: 'key' } }] }],
        volumes: [{ name: 'more', projected: { sources: [{ configMap: { name: 'files' } }] } }],
      },
    },
  },
};

/** An agent whose containers run as long as the ConfigMap says so when they start. */
const runPods = async (): Promise<number> => {
  let moved = 0;
  for (const pod of await world.list(pods)) {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp) {
      await world.remove(pods, 'default', name, { gracePeriodSeconds: 0 });
      moved++;
    } else if (pod.spec.nodeName && !pod.status.containerStatuses) {
      const good = (await world.get(configMaps, 'default', 'app'))?.data.mode === 'good';
      const state = good ? { running: { startedAt: toRfc3339(world.nowMs) } } : { waiting: { reason: 'CrashLoopBackOff' } };
      const status = good ? 'True' : 'False';
      await world.update(
        pods,
        'default',
        name,
        (object) => {
          const statuses = [{ name: 'c', image: 'web', imageID: '', ready: good, restartCount: 0, state }];
          const ready = { type: 'Ready', status, lastTransitionTime: toRfc3339(world.nowMs) };
          object.status = { ...object.status, phase: 'Running', containerStatuses: statuses, conditions: [ready] };
        },
        'status',
      );
      moved++;
    }
  }
  return moved;
};

const settle = async (): Promise<void> => {
  do await world.settle();
  while ((await runPods()) > 0);
};

const rollOut = (round: string) =>
  world.update(deployments, 'default', 'web', (object) => {
    object.spec.template.metadata.annotations.round = round;
  });
const setMode = (mode: string, more: object = {}) =>
  world.update(configMaps, 'default', 'app', (object) => Object.assign(object, { data: { mode }, ...more }));
const annotations = async () => (await world.get(deployments, 'default', 'web')).metadata.annotations;
const failures = async () => (await world.list(events)).filter(({ reason }) => reason === 'ConfigRollbackFailed');

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-rollback-'));
  const clock = { now: () => world?.nowMs ?? Date.parse('2030-01-01T00:00:00Z') };
  const random = seededRandom(1);
  durable = await openFileStore({ path: join(dir, 'kedge.db'), clusterUid: testCluster.clusterUid, clock, random });
  const volatile = createVolatileStore({ identity: await durable.identity(), clock, random });
  const store = composeStores({ durable, volatile, isVolatile: (resource) => volatileKeys.has(resource), clock });
  world = createTestWorld({ wrap: () => store });
  await world.settle();
  await world.addNode('n1');
  await world.create(configMaps, { metadata: { name: 'app', namespace: 'default', labels: { of: 'web' } }, data: { mode: 'good' } });
  await world.create(configMaps, { metadata: { name: 'files', namespace: 'default' }, data: { motd: 'hello' } });
  await world.create(secrets, { metadata: { name: 'key', namespace: 'default' }, stringData: { token: 'first' } });
  await world.create(deployments, deployment);
  await settle();
});

afterEach(async () => {
  await durable.close();
  await rm(dir, { recursive: true, force: true });
});

describe('a Deployment that wants its configuration back', () => {
  it('gets what ConfigMaps and Secrets held when it was complete, and says so', async () => {
    await setMode('bad');
    await world.update(secrets, 'default', 'key', (object) => {
      object.data = { token: btoa('second') };
    });
    await rollOut('two');
    await settle();
    const object = await world.get(deployments, 'default', 'web');
    expect(object.spec.template.metadata.annotations.round).toBe('one');
    expect(object.metadata.annotations).toMatchObject({
      'kedge.dev/rollback-config': 'returned to their former content: ConfigMap app, Secret key',
    });
    expect(object.metadata.annotations).not.toHaveProperty('kedge.dev/rollback-config-pending');
    expect(object.status.conditions.find(({ type }: any) => type === 'RolledBack').message).toMatch(
      /; returned to .*ConfigMap app, Secret key$/,
    );
    expect((await world.get(configMaps, 'default', 'app')).data).toEqual({ mode: 'good' });
    expect((await world.get(configMaps, 'default', 'files')).metadata.annotations).toBeUndefined();
    expect((await world.open(secrets, 'default', 'key')).data).toEqual({ token: btoa('first') });
    const stored = await durable.get({ resource: 'core/secrets', namespace: 'default', name: 'key' });
    expect(stored!.body.startsWith('{')).toBe(false);
    expect((await world.list(events)).find(({ reason }) => reason === 'AutomaticRollback').message).toMatch(/ConfigMap app, Secret key$/);
  });

  it('leaves what a person changes after the rollback, and returns to it the next time', async () => {
    await setMode('bad');
    await rollOut('two');
    await settle();
    await setMode('good', { data: { mode: 'good', more: 'by a person' } });
    await settle();
    await rollOut('three');
    await settle();
    await setMode('worse');
    await rollOut('four');
    await settle();
    expect((await world.get(configMaps, 'default', 'app')).data).toEqual({ mode: 'good', more: 'by a person' });
    expect((await annotations())['kedge.dev/rollback-config']).toContain('ConfigMap app');
  });

  it('gets an immutable one and a deleted one made anew', async () => {
    const { uid } = (await world.get(configMaps, 'default', 'app')).metadata;
    await setMode('bad', { immutable: true });
    await world.remove(configMaps, 'default', 'files');
    await rollOut('two');
    await settle();
    const app = await world.get(configMaps, 'default', 'app');
    expect(app).toMatchObject({ data: { mode: 'good' }, metadata: { labels: { of: 'web' } } });
    expect(app.immutable).toBeUndefined();
    expect(app.metadata.uid).not.toBe(uid);
    expect((await world.get(configMaps, 'default', 'files')).data).toEqual({ motd: 'hello' });
  });

  it('goes back without any of it when a part is no longer kept', async () => {
    await setMode('bad');
    await world.remove(secrets, 'default', 'key');
    await rollOut('two');
    await settle();
    expect((await world.get(deployments, 'default', 'web')).spec.template.metadata.annotations.round).toBe('one');
    expect((await world.get(configMaps, 'default', 'app')).data).toEqual({ mode: 'bad' });
    expect((await failures())[0].message).toMatch(
      /^ConfigMaps and Secrets stay as they are: revision \d+ of Secret "key" is no longer kept$/,
    );
  });

  it('takes what somebody else wrote into its notes for no notes', async () => {
    await world.update(deployments, 'default', 'web', (object) => {
      object.metadata.annotations['kedge.dev/last-complete-config'] = '{"ConfigMap/app":["x"]}';
      object.metadata.annotations['kedge.dev/rollback-config-pending'] = '{"from":"web","objects":{"ConfigMap/app":null}}';
    });
    await settle();
    expect(JSON.parse((await annotations())['kedge.dev/last-complete-config'])).toHaveProperty('ConfigMap/app');
    await setMode('bad');
    await rollOut('two');
    await settle();
    expect((await world.get(configMaps, 'default', 'app')).data).toEqual({ mode: 'good' });
  });

  it('keeps what was changed long before the rollout, and undoes only what came with it', async () => {
    await setMode('good', { data: { mode: 'good', tuned: 'a day ago' } });
    await settle();
    world.nowMs += 86_400_000;
    world.liveness = [{ node: 'n1', lastHeardMs: world.nowMs, connected: true }];
    await setMode('bad');
    await rollOut('two');
    await settle();
    expect((await world.get(configMaps, 'default', 'app')).data).toEqual({ mode: 'good', tuned: 'a day ago' });
  });
});
