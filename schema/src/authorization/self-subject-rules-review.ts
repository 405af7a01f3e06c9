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

export const ResourceRule = struct('io.k8s.api.authorization.v1.ResourceRule', 'What may be done with some resources.', {
  verbs: list(1, 'string', 'Verbs, or * for all.', { required: true, default: [] }),
  apiGroups: list(2, 'string', 'API groups, or * for all.'),
  resources: list(3, 'string', 'Resources, or * for all.'),
  resourceNames: list(4, 'string', 'Names the rule is limited to; empty for all.'),
});
export type ResourceRule = Infer<typeof ResourceRule>;

export const NonResourceRule = struct('io.k8s.api.authorization.v1.NonResourceRule', 'What may be done with some paths.', {
  verbs: list(1, 'string', 'Verbs, or * for all.', { required: true, default: [] }),
  nonResourceURLs: list(2, 'string', 'URL paths; * alone or at the end of a path is a wildcard.'),
});
export type NonResourceRule = Infer<typeof NonResourceRule>;

export const SubjectRulesReviewStatus = struct(
  'io.k8s.api.authorization.v1.SubjectRulesReviewStatus',
  'All that is allowed, as far as it can be listed.',
  {
    resourceRules: list(1, ResourceRule, 'Rules on resources, in no order.', { required: true, default: [] }),
    nonResourceRules: list(2, NonResourceRule, 'Rules on other paths, in no order.', { required: true, default: [] }),
    incomplete: bool(3, 'True when some authorizer cannot list its rules.', { required: true, default: false }),
    evaluationError: str(4, 'What went wrong while listing.'),
  },
);
export type SubjectRulesReviewStatus = Infer<typeof SubjectRulesReviewStatus>;

export const SelfSubjectRulesReviewSpec = struct('io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec', 'Where to look.', {
  namespace: str(1, 'Namespace the rules are listed for.'),
});
export type SelfSubjectRulesReviewSpec = Infer<typeof SelfSubjectRulesReviewSpec>;

export const SelfSubjectRulesReview = struct(
  'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  'Asks for all that the caller may do in a namespace.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, SelfSubjectRulesReviewSpec, 'The desired state.', { required: true }),
    status: message(3, SubjectRulesReviewStatus, 'The observed state; written by the cluster.'),
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
