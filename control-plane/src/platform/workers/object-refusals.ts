/** Calls of objects that Cloudflare refuses because a plan is used up, as the error a client is told; the last one is remembered by the isolate. */
import { type Refusal, RefusedByPlan, refusalIn } from '../../allowance/refusal.ts';

let last: { readonly refusal: Refusal; readonly atMs: number } | undefined;

/** Seen by this isolate at that time or later. */
export const refusedSince = (ms: number): Refusal | undefined => (last && last.atMs >= ms ? last.refusal : undefined);

/** The same error where it is no refusal. */
export const explained = (error: unknown, asked: 'read' | 'write' = 'read'): unknown => {
  const nowMs = Date.now();
  const refusal = refusalIn(error instanceof Error ? error.message : String(error), nowMs);
  if (!refusal) return error;
  last = { refusal, atMs: nowMs };
  return new RefusedByPlan(refusal, asked);
};

/** A stub whose refused calls throw RefusedByPlan. */
export const explainedStub = <T extends object>(stub: T): T =>
  new Proxy(stub, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (error) {
          throw explained(error, name === 'volatile' && args[0] === 'write' ? 'write' : 'read');
        }
      };
    },
  });
