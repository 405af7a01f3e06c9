/**
 * Doubts about a policy's expressions: fields that the kinds it is about do not have, operands that will not fit. Nothing is refused for them: the policy
 * may be about other kinds too.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking
 */
import type { CelType } from '../cel/types.ts';
import { compileAdmission, compileVariables, type Environment } from './expressions.ts';
import type { ValidatingAdmissionPolicySpec } from './validating-admission-policy.ts';

/** Types beyond these are not looked at. */
const MAX_KINDS = 10;

export interface CheckedKind {
  /** `apps/v1, Kind=Deployment`. */
  readonly name: string;
  readonly type: CelType;
}

export interface ExpressionWarning {
  readonly fieldRef: string;
  readonly warning: string;
}

/** `param`: the type of the parameters, where it is known. */
export const typeCheckingWarnings = (
  { validations = [], variables = [], paramKind }: ValidatingAdmissionPolicySpec,
  kinds: readonly CheckedKind[],
  param?: CelType,
): ExpressionWarning[] => {
  const environments = kinds.slice(0, MAX_KINDS).map(({ name, type }) => {
    const own: Environment = { params: paramKind !== undefined, namespace: true, object: type, ...(param ? { param } : {}) };
    return { name, environment: { ...own, variables: compileVariables(variables, own).types } };
  });
  const check = (fieldRef: string, expression: string | undefined): ExpressionWarning[] => {
    if (!expression?.trim()) return [];
    const warnings = environments.flatMap(({ name, environment }) => {
      const compiled = compileAdmission(expression, 'any', environment);
      return 'error' in compiled ? [`${name}: ${compiled.error.replace(/^compilation failed: /, '')}\n`] : [];
    });
    return warnings.length > 0 ? [{ fieldRef, warning: warnings.join('') }] : [];
  };
  return validations.flatMap(({ expression, messageExpression }, i) => [
    ...check(`spec.validations[${i}].expression`, expression),
    ...check(`spec.validations[${i}].messageExpression`, messageExpression),
  ]);
};
