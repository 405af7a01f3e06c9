/**
 * What is asked for in an access review, and the answer.
 */
import { bool, type Infer, list, message, str, struct } from '../dsl/field.ts';
import { FieldSelectorRequirement, LabelSelectorRequirement } from '../meta/label-selector.ts';

export const FieldSelectorAttributes = struct(
  'io.k8s.api.authorization.v1.FieldSelectorAttributes',
  'The field selector of the request asked about.',
  {
    rawSelector: str(1, 'The selector as text; excludes requirements.'),
    requirements: list(2, FieldSelectorRequirement, 'The selector parsed; all must hold.'),
  },
);
export type FieldSelectorAttributes = Infer<typeof FieldSelectorAttributes>;

export const LabelSelectorAttributes = struct(
  'io.k8s.api.authorization.v1.LabelSelectorAttributes',
  'The label selector of the request asked about.',
  {
    rawSelector: str(1, 'The selector as text; excludes requirements.'),
    requirements: list(2, LabelSelectorRequirement, 'The selector parsed; all must hold.'),
  },
);
export type LabelSelectorAttributes = Infer<typeof LabelSelectorAttributes>;

export const ResourceAttributes = struct('io.k8s.api.authorization.v1.ResourceAttributes', 'A request for a resource.', {
  namespace: str(1, 'Namespace of the request; empty for all namespaces or cluster-scoped resources.'),
  verb: str(2, 'Verb, such as get, list or create; * for all.'),
  group: str(3, 'API group; * for all.'),
  version: str(4, 'API version; * for all.'),
  resource: str(5, 'Plural resource name; * for all.'),
  subresource: str(6, 'Subresource, where one is asked for.'),
  name: str(7, 'Name of one object; empty for all.'),
  fieldSelector: message(8, FieldSelectorAttributes, 'Field selector of the request.'),
  labelSelector: message(9, LabelSelectorAttributes, 'Label selector of the request.'),
});
export type ResourceAttributes = Infer<typeof ResourceAttributes>;

export const NonResourceAttributes = struct(
  'io.k8s.api.authorization.v1.NonResourceAttributes',
  'A request for a path that is no resource.',
  {
    path: str(1, 'URL path.'),
    verb: str(2, 'HTTP method in lower case.'),
  },
);
export type NonResourceAttributes = Infer<typeof NonResourceAttributes>;

export const SubjectAccessReviewStatus = struct(
  'io.k8s.api.authorization.v1.SubjectAccessReviewStatus',
  'The answer of an access review.',
  {
    allowed: bool(1, 'True when the request would be let through.', { required: true, default: false }),
    denied: bool(4, 'True when an authorizer forbids it outright, whatever the others say.'),
    reason: str(2, 'Why it is allowed or not.'),
    evaluationError: str(3, 'What went wrong while deciding; the answer may hold all the same.'),
  },
);
export type SubjectAccessReviewStatus = Infer<typeof SubjectAccessReviewStatus>;
