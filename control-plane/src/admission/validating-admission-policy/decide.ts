/** What a policy says of one request, with one set of parameters: decisions, and notes for the audit log. Pure. */
import type { ValidatingAdmissionPolicy } from '#schema/admissionregistration/validating-admission-policy.ts';
import type { Value } from '#schema/cel/values.ts';
import { type CompiledPolicy, compiledPolicy } from './compiled-policy.ts';
import { ExpressionRun, type Given } from './expression-run.ts';
import { meetsConditions } from './match-conditions.ts';

const MAX_MESSAGE = 5 * 1024;
const MAX_NOTE = 10 * 1024;

/** A refusal; what to do with it the binding says. */
export interface Refusal {
  readonly message: string;
  /** Of the Status: Invalid when the rule names none. */
  readonly reason: string;
  /** Which validation; undefined: the policy as a whole. */
  readonly index?: number;
}

export interface Verdict {
  readonly refusals: readonly Refusal[];
  readonly notes: Readonly<Record<string, string>>;
}

const silent: Verdict = { refusals: [], notes: {} };

export const decide = (policy: ValidatingAdmissionPolicy, given: Given): Verdict => {
  const compiled = compiledPolicy(policy);
  const run = new ExpressionRun({ ...given, variables: compiled.variables });
  const fails = policy.spec.failurePolicy !== 'Ignore';
  const asError = (message: string, index?: number): readonly Refusal[] =>
    fails ? [{ message, reason: '', ...(index === undefined ? {} : { index }) }] : [];
  const met = meetsConditions(compiled.conditions, run);
  if ('error' in met) return { refusals: asError(met.error), notes: {} };
  if (!met.matches) return silent;
  return { refusals: refusalsOf(compiled, run, asError), notes: notesOf(compiled, run) };
};

const refusalsOf = (
  { validations }: CompiledPolicy,
  run: ExpressionRun,
  asError: (message: string, index: number) => readonly Refusal[],
): readonly Refusal[] =>
  validations.flatMap(({ validation, rule, message }, index): readonly Refusal[] => {
    const expression = validation.expression.trim();
    const outcome = run.outcome({ expression, compiled: rule });
    if ('error' in outcome) return asError(outcome.error, index);
    if (outcome.value === true) return [];
    const made = message && run.outcome({ expression: validation.messageExpression!, compiled: message });
    const text = (made && 'value' in made && usable(made.value)) || validation.message?.trim() || `failed expression: ${expression}`;
    return [{ message: text, reason: validation.reason ?? '', index }];
  });

/** A message is one line that is not too long; else it is none. */
const usable = (value: Value): string | undefined => {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.includes('\n') || text.length > MAX_MESSAGE ? undefined : text;
};

const notesOf = ({ notes }: CompiledPolicy, run: ExpressionRun): Readonly<Record<string, string>> =>
  Object.fromEntries(
    notes.flatMap(({ key, expression, value }) => {
      const outcome = run.outcome({ expression, compiled: value });
      if ('error' in outcome || typeof outcome.value !== 'string') return [];
      const text = outcome.value.trim();
      return text === '' ? [] : [[key, text.length > MAX_NOTE ? text.slice(0, MAX_NOTE) : text]];
    }),
  );
