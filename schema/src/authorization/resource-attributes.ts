/**
 * What is asked for in an access review, and the answer.
 */
import { bool, type Infer, list, message, str, struct } from '../dsl/field.ts';
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/label-selector.ts';

export const FieldSelectorAttributes = struct(
  'io.k8s.api.authorization.v1.FieldSelectorAttributes',
  '@authorization.FieldSelectorAttributes',
  {
    rawSelector: str(1, '@authorization.FieldSelectorAttributes.rawSelector'),
    requirements: list(2, FieldSelectorRequirement, '@authorization.FieldSelectorAttributes.requirements'),
  },
);
export type FieldSelectorAttributes = Infer<typeof FieldSelectorAttributes>;

export const LabelSelectorAttributes = struct(
  'io.k8s.api.authorization.v1.LabelSelectorAttributes',
  '@authorization.LabelSelectorAttributes',
  {
    rawSelector: str(1, '@authorization.LabelSelectorAttributes.rawSelector'),
    requirements: list(2, LabelSelectorRequirement, '@authorization.LabelSelectorAttributes.requirements'),
  },
);
export type LabelSelectorAttributes = Infer<typeof LabelSelectorAttributes>;

export const ResourceAttributes = struct('io.k8s.api.authorization.v1.ResourceAttributes', '@authorization.ResourceAttributes', {
  namespace: str(1, '@authorization.ResourceAttributes.namespace'),
  verb: str(2, '@authorization.ResourceAttributes.verb'),
  group: str(3, '@authorization.ResourceAttributes.group'),
  version: str(4, '@authorization.ResourceAttributes.version'),
  resource: str(5, '@authorization.ResourceAttributes.resource'),
  subresource: str(6, '@authorization.ResourceAttributes.subresource'),
  name: str(7, '@authorization.ResourceAttributes.name'),
  fieldSelector: message(8, FieldSelectorAttributes, '@authorization.ResourceAttributes.fieldSelector'),
  labelSelector: message(9, LabelSelectorAttributes, '@authorization.ResourceAttributes.labelSelector'),
});
export type ResourceAttributes = Infer<typeof ResourceAttributes>;

export const NonResourceAttributes = struct('io.k8s.api.authorization.v1.NonResourceAttributes', '@authorization.NonResourceAttributes', {
  path: str(1, '@authorization.NonResourceAttributes.path'),
  verb: str(2, '@authorization.NonResourceAttributes.verb'),
});
export type NonResourceAttributes = Infer<typeof NonResourceAttributes>;

export const SubjectAccessReviewStatus = struct(
  'io.k8s.api.authorization.v1.SubjectAccessReviewStatus',
  '@authorization.SubjectAccessReviewStatus',
  {
    allowed: bool(1, '@authorization.SubjectAccessReviewStatus.allowed', { required: true, default: false }),
    denied: bool(4, '@authorization.SubjectAccessReviewStatus.denied'),
    reason: str(2, '@authorization.SubjectAccessReviewStatus.reason'),
    evaluationError: str(3, '@authorization.SubjectAccessReviewStatus.evaluationError'),
  },
);
export type SubjectAccessReviewStatus = Infer<typeof SubjectAccessReviewStatus>;
