/** A store whose calls are counted. */
import { type Store, StoreError } from '../store/store.ts';
import type { Telemetry } from './telemetry.ts';

type Observed = 'head' | 'get' | 'getMany' | 'gather' | 'list' | 'changes' | 'write' | 'usage' | 'loopState' | 'saveLoopState' | 'compact';

type Size = (reply: unknown) => { read?: number; written?: number };

/** How many objects a reply carries. */
const sizes: { readonly [K in Observed]?: (reply: Awaited<ReturnType<Store[K]>>) => { read?: number; written?: number } } = {
  get: (found) => ({ read: found ? 1 : 0 }),
  getMany: (found) => ({ read: found.filter(Boolean).length }),
  gather: ({ objects, lists }) => ({ read: objects.filter(Boolean).length + lists.reduce((sum, list) => sum + list.length, 0) }),
  list: ({ items }) => ({ read: items.length }),
  changes: ({ changes }) => ({ read: changes.length }),
  write: (outcomes) => ({ written: outcomes.filter(({ status }) => status === 'ok').length }),
};

const observed: readonly Observed[] = [
  ...(['head', 'get', 'getMany', 'gather', 'list', 'changes', 'write', 'usage'] as const),
  ...(['loopState', 'saveLoopState', 'compact'] as const),
];

export const observedStore = <S extends Store>(store: S, telemetry: Pick<Telemetry, 'storeCall'>): S => {
  const calls = Object.fromEntries(
    observed.map((name) => [
      name,
      async (...args: unknown[]): Promise<unknown> => {
        const ended = telemetry.storeCall(name);
        try {
          const reply: unknown = await Reflect.apply(store[name], store, args);
          ended('ok', (sizes[name] as Size | undefined)?.(reply) ?? {});
          return reply;
        } catch (error) {
          ended(error instanceof StoreError ? error.reason : 'error', {});
          throw error;
        }
      },
    ]),
  );
  return new Proxy(store, {
    get: (target, name) => {
      const own = typeof name === 'string' ? calls[name] : undefined;
      if (own) return own;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
};
