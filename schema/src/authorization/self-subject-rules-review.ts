/**
 * SelfSubjectRulesReview: what may I do in this namespace? Never stored.
 */
import { bool, type Infer, list, message, str, struct } from '../dsl/field.ts';
import { nameColumn } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';

export const ResourceRule = struct('io.k8s.api.authorization.v1.ResourceRule', '@authorization.ResourceRule', {
  verbs: list(1, 'string', '@authorization.ResourceRule.verbs', { required: true, default: [] }),
  apiGroups: list(2, 'string', '@authorization.ResourceRule.apiGroups'),
  resources: list(3, 'string', '@authorization.ResourceRule.resources'),
  resourceNames: list(4, 'string', '@authorization.ResourceRule.resourceNames'),
});
export type ResourceRule = Infer<typeof ResourceRule>;

export const NonResourceRule = struct('io.k8s.api.authorization.v1.NonResourceRule', '@authorization.NonResourceRule', {
  verbs: list(1, 'string', '@authorization.NonResourceRule.verbs', { required: true, default: [] }),
  nonResourceURLs: list(2, 'string', '@authorization.NonResourceRule.nonResourceURLs'),
});
export type NonResourceRule = Infer<typeof NonResourceRule>;

export const SubjectRulesReviewStatus = struct(
  'io.k8s.api.authorization.v1.SubjectRulesReviewStatus',
  '@authorization.SubjectRulesReviewStatus',
  {
    resourceRules: list(1, ResourceRule, '@authorization.SubjectRulesReviewStatus.resourceRules', { required: true, default: [] }),
    nonResourceRules: list(2, NonResourceRule, '@authorization.SubjectRulesReviewStatus.nonResourceRules', { required: true, default: [] }),
    incomplete: bool(3, '@authorization.SubjectRulesReviewStatus.incomplete', { required: true, default: false }),
    evaluationError: str(4, '@authorization.SubjectRulesReviewStatus.evaluationError'),
  },
);
export type SubjectRulesReviewStatus = Infer<typeof SubjectRulesReviewStatus>;

export const SelfSubjectRulesReviewSpec = struct(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec',
  '@authorization.SelfSubjectRulesReviewSpec',
  {
    namespace: str(1, '@authorization.SelfSubjectRulesReviewSpec.namespace'),
  },
);
export type SelfSubjectRulesReviewSpec = Infer<typeof SelfSubjectRulesReviewSpec>;

export const SelfSubjectRulesReview = struct(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  '@authorization.SelfSubjectRulesReview',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, '@authorization.SelfSubjectRulesReview.metadata'),
    spec: message(2, SelfSubjectRulesReviewSpec, '@authorization.SelfSubjectRulesReview.spec', { required: true }),
    status: message(3, SubjectRulesReviewStatus, '@authorization.SelfSubjectRulesReview.status'),
  },
);
export type SelfSubjectRulesReview = ObjectOf<typeof SelfSubjectRulesReview>;

export const selfSubjectRulesReviews = defineResource<SelfSubjectRulesReview>({
  group: 'authorization.k8s.io',
  resource: 'selfsubjectrulesreviews',
  kind: 'SelfSubjectRulesReview',
  namespaced: false,
  storage: 'virtual',
  verbs: ['create'],
  versions: soleVersion('v1', SelfSubjectRulesReview),
  generation: false,
  columns: [nameColumn],
});
