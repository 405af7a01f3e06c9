/**
 * Reading and changing a list of conditions. Never mutates: a change gives a new list, no change gives the same one, so that callers can
 * compare by identity.
 */
import { toRfc3339 } from './time.ts';

/** What all condition types share. */
export interface ConditionLike {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export const getCondition = <C extends ConditionLike>(list: readonly C[] | undefined, type: string): C | undefined =>
  list?.find((condition) => condition.type === type);

/** Status of the condition is `True`. */
export const isConditionTrue = (list: readonly ConditionLike[] | undefined, type: string): boolean =>
  getCondition(list, type)?.status === 'True';

/**
 * Adds or replaces the condition of that type. `lastTransitionTime` is kept while the status is the same, otherwise it is `nowMs`.
 * @returns the same list when nothing would change
 */
export const setCondition = <C extends ConditionLike>(list: readonly C[] | undefined, condition: C, nowMs: number): C[] => {
  const old = getCondition(list, condition.type);
  const lastTransitionTime =
    old?.status === condition.status && old.lastTransitionTime
      ? old.lastTransitionTime
      : (condition.lastTransitionTime ?? toRfc3339(nowMs));
  const next: C = { ...condition, lastTransitionTime };
  if (!old) return [...(list ?? []), next];
  if (sameFields(old, next)) return list as C[];
  return (list ?? []).map((c) => (c.type === condition.type ? next : c));
};

/** The list without conditions of that type; the same list when there is none. */
export const removeCondition = <C extends ConditionLike>(list: readonly C[] | undefined, type: string): C[] =>
  getCondition(list, type) ? (list ?? []).filter((c) => c.type !== type) : ((list ?? []) as C[]);

const sameFields = (a: object, b: object): boolean => {
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) => left[key] === right[key]);
};
