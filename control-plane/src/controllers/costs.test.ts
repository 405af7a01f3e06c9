/** What decisions look at, in objects: in proportion to the pods of what changed, and nothing to what else there is. */
import { describe, expect, test } from 'vitest';
import type { Controller, ObjectRef } from '../controller-runtime/controller.ts';
import { PlainWorld } from '../controller-runtime/plain-world.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import { testCluster } from '../controller-runtime/testing.ts';
import { attachDetach } from './attach-detach/attach-detach.ts';
import { deployment } from './deployment/deployment.ts';
import { disruption } from './disruption/disruption.ts';
import { endpointSlice } from './endpoint-slice/endpoint-slice.ts';
import { replicaSet } from './replica-set/replica-set.ts';

const PODS = 'core/pods';
const SETS = 'apps/replicasets';

/** A snapshot that counts every object it hands out. */
class Counted {
  looked = 0;
  readonly snapshot: Snapshot;

  constructor(world: PlainWorld) {
    this.snapshot = new Proxy(world.cache, {
      get: (cache, key) => {
        const value = Reflect.get(cache, key, cache);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const found = Reflect.apply(value, cache, args);
          this.looked += Array.isArray(found) ? found.length : 1;
          return found;
        };
      },
    });
  }
}

const template = (app: string) => ({ metadata: { labels: { app } }, spec: { containers: [{ name: 'c', image: 'i' }] } });

/** A complete Deployment with this many pods, in the namespace of all others. */
const addWorkload = (world: PlainWorld, app: string, pods: number): void => {
  const labels = { app, 'pod-template-hash': `${app}-hash` };
  const owner = (kind: string, name: string) => [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }];
  const spec = { replicas: pods, selector: { matchLabels: { app } }, template: template(app) };
  world.add({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app, uid: `uid-${app}` }, spec });
  world.add({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: `${app}-x`, uid: `uid-${app}-x`, labels, ownerReferences: owner('Deployment', app) },
    spec: { ...spec, selector: { matchLabels: labels }, template: { ...spec.template, metadata: { labels } } },
  });
  for (let i = 0; i < pods; i++) {
    const metadata = { name: `${app}-x-${i}`, uid: `uid-${app}-x-${i}`, labels, ownerReferences: owner('ReplicaSet', `${app}-x`) };
    const status = { phase: 'Running', podIP: `10.42.${i >> 8}.${i & 255}`, conditions: [{ type: 'Ready', status: 'True' }] };
    world.add({ apiVersion: 'v1', kind: 'Pod', metadata, spec: spec.template.spec, status });
  }
};

const newWorld = (pods: number, others: number): PlainWorld => {
  const world = new PlainWorld({ nowMs: Date.UTC(2030, 0, 1), cluster: testCluster });
  addWorkload(world, 'web', pods);
  for (let i = 0; i < others / 100; i++) addWorkload(world, `other-${i}`, 100);
  return world;
};

/** Objects looked at by one decision. */
const decided = (world: PlainWorld, controller: Controller, name: string): number => {
  const counted = new Counted(world);
  controller.reconcile({ namespace: 'default', name }, { ...world.context(), snapshot: counted.snapshot });
  return counted.looked;
};

/** Objects looked at to find out whom a change of one pod concerns. */
const heard = (world: PlainWorld, controllers: readonly Controller[]): { looked: number; keys: ObjectRef[] } => {
  const counted = new Counted(world);
  const pod = world.cache.get(PODS, 'default', 'web-x-0')!;
  const before = { ...pod, status: { ...pod.status, conditions: [] } };
  const keys = controllers.flatMap(({ watches }) =>
    watches.filter(({ resource }) => resource === PODS).flatMap((watch) => watch.keys(pod, before, counted.snapshot)),
  );
  return { looked: counted.looked, keys };
};

describe('one changed Deployment', () => {
  test.each([
    ['the Deployment itself looks at its ReplicaSets, not at pods', deployment, 'web', 0],
    ['its ReplicaSet looks at each pod a few times', replicaSet, 'web-x', 3],
  ] as const)('%s', (_what, controller, name, each) => {
    for (const pods of [10, 100, 400]) {
      expect(decided(newWorld(pods, 0), controller, name)).toBeLessThanOrEqual(each * pods + 20);
    }
  });

  test('costs the same beside ten times as many others', () => {
    for (const [controller, name] of [
      [deployment, 'web'],
      [replicaSet, 'web-x'],
    ] as const) {
      expect(decided(newWorld(50, 1000), controller, name)).toBe(decided(newWorld(50, 100), controller, name));
    }
  });

  test('scaled by one looks at its pods as often as at rest, and makes one', () => {
    const world = newWorld(400, 0);
    const set = world.cache.get(SETS, 'default', 'web-x')!;
    world.add({ ...set, spec: { ...set.spec, replicas: 401 } });
    const { changes } = world.decide(replicaSet, { namespace: 'default', name: 'web-x' });
    expect(changes.filter(({ op }) => op === 'create')).toHaveLength(1);
    expect(decided(world, replicaSet, 'web-x')).toBeLessThanOrEqual(3 * 400 + 20);
  });
});

test('one changed pod is brought to its owner without a look at other pods', () => {
  const listening = [attachDetach, deployment, disruption, endpointSlice, replicaSet];
  const small = heard(newWorld(10, 0), listening);
  const large = heard(newWorld(200, 200), listening);
  expect(large.keys).toEqual([{ namespace: 'default', name: 'web-x' }]);
  expect(large.looked).toBe(small.looked);
});
