/** The expressions of a policy, compiled once for each version of it: policies come from a memo and are the same object while they do not change. */
import {
  compileAdmission,
  compileVariables,
  type Environment,
  type Named,
  type Result,
} from '#schema/admissionregistration/expressions.ts';
import type { ValidatingAdmissionPolicy, Validation } from '#schema/admissionregistration/validating-admission-policy.ts';
import type { Compiled, Program } from '#schema/cel/compile.ts';

export interface CompiledCondition {
  readonly expression: string;
  readonly compiled: Compiled;
}

export interface CompiledPolicy {
  readonly conditions: readonly CompiledCondition[];
  readonly variables: ReadonlyMap<string, Program>;
  readonly validations: readonly { readonly validation: Validation; readonly rule: Compiled; readonly message: Compiled | undefined }[];
  readonly notes: readonly { readonly key: string; readonly value: Compiled; readonly expression: string }[];
  /** Variables of admission that any of them reads. */
  readonly reads: ReadonlySet<string>;
}

const compileAll = (list: readonly Named[] | undefined, environment: Environment): CompiledCondition[] =>
  (list ?? []).map(({ expression }) => ({ expression: expression.trim(), compiled: compileAdmission(expression, 'bool', environment) }));

const readsOf = (compiled: readonly (Compiled | undefined)[]): string[] =>
  compiled.flatMap((one) => (one && 'program' in one ? [...one.program.reads] : []));

const make = ({ spec }: ValidatingAdmissionPolicy): CompiledPolicy => {
  const own: Environment = { params: spec.paramKind !== undefined, namespace: true };
  const { types, programs } = compileVariables(spec.variables ?? [], own);
  const whole: Environment = { ...own, variables: types };
  const as = (expression: string, result: Result): Compiled => compileAdmission(expression, result, whole);
  const conditions = compileAll(spec.matchConditions, own);
  const validations = (spec.validations ?? []).map((validation) => ({
    validation,
    rule: as(validation.expression, 'bool'),
    message: validation.messageExpression ? as(validation.messageExpression, 'string') : undefined,
  }));
  const notes = (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
    key,
    expression: valueExpression.trim(),
    value: as(valueExpression, 'note'),
  }));
  const reads = readsOf([
    ...conditions.map(({ compiled }) => compiled),
    ...[...programs.values()].map((program) => ({ program })),
    ...validations.flatMap(({ rule, message }) => [rule, message]),
    ...notes.map(({ value }) => value),
  ]);
  return { conditions, variables: programs, validations, notes, reads: new Set(reads) };
};

const policies = new WeakMap<object, CompiledPolicy>();

export const compiledPolicy = (policy: ValidatingAdmissionPolicy): CompiledPolicy => {
  let found = policies.get(policy);
  if (!found) {
    found = make(policy);
    policies.set(policy, found);
  }
  return found;
};

const conditions = new WeakMap<object, readonly CompiledCondition[]>();

/** Of a webhook: they read the request alone. `list` must not change. */
export const compiledConditions = (list: readonly Named[]): readonly CompiledCondition[] => {
  let found = conditions.get(list);
  if (!found) {
    found = compileAll(list, {});
    conditions.set(list, found);
  }
  return found;
};
