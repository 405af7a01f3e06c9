import { describe, expect, it } from 'vitest';
import { configMaps } from '#schema/core/config-map.ts';
import { namespaces } from '#schema/core/namespace.ts';
import { type KubeObject, storageKey } from '#schema/resource.ts';
import { controllers } from '../controllers/controllers.ts';
import { type Store, StoreError } from '../store/store.ts';
import { type Controller, nothing } from './controller.ts';
import type { BatchController } from './engine.ts';
import { admin, createTestWorld } from './testing.ts';

const MAPS = storageKey(configMaps);
const system = controllers.filter(({ name }) => name === 'namespace-controller');

const map = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels: { mine: 'yes' } },
  data,
});

/** Writes `copy: value` beside each map's `value`. */
const copier: Controller = {
  name: 'copier',
  primary: MAPS,
  watches: [],
  reconcile: ({ namespace, name }, { snapshot }) => {
    const object = snapshot.get(MAPS, namespace, name);
    const value = object?.data?.value;
    if (!object || value === undefined || object.data.copy === value) return nothing;
    return { changes: [{ op: 'update', definition: configMaps, object: { ...object, data: { ...object.data, copy: value } } }] };
  },
};

describe('the runner', () => {
  it('sets a key aside whose reconciler throws, and goes on with the rest', async () => {
    const faulty: Controller = {
      ...copier,
      reconcile: (ref, context) => {
        if (ref.name === 'bad') throw new Error('cannot decide');
        return copier.reconcile(ref, context);
      },
    };
    const world = createTestWorld({ controllers: [...system, faulty] });
    await world.settle();
    await world.create(configMaps, map('bad', { value: '1' }));
    await world.create(configMaps, map('good', { value: '1' }));
    await world.settle();
    expect((await world.get(configMaps, 'default', 'good')).data.copy).toBe('1');
    const line = world.log.find(({ level }) => level === 'error')!;
    expect(line.message).toContain('set aside');
    expect(line.fields).toMatchObject({ controller: 'copier', namespace: 'default', name: 'bad' });
    expect(world.loop.nextDueMs).toBe(world.nowMs + 5);
  });

  it('sets a key aside that moves without end, and reports it', async () => {
    const restless: Controller = {
      ...copier,
      reconcile: ({ namespace, name }, { snapshot }) => {
        const object = snapshot.get(MAPS, namespace, name);
        if (!object?.metadata.labels?.mine) return nothing;
        const data = { n: String(Number(object.data?.n ?? 0) + 1) };
        return { changes: [{ op: 'update', definition: configMaps, object: { ...object, data } }] };
      },
    };
    const world = createTestWorld({ controllers: [...system, restless] });
    await world.settle();
    await world.create(configMaps, map('m'));
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm')).data.n).toBe('20');
    expect(world.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
      'a key does not settle; it is set aside',
    ]);
  });

  it('sets what spins aside for twice as long each time: one that writes for ever, one that asks for itself for ever', async () => {
    const spinning: Controller = {
      ...copier,
      reconcile: ({ namespace, name }, { snapshot, nowMs }) => {
        const object = snapshot.get(MAPS, namespace, name);
        if (!object?.metadata.labels?.mine) return nothing;
        if (name === 'asks') return { changes: [], requeueAtMs: nowMs };
        const data = { n: String(Number(object.data?.n ?? 0) + 1) };
        return { changes: [{ op: 'update', definition: configMaps, object: { ...object, data } }] };
      },
    };
    const world = createTestWorld({ controllers: [...system, spinning] });
    await world.settle();
    await world.create(configMaps, map('writes'));
    await world.create(configMaps, map('asks'));
    const until = world.nowMs + 3_600_000;
    for (await world.settle(); world.loop.nextDueMs! < until; await world.settle()) world.nowMs = world.loop.nextDueMs!;
    const aside = world.log.filter(({ message }) => message.includes('does not settle')).map(({ fields }) => fields as any);
    for (const name of ['writes', 'asks']) {
      const delays = aside.filter((fields) => fields.name === name).map(({ delayMs }) => delayMs);
      expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
      expect(delays.length).toBeLessThan(30);
    }
    expect(Number((await world.get(configMaps, 'default', 'writes')).data.n)).toBeLessThan(600);
  });

  it('ends a decision that looks things up for ever, and one with more changes than memory holds', async () => {
    const greedy: Controller = {
      ...copier,
      reconcile: (ref, context) => {
        if (ref.name === 'looks') for (;;) context.snapshot.get(MAPS, 'default', 'looks');
        if (ref.name !== 'heaps') return copier.reconcile(ref, context);
        const object = context.snapshot.get(MAPS, 'default', 'heaps')!;
        return { changes: Array.from({ length: 20_001 }, () => ({ op: 'update', definition: configMaps, object })) };
      },
    };
    const world = createTestWorld({ controllers: [...system, greedy] });
    await world.settle();
    for (const name of ['looks', 'heaps', 'good']) await world.create(configMaps, map(name, { value: '1' }));
    await world.settle();
    expect((await world.get(configMaps, 'default', 'good')).data.copy).toBe('1');
    const errors = world.log.filter(({ level }) => level === 'error').map(({ fields }) => String((fields as any).error).split('\n')[0]);
    expect(errors.sort()).toEqual([
      'Error: the decision has 20001 changes, more than 20000',
      'Error: the decision takes more than 2000000 look-ups',
    ]);
  });

  it('lets a key that stands for many objects write as long as there is work', async () => {
    const counting: BatchController = {
      ...copier,
      batches: true,
      reconcile: ({ namespace, name }, { snapshot }) => {
        const object = snapshot.get(MAPS, namespace, name);
        const n = Number(object?.data?.n ?? 0);
        if (!object?.metadata.labels?.mine || n === 50) return nothing;
        return { changes: [{ op: 'update', definition: configMaps, object: { ...object, data: { n: String(n + 1) } } }] };
      },
    };
    const world = createTestWorld({ controllers: [...system, counting] });
    await world.settle();
    await world.create(configMaps, map('m'));
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm')).data.n).toBe('50');
    expect(world.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('gives a large piece of work the rounds it takes, and those who watch it', async () => {
    /** One key that asks for 200 writes a round, of which one at a time still changes something. */
    const bulky: Controller = {
      ...copier,
      watches: [{ resource: MAPS, keys: () => [{ namespace: 'default', name: 'm-0' }] }],
      reconcile: ({ name }, { snapshot }) => {
        const maps = snapshot.withLabel(MAPS, 'default', 'mine', 'yes');
        const n = Number(maps.find(({ metadata }) => metadata.name === 'm-0')?.data?.n ?? 0);
        if (name !== 'm-0' || maps.length < 200 || n === 22) return nothing;
        const next = (object: KubeObject) => (object.metadata.name === 'm-0' ? { ...object, data: { n: String(n + 1) } } : object);
        return { changes: maps.map((object) => ({ op: 'update', definition: configMaps, object: next(object) })) };
      },
    };
    const world = createTestWorld({ controllers: [...system, bulky] });
    await world.settle();
    const maps = Array.from({ length: 200 }, (_, i) => map(`m-${i}`));
    await world.registry.applyAll(
      maps.map((object) => ({ op: 'create', definition: configMaps, object })),
      admin,
    );
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm-0')).data.n).toBe('22');
    expect(world.log.filter(({ level }) => level === 'warn')).toEqual([]);
  });

  it('decides anew after a lost race', async () => {
    let raced = false;
    const world = createTestWorld({
      controllers: [...system, copier],
      wrap: (store): Store => ({
        ...store,
        write: async (writes, options) => {
          const ours = writes.find(({ op, key }) => op === 'update' && key.name === 'm');
          if (ours && options?.epoch !== undefined && !raced) {
            raced = true;
            const current = (await store.get(ours.key))!;
            const object = JSON.parse(current.body);
            object.data = { value: '2' };
            await store.write([{ ...ours, op: 'update', revision: current.revision, body: JSON.stringify(object) } as typeof ours]);
          }
          return store.write(writes, options);
        },
      }),
    });
    await world.settle();
    await world.create(configMaps, map('m', { value: '1' }));
    await world.settle();
    expect(raced).toBe(true);
    expect((await world.get(configMaps, 'default', 'm')).data).toEqual({ value: '2', copy: '2' });
  });

  it('reads the log after a write whose reply was lost, and does not write twice', async () => {
    let lose = true;
    let writes = 0;
    const world = createTestWorld({
      controllers: [...system, copier],
      wrap: (store): Store => ({
        ...store,
        write: async (batch, options) => {
          const outcome = await store.write(batch, options);
          if (!batch.some(({ op, key }) => op === 'update' && key.name === 'm')) return outcome;
          writes++;
          if (!lose) return outcome;
          lose = false;
          throw new StoreError('unavailable', 'the reply was lost');
        },
      }),
    });
    await world.settle();
    await world.create(configMaps, map('m', { value: '1' }));
    await expect(world.settle()).rejects.toThrow('the reply was lost');
    world.nowMs += 5_000;
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm')).data).toEqual({ value: '1', copy: '1' });
    expect(writes).toBe(1);
  });

  it('takes the epoch back after another loop had it, and loses nothing', async () => {
    const world = createTestWorld({ controllers: [...system, copier] });
    await world.settle();
    const { epoch } = await world.store.loopState();
    await world.store.acquireEpoch();
    await world.create(configMaps, map('m', { value: '1' }));
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm')).data.copy).toBe('1');
    expect((await world.store.loopState()).epoch).toBe(epoch + 2);
  });

  it('remembers in the store how far it worked', async () => {
    const world = createTestWorld({ controllers: [...system, copier] });
    await world.settle();
    await world.create(configMaps, map('m', { value: '1' }));
    await world.settle();
    await world.loop.tick();
    const state = await world.store.loopState();
    expect(state.processed).toBe(state.head.revision);
  });

  it('finds at the next tick what no poke told it of', async () => {
    const world = createTestWorld({ controllers: [...system, copier] });
    await world.settle();
    const body = JSON.stringify({ ...map('m', { value: '1' }), metadata: { ...map('m').metadata, uid: 'u' } });
    const key = { resource: MAPS, namespace: 'default', name: 'm' };
    const derived = { owners: [], claims: [], node: '', deleting: false, finalized: false };
    await world.store.write([{ op: 'create', key, uid: 'u', body, derived }]);
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm')).data.copy).toBeUndefined();
    await world.loop.tick();
    await world.settle();
    expect((await world.get(configMaps, 'default', 'm')).data.copy).toBe('1');
  });

  it('looks at a node when it falls silent and when it speaks again, and leaves a healthy one alone', async () => {
    const seen: string[] = [];
    const listener = { ...copier, name: 'listener', primary: 'core/nodes', silenceMs: 40_000 };
    const controller: Controller = {
      ...listener,
      reconcile: ({ name }) => {
        seen.push(name);
        return nothing;
      },
    };
    const world = createTestWorld({ controllers: [...system, controller] });
    await world.addNode('n1');
    await world.settle();
    seen.length = 0;
    const later = async (seconds: number): Promise<string[]> => {
      world.nowMs += seconds * 1000;
      await world.settle();
      return seen.splice(0);
    };
    expect(await later(39)).toEqual([]);
    expect(await later(2)).toEqual(['n1']);
    expect(await later(60)).toEqual([]);
    world.liveness = [{ node: 'n1', lastHeardMs: world.nowMs, connected: true }];
    expect(await later(1)).toEqual(['n1']);
    expect(world.loop.nextDueMs).toBeUndefined();
  });

  it('stops with its signal', async () => {
    const world = createTestWorld({ controllers: [...system, copier] });
    const stop = new AbortController();
    await world.loop.start(stop.signal);
    expect(await world.list(namespaces)).toHaveLength(4);
    stop.abort();
    await world.create(configMaps, map('m', { value: '1' }));
    await world.loop.tick();
    expect((await world.get(configMaps, 'default', 'm')).data.copy).toBeUndefined();
  });
});
