/**
 * The database for who does much in one invocation: no call begins that may cross the limit of its requests. It fails with a BoundMet, so whoever works
 * goes on in its next invocation; what was written before is found in the change log.
 */
import { BoundMet, type Store, type WriteOutcome } from '../../store/store.ts';
import { presentMeter } from './meter.ts';

/**
 * What a call may need: a hundred writes are some batches, a batch without answer is sent again. Calls that are not named keep the state of the loop
 * and may use the last of it.
 */
const needs = new Map<string | symbol, number>([
  ...['write', 'gather'].map((name) => [name, 10] as const),
  ...['get', 'getMany', 'changes', 'usage', 'compact', 'failingGuards'].map((name) => [name, 8] as const),
  ['list', 2],
]);

/** `limit`: requests to the outside that an invocation may make. */
export const boundedStore = <S extends Store>(store: S, limit: number): S => {
  /** A call that has begun is counted only once its request leaves. */
  let underWay = 0;
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      const need = needs.get(name);
      if (need === undefined) return member.bind(target);
      return async (...args: unknown[]): Promise<unknown> => {
        const meter = presentMeter();
        const made = (meter?.external ?? 0) + underWay;
        if (meter && made + need > limit)
          throw new BoundMet(`after ${made} requests the rest is for the next invocation`, { committed: meter.committed });
        underWay++;
        try {
          const answer: unknown = await Reflect.apply(member, target, args);
          if (meter && name === 'write' && (answer as readonly WriteOutcome[]).some(({ status }) => status === 'ok'))
            meter.committed = true;
          return answer;
        } finally {
          underWay--;
        }
      };
    },
  });
};
