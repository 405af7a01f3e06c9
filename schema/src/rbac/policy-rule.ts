/**
 * PolicyRule: one permission of a role. What a rule covers is decided by the authorizer; here is its form.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import { type Infer, list, struct } from '../dsl/field.ts';
import type { FieldError } from '../resource.ts';
import { invalid, required } from '../validation/errors.ts';

export const PolicyRule = struct('io.k8s.api.rbac.v1.PolicyRule', 'What may be done with some resources or paths.', {
  verbs: list(1, 'string', 'Verbs, or * for all.', { required: true, default: [] }),
  apiGroups: list(2, 'string', 'API groups; the empty text is the core group, * stands for all.'),
  resources: list(3, 'string', 'Resources, subresources as pods/log; * stands for all, */scale for one subresource of all.'),
  resourceNames: list(4, 'string', 'Names the rule is limited to; empty for all.'),
  nonResourceURLs: list(5, 'string', 'URL paths; * alone or at the end of a path is a wildcard. In cluster roles only.'),
});
export type PolicyRule = Infer<typeof PolicyRule>;

export const validatePolicyRules = (rules: readonly PolicyRule[] | undefined, { namespaced }: { namespaced: boolean }): FieldError[] =>
  (rules ?? []).flatMap((rule, i) => validateRule(rule, `rules[${i}]`, namespaced));

const validateRule = (rule: PolicyRule, at: string, namespaced: boolean): FieldError[] => {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const errors: FieldError[] = [];
  if (verbs.length === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
  if (nonResourceURLs.length > 0) {
    const field = `${at}.nonResourceURLs`;
    if (namespaced) errors.push(invalid(field, nonResourceURLs, 'namespaced rules cannot apply to non-resource URLs'));
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      errors.push(invalid(field, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return errors;
  }
  if (apiGroups.length === 0) errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
  if (resources.length === 0) errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  return errors;
};
