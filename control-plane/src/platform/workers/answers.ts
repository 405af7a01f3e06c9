/**
 * Answers that cross from one object to another. An error keeps its class and reason only as a value, so a call that may fail with a StoreError answers
 * with one of these, and the caller throws it again.
 */
import { StoreError, type StoreErrorReason } from '../../store/store.ts';
import { explained } from './object-refusals.ts';

export type Answer<T> = { readonly ok: T } | { readonly error: { readonly reason: StoreErrorReason; readonly message: string } };

export const answer = async <T>(work: () => Promise<T>): Promise<Answer<T>> => {
  try {
    return { ok: await work() };
  } catch (error) {
    if (error instanceof StoreError) return { error: { reason: error.reason, message: error.message } };
    throw error;
  }
};

/** @throws StoreError, or RefusedByPlan where the object's own rows were refused */
export const unwrap = <T>(answered: Answer<T>): T => {
  if ('ok' in answered) return answered.ok;
  throw explained(new StoreError(answered.error.reason, answered.error.message));
};
