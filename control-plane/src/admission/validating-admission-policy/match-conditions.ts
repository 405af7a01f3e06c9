/** `matchConditions` of policies and webhooks: one that is false decides; else one that cannot be had is an error. */
import type { CompiledCondition } from './compiled-policy.ts';
import type { ExpressionRun } from './expression-run.ts';

export const meetsConditions = (
  conditions: readonly CompiledCondition[],
  run: ExpressionRun,
): { readonly matches: boolean } | { readonly error: string } => {
  const errors: string[] = [];
  for (const condition of conditions) {
    const outcome = run.outcome(condition);
    if ('error' in outcome) errors.push(outcome.error);
    else if (outcome.value !== true) return { matches: false };
  }
  if (errors.length === 0) return { matches: true };
  return { error: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` };
};
