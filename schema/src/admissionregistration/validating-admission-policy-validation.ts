/** What a policy must be; its expressions must compile. Paths and wording are upstream's. */
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, notSupported, required } from '../validation/errors.ts';
import { isQualifiedName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import { compileVariables, type Environment, expressionProblem } from './expressions.ts';
import { failurePolicies, oneOf, validateMatchConditions, validateMatchResources } from './match-validation.ts';
import type { ValidatingAdmissionPolicy, Validation } from './validating-admission-policy.ts';

const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const identifier = /^[_a-zA-Z][_a-zA-Z0-9]{0,250}$/;

export const validateValidatingAdmissionPolicy = (
  { metadata, spec }: ValidatingAdmissionPolicy,
  old?: ValidatingAdmissionPolicy,
): FieldError[] => {
  const { paramKind, matchConstraints, validations = [], auditAnnotations = [], variables = [] } = spec;
  const environment: Environment = { params: paramKind !== undefined, namespace: true };
  const compiled = compileVariables(variables, environment);
  const whole: Environment = { ...environment, variables: compiled.types };
  const errors = [
    ...validateObjectMeta(metadata, { namespaced: false }, old?.metadata),
    ...oneOf('spec.failurePolicy', spec.failurePolicy, failurePolicies),
    ...validateMatchConditions(spec.matchConditions, 'spec.matchConditions', environment),
  ];
  if (paramKind) {
    if (!paramKind.apiVersion) errors.push(required('spec.paramKind.apiVersion'));
    else if (paramKind.apiVersion.split('/').length > 2) {
      errors.push(invalid('spec.paramKind.apiVersion', paramKind.apiVersion, `unexpected GroupVersion string: ${paramKind.apiVersion}`));
    }
    if (!paramKind.kind) errors.push(required('spec.paramKind.kind'));
  }
  if (!matchConstraints) errors.push(required('spec.matchConstraints'));
  else {
    if (!matchConstraints.resourceRules?.length) errors.push(required('spec.matchConstraints.resourceRules'));
    errors.push(...validateMatchResources(matchConstraints, 'spec.matchConstraints'));
  }
  if (validations.length + auditAnnotations.length === 0) {
    const both = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', both), required('spec.auditAnnotations', both));
  }
  errors.push(...validations.flatMap((validation, i) => validateRule(validation, `spec.validations[${i}]`, whole)));
  const names = new Set<string>();
  for (const [i, { name, expression }] of variables.entries()) {
    const at = `spec.variables[${i}]`;
    if (name === '') errors.push(required(`${at}.name`, 'name is not specified'));
    else if (!identifier.test(name)) errors.push(invalid(`${at}.name`, name, 'name is not a valid CEL identifier'));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const problem = compiled.errors.get(i);
    if (expression.trim() === '') errors.push(required(`${at}.expression`, 'expression is not specified'));
    else if (problem !== undefined) errors.push(invalid(`${at}.expression`, expression, problem));
  }
  for (const [i, { key, valueExpression }] of auditAnnotations.entries()) {
    const at = `spec.auditAnnotations[${i}]`;
    errors.push(...problems(`${at}.key`, key, isQualifiedName(key)));
    if (valueExpression.trim() === '') errors.push(required(`${at}.valueExpression`, 'valueExpression is not specified'));
    else errors.push(...expressionProblem(`${at}.valueExpression`, valueExpression, 'note', whole));
  }
  return errors;
};

const validateRule = (
  { expression, message, messageExpression, reason }: Validation,
  at: string,
  environment: Environment,
): FieldError[] => {
  const errors =
    expression.trim() === ''
      ? [required(`${at}.expression`, 'expression is not specified')]
      : expressionProblem(`${at}.expression`, expression, 'bool', environment);
  if (message !== undefined) {
    if (message.trim() === '') errors.push(invalid(`${at}.message`, message, 'message must be non-empty if specified'));
    else if (message.includes('\n')) errors.push(invalid(`${at}.message`, message, 'message must not contain line breaks'));
  }
  if (messageExpression !== undefined && messageExpression.trim() === '') {
    errors.push(invalid(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  } else if (messageExpression !== undefined) {
    errors.push(...expressionProblem(`${at}.messageExpression`, messageExpression, 'string', environment));
  }
  if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(`${at}.reason`, reason, reasons));
  return errors;
};
