/** Who must make room for a pod that fits nowhere. */
import { available } from '../diagnosis.ts';
import type { Placer, Refusal } from '../placement.ts';
import { FINAL } from '../plugin.ts';
import type { PodInfo } from '../state/pod-info.ts';
import { ABSENT } from '../verdict.ts';

export type Attempt =
  | { readonly victims: readonly PodInfo[]; readonly slot: number }
  /** `keeps`: the promise it has still stands. */
  | { readonly victims: undefined; readonly message: string; readonly keeps: boolean };

const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

export const preempt = (_pod: PodInfo, refusal: Refusal, _placer: Placer): Attempt => {
  const reasons = new Map<string, number>();
  const add = (reason: string, count = 1): void => void reasons.set(reason, (reasons.get(reason) ?? 0) + count);
  if (!refusal.verdicts) add(NOT_HELPFUL, refusal.nodes);
  else for (const verdict of refusal.verdicts) if (verdict !== ABSENT && verdict !== 0) add(verdict & FINAL ? NOT_HELPFUL : NO_VICTIMS);
  return { victims: undefined, message: available(refusal.nodes, reasons), keeps: false };
};
