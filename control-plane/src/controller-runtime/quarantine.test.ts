/** A decision that ends the loop: the loops after it find out which one it was, leave it out and do everything else. */
import { describe, expect, it } from 'vitest';
import { configMaps } from '#schema/core/config-map.ts';
import { events } from '#schema/core/event.ts';
import { namespaces } from '#schema/core/namespace.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { controllers } from '../controllers/controllers.ts';
import type { Store } from '../store/store.ts';
import { type Controller, nothing } from './controller.ts';
import { FIRST_BACK_OFF_MS, type RunMark } from './quarantine.ts';
import { createTestWorld, type TestWorld } from './testing.ts';

const MAPS = storageKey(configMaps);
const never = new Promise<never>(() => undefined);

/** A loop after the other over one store. A loop that decides about a map named in `deadly` goes no further, as if its process had ended. */
const lives = (size = 3) => {
  let below: Store | undefined;
  /** Writes of the loop until it is ended from outside. */
  let left = Number.POSITIVE_INFINITY;
  const deadly = new Set<string>();
  const decided: string[] = [];
  let text: string | undefined;
  let writes = 0;
  let nowMs = Date.UTC(2030, 0, 1);
  let deaths = 0;
  let world: TestWorld | undefined;

  const begin = (): { ended: Promise<'died' | 'rests'>; world: TestWorld } => {
    let die: (what: 'died') => void;
    const died = new Promise<'died'>((resolve) => {
      die = resolve;
    });
    let alive = true;
    const mark: RunMark = {
      read: async () => text,
      write: async (next) => {
        if (!alive) return never;
        writes++;
        text = next;
      },
    };
    const copier: Controller = {
      name: 'copier',
      primary: MAPS,
      watches: [],
      reconcile: ({ namespace, name }, { snapshot }) => {
        decided.push(name);
        if (deadly.has(name)) {
          alive = false;
          deaths++;
          die('died');
          throw new Error('the process ends here');
        }
        const object = snapshot.get(MAPS, namespace, name);
        if (!object?.metadata.labels?.mine || object.data?.copy === 'yes') return nothing;
        return { changes: [{ op: 'update', definition: configMaps, object: { ...object, data: { copy: 'yes' } } }] };
      },
    };
    const system = controllers.filter(({ name }) => name === 'namespace-controller');
    const made = createTestWorld({
      ...{ controllers: [...system, copier], nowMs, seed: deaths + 2, mark },
      wrap: (store) => {
        below ??= store;
        const shared = below;
        const write: Store['write'] = (batch, options) => {
          if (options?.epoch !== undefined && left-- <= 0) {
            alive = false;
            left = Number.POSITIVE_INFINITY;
            die('died');
          }
          return alive || options?.epoch === undefined ? shared.write(batch, options) : never;
        };
        return { ...shared, write };
      },
    });
    made.nowMs = nowMs;
    world = made;
    return { world: made, ended: Promise.race([died, made.settle().then(() => (alive ? ('rests' as const) : never))]) };
  };

  /** Loops until one rests; how many died. */
  const untilRest = async (): Promise<number> => {
    const before = deaths;
    for (;;) {
      const life = begin();
      if ((await life.ended) === 'rests') return deaths - before;
      if (deaths - before > 20) throw new Error('they die for ever');
    }
  };

  return {
    deadly,
    decided,
    untilRest,
    endAfter: (writes: number) => {
      left = writes;
    },
    get world() {
      return world!;
    },
    get mark() {
      return text;
    },
    get writes() {
      return writes;
    },
    pass: (ms: number) => {
      nowMs += ms;
    },
    fill: async () => {
      for (let i = 0; i < size; i++) {
        const metadata = { name: `m-${i}`, namespace: 'default', labels: { mine: 'yes' } };
        await world!.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata } as KubeObject);
      }
    },
    copied: () => {
      const all = world!.cache.snapshot.inNamespace<any>(MAPS, 'default').filter(({ metadata }) => metadata.labels?.mine);
      return all.filter(({ data }) => data?.copy === 'yes').length;
    },
  };
};

