/**
 * ValidatingAdmissionPolicy: rules in CEL that objects must fulfil. A binding says where it holds.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 */
import { type Infer, int64, list, listMap, message, str, struct } from '../dsl/field.ts';
import { ageColumn, integer, nameColumn, text } from '../meta/columns.ts';
import { Condition } from '../meta/condition.ts';
import { keepStatus, soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { defaultMatchResources, MatchResources, matchConditions } from './match.ts';
import { validateValidatingAdmissionPolicy } from './validating-admission-policy-validation.ts';

const NAME = 'io.k8s.api.admissionregistration.v1';

export const ParamKind = struct(
  `${NAME}.ParamKind`,
  'Kind of the objects that parameterize a policy.',
  {
    apiVersion: str(1, 'Group and version of the kind.'),
    kind: str(2, 'The kind.'),
  },
  { atomic: true },
);

export const Validation = struct(`${NAME}.Validation`, 'One rule.', {
  expression: str(1, 'CEL expression that gives true when the object is good.', { required: true, default: '' }),
  message: str(2, 'Text for people when it is not.'),
  reason: str(3, 'Reason in the status then: Invalid (the default), Forbidden, Unauthorized or RequestEntityTooLarge.', { pointer: true }),
  messageExpression: str(4, 'CEL expression that gives the text; goes before message.'),
});
export type Validation = Infer<typeof Validation>;

export const AuditAnnotation = struct(`${NAME}.AuditAnnotation`, 'A note for the audit log.', {
  key: str(1, 'Key of the annotation, without the name of the policy.', { required: true, default: '' }),
  valueExpression: str(2, 'CEL expression that gives the value.', { required: true, default: '' }),
});

export const Variable = struct(
  `${NAME}.Variable`,
  'A value that other expressions use as variables.NAME.',
  {
    name: str(1, 'Name of the variable.', { required: true, default: '' }),
    expression: str(2, 'CEL expression that gives the value.', { required: true, default: '' }),
  },
  { atomic: true },
);

export const ValidatingAdmissionPolicySpec = struct(`${NAME}.ValidatingAdmissionPolicySpec`, 'Which requests, and the rules.', {
  paramKind: message(1, ParamKind, 'Kind of its parameters.'),
  matchConstraints: message(2, MatchResources, 'Requests it is asked about.'),
  validations: list(3, Validation, 'The rules.'),
  failurePolicy: str(4, 'Fail (the default) or Ignore, when it cannot be evaluated.', { pointer: true }),
  auditAnnotations: list(5, AuditAnnotation, 'Notes for the audit log.'),
  matchConditions: matchConditions(6),
  variables: listMap(7, Variable, ['name'], 'Values for other expressions, in order.'),
});
export type ValidatingAdmissionPolicySpec = Infer<typeof ValidatingAdmissionPolicySpec>;

export const ExpressionWarning = struct(`${NAME}.ExpressionWarning`, 'A doubt about one expression.', {
  fieldRef: str(2, 'Path of the expression.', { required: true, default: '' }),
  warning: str(3, 'The doubt.', { required: true, default: '' }),
});

export const TypeChecking = struct(`${NAME}.TypeChecking`, 'What checking the types of the expressions found.', {
  expressionWarnings: list(1, ExpressionWarning, 'The doubts.'),
});

export const ValidatingAdmissionPolicyStatus = struct(`${NAME}.ValidatingAdmissionPolicyStatus`, 'What was observed of a policy.', {
  observedGeneration: int64(1, 'Generation of the object that was seen.'),
  typeChecking: message(2, TypeChecking, 'What checking its types found.'),
  conditions: listMap(3, Condition, ['type'], 'Latest observations, one for each type.', { smp: false }),
});

export const ValidatingAdmissionPolicy = struct(`${NAME}.ValidatingAdmissionPolicy`, 'Rules in CEL that objects must fulfil.', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
  spec: message(2, ValidatingAdmissionPolicySpec, 'The desired state.', { default: {} }),
  status: message(3, ValidatingAdmissionPolicyStatus, 'The observed state; written by the cluster.'),
});
export type ValidatingAdmissionPolicy = ObjectOf<typeof ValidatingAdmissionPolicy, 'spec'>;

export const validatingAdmissionPolicies = defineResource<ValidatingAdmissionPolicy>({
  group: 'admissionregistration.k8s.io',
  resource: 'validatingadmissionpolicies',
  kind: 'ValidatingAdmissionPolicy',
  listKind: 'ValidatingAdmissionPolicyList',
  namespaced: false,
  updatesNeedVersion: true,
  categories: ['api-extensions'],
  versions: soleVersion('v1', ValidatingAdmissionPolicy),
  hasStatus: true,
  defaults: ({ spec }) => {
    spec.failurePolicy ??= 'Fail';
    defaultMatchResources(spec.matchConstraints);
  },
  validate: validateValidatingAdmissionPolicy,
  prepareCreate: (policy) => {
    policy.status = {};
  },
  prepareUpdate: keepStatus,
  columns: [
    nameColumn,
    integer('Validations', 'Number of rules.', ({ spec }: ValidatingAdmissionPolicy) => spec.validations?.length ?? 0),
    text('ParamKind', 'Kind of its parameters.', ({ spec: { paramKind: p } }: ValidatingAdmissionPolicy) =>
      p ? `${p.apiVersion ?? ''}/${p.kind ?? ''}` : '<unset>',
    ),
    ageColumn,
  ],
});
