/**
 * SubjectAccessReview and its local form: may this user do that? Never stored.
 */
import { extra } from '../authentication/extra.ts';
import { bool, type Infer, list, message, str, struct } from '../dsl/field.ts';
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';

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

export const SubjectAccessReviewSpec = struct(
  'io.k8s.api.authorization.v1.SubjectAccessReviewSpec',
  '@authorization.SubjectAccessReviewSpec',
  {
    resourceAttributes: message(1, ResourceAttributes, '@authorization.SubjectAccessReviewSpec.resourceAttributes'),
    nonResourceAttributes: message(2, NonResourceAttributes, '@authorization.SubjectAccessReviewSpec.nonResourceAttributes'),
    user: str(3, '@authorization.SubjectAccessReviewSpec.user'),
    groups: list(4, 'string', '@authorization.SubjectAccessReviewSpec.groups'),
    extra: extra(5, '@authorization.SubjectAccessReviewSpec.extra'),
    uid: str(6, '@authorization.SubjectAccessReviewSpec.uid'),
  },
);
export type SubjectAccessReviewSpec = Infer<typeof SubjectAccessReviewSpec>;

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

export const SubjectAccessReview = struct('io.k8s.api.authorization.v1.SubjectAccessReview', '@authorization.SubjectAccessReview', {
  ...typeMeta,
  metadata: message(1, ObjectMeta, '@authorization.SubjectAccessReview.metadata'),
  spec: message(2, SubjectAccessReviewSpec, '@authorization.SubjectAccessReview.spec', { required: true }),
  status: message(3, SubjectAccessReviewStatus, '@authorization.SubjectAccessReview.status'),
});
export type SubjectAccessReview = ObjectOf<typeof SubjectAccessReview>;

export const LocalSubjectAccessReview = struct(
  'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  '@authorization.LocalSubjectAccessReview',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, '@authorization.LocalSubjectAccessReview.metadata'),
    spec: message(2, SubjectAccessReviewSpec, '@authorization.LocalSubjectAccessReview.spec', { required: true }),
    status: message(3, SubjectAccessReviewStatus, '@authorization.LocalSubjectAccessReview.status'),
  },
);
export type LocalSubjectAccessReview = ObjectOf<typeof LocalSubjectAccessReview>;
