/** What is used of a plan. */
import type { Ledger } from './figures.ts';
import type { Refusal } from './refusal.ts';

export interface PlanUse {
  /** As far as it is known. */
  readonly ledger: Ledger;
  /** Calls of objects are refused. */
  readonly refusal?: Refusal;
}
