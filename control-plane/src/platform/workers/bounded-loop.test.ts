import { expect, it } from 'vitest';
import fc from '#fast-check';
import { configMaps } from '#schema/core/config-map.ts';
import { storageKey } from '#schema/resource.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import { createTestWorld, type TestWorld } from '../../controller-runtime/testing.ts';
import { controllers } from '../../controllers/controllers.ts';
import { type Store, StoreError } from '../../store/store.ts';
import { boundedStore } from './bounded-store.ts';
import { Meter, metered, presentMeter } from './meter.ts';

const MAPS = storageKey(configMaps);

/** Counts each map down to 0, a write a step. */
const countdown: Controller = {
  name: 'countdown',
  primary: MAPS,
  watches: [],
  reconcile: ({ namespace, name }, { snapshot }) => {
    const object = snapshot.get(MAPS, namespace, name);
    const left = Number(object?.data?.left ?? 0);
    if (!object || left === 0) return nothing;
    return { changes: [{ op: 'update', definition: configMaps, object: { ...object, data: { left: String(left - 1) } } }] };
  },
};

const system = controllers.filter(({ name }) => name === 'namespace-controller');

interface Case {
  /** Requests of each call, in turn. */
  readonly costs: readonly number[];
  readonly limit: number;
  readonly left: readonly number[];
  /** The reply of every third write is lost after its commit. */
  readonly loses: boolean;
}

const cases = fc.record<Case>({
  costs: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }),
  limit: fc.integer({ min: 11, max: 60 }),
  left: fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 3, maxLength: 3 }),
  loses: fc.boolean(),
});

const names = ['a', 'b', 'c'];

/** What the loop finds: a store with the maps in it. */
const openBase = async () => {
  const world = createTestWorld({ controllers: system });
  await world.settle();
  for (const name of names)
    await world.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: {} });
  await world.settle();
  return world;
};

const many: Case = { costs: [5], limit: 40, left: [12, 12, 12], loses: false };
const none: Case = { costs: [9], limit: 12, left: [1, 0, 0], loses: false };

const isBound = ({ fields }: { fields: Readonly<Record<string, unknown>> | undefined }): boolean =>
  String(fields?.error).includes('next invocation');

/** Invocations one after the other, each when the loop wants to be woken; says of each what it brought and when the next one follows. */
const invocations = async (base: TestWorld, { costs, limit, left, loses }: Case) => {
  for (const [i, name] of names.entries())
    await base.update(configMaps, 'default', name, (map) => {
      map.data = { left: String(left[i]) };
    });
  await base.settle();
  let call = 0;
  let writes = 0;
  let commits = 0;
  const costly = (store: Store): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          for (let i = costs[call++ % costs.length]!; i > 0; i--) presentMeter()?.count('external');
          const answer: unknown = await Reflect.apply(member, target, args);
          if (name !== 'write' || !presentMeter()) return answer;
          if ((answer as { status: string }[]).some(({ status }) => status === 'ok')) commits++;
          if (loses && ++writes % 3 === 0) throw new StoreError('unavailable', 'the reply was lost');
          return answer;
        };
      },
    });
  let dueMs: number | undefined;
  let ended = (): void => undefined;
  const world = createTestWorld({
    controllers: [...system, countdown],
    wrap: () => boundedStore(costly(base.store), limit),
    seed: 2,
    timer: {
      setDue: (atMs) => {
        dueMs = atMs;
        ended();
      },
    },
  });
  const known = () => `${world.cache.loaded} ${world.cache.snapshot.revision} ${[...world.cache.entries()].length}`;
  const atRest = async (): Promise<boolean> =>
    (await Promise.all(names.map((name) => base.get(configMaps, 'default', name)))).every(({ data }) => data.left === '0');
  return { world, atRest, invoke };

  async function invoke() {
    const before = { commits, known: known(), lines: world.log.length };
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    dueMs = undefined;
    await metered(new Meter('LoopObject', undefined), async () => {
      world.loop.wake();
      await end;
    });
    const errors = world.log.slice(before.lines).filter(({ level }) => level === 'error');
    return {
      moved: commits > before.commits || known() !== before.known,
      boundAsError: errors.some(isBound),
      inMs: dueMs === undefined ? undefined : dueMs - world.nowMs,
    };
  }
};

it('goes on at once after a bound that it met on its way, and backs off from one that it met at once (property)', async () => {
  let met = 0;
  let stuck = 0;
  const base = await openBase();
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const { world, atRest, invoke } = await invocations(base, one);
      let inVain = 0;
      for (let count = 0; count < 30; count++) {
        const { moved, boundAsError, inMs } = await invoke();
        if (inMs === 0) {
          met++;
          expect(moved).toBe(true);
        }
        if (boundAsError) {
          stuck++;
          expect(moved).toBe(false);
          expect(inMs).toBe(Math.min(1000 * 2 ** inVain++, 30_000));
        } else inVain = 0;
        if (inMs === undefined) break;
        world.nowMs += inMs;
      }
      if (one.limit >= 40 && !one.loses) expect(await atRest()).toBe(true);
    }),
    { numRuns: 12, examples: [[many], [none]] },
  );
  expect(met).toBeGreaterThan(0);
  expect(stuck).toBeGreaterThan(0);
});