describe('a decision that ends the loop', () => {
  it.each([1, 3, 600])('is found among %i, left out, and the rest goes on', async (size) => {
    const cluster = lives(size);
    await cluster.untilRest();
    cluster.deadly.add('m-0');
    await cluster.fill();
    const deaths = await cluster.untilRest();
    expect(deaths).toBeGreaterThan(1);
    expect(deaths).toBeLessThanOrEqual(5);
    expect(cluster.copied()).toBe(size - 1);
    const said = cluster.world.log.filter(({ level }) => level === 'error');
    expect(said.map(({ fields }) => fields)).toEqual([
      { controller: 'copier', namespace: 'default', name: 'm-0', deaths: 1, retryMs: FIRST_BACK_OFF_MS },
    ]);
    const told = (await cluster.world.list(events)).filter(({ reason }) => reason === 'ReconcilerLeftOut');
    expect(told.map(({ type, involvedObject, message }) => [type, involvedObject.name, message])).toEqual([
      ['Warning', 'm-0', expect.stringMatching(/^The control loop was ended 1 times while copier decided about this/)],
    ]);
    expect(cluster.world.loop.nextDueMs).toBe(cluster.world.nowMs + FIRST_BACK_OFF_MS);
  });

  it('is tried again, after twice the time when it ends the loop again, and forgotten when it no longer does', async () => {
    const cluster = lives();
    await cluster.untilRest();
    cluster.deadly.add('m-1');
    await cluster.fill();
    await cluster.untilRest();
    cluster.pass(FIRST_BACK_OFF_MS - 1);
    expect(await cluster.untilRest()).toBe(0);
    cluster.pass(1);
    // it is alone, so nothing need be found out
    expect(await cluster.untilRest()).toBe(1);
    expect(cluster.world.loop.nextDueMs).toBe(cluster.world.nowMs + 2 * FIRST_BACK_OFF_MS);
    cluster.deadly.clear();
    cluster.pass(2 * FIRST_BACK_OFF_MS);
    expect(await cluster.untilRest()).toBe(0);
    expect([cluster.copied(), cluster.mark]).toEqual([3, undefined]);
  });

  it('leaves all of a controller out when three of its keys end the loop', async () => {
    const cluster = lives(6);
    await cluster.untilRest();
    for (const name of ['m-0', 'm-1', 'm-2', 'm-3']) cluster.deadly.add(name);
    await cluster.fill();
    expect(await cluster.untilRest()).toBeLessThanOrEqual(8);
    expect(cluster.world.log.filter(({ level }) => level === 'error').at(-1)?.fields).toMatchObject({ controller: 'copier', deaths: 1 });
    expect(JSON.parse(cluster.mark!).leftOut).toEqual([{ controller: 'copier', deaths: 1, atMs: cluster.world.nowMs + FIRST_BACK_OFF_MS }]);
    await cluster.world.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
    await cluster.world.settle();
    expect((await cluster.world.list(configMaps, 'other')).map(({ metadata }) => metadata.name)).toEqual(['kube-root-ca.crt']);
    // one that still does is enough now
    cluster.pass(FIRST_BACK_OFF_MS);
    expect(await cluster.untilRest()).toBe(1);
    cluster.deadly.clear();
    cluster.pass(2 * FIRST_BACK_OFF_MS);
    expect(await cluster.untilRest()).toBe(0);
    expect(cluster.copied()).toBe(6);
    cluster.pass(2 * FIRST_BACK_OFF_MS);
    await cluster.untilRest();
    expect(cluster.mark).toBeUndefined();
  });

  it('costs a loop that lives two writes at its beginning and none after', async () => {
    const cluster = lives();
    await cluster.untilRest();
    expect(cluster.writes).toBe(2);
    await cluster.fill();
    await cluster.world.settle();
    expect([cluster.writes, cluster.mark]).toEqual([2, undefined]);
  });

  it('is looked for in vain when the loop was ended from outside, and nobody is left out', async () => {
    const cluster = lives();
    await cluster.untilRest();
    cluster.endAfter(0);
    await cluster.fill();
    // this one begins well and is ended, too
    cluster.endAfter(1);
    expect(await cluster.untilRest()).toBe(0);
    expect(cluster.mark).toBeUndefined();
    expect(cluster.copied()).toBe(3);
    expect(cluster.world.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
