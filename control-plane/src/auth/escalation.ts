/**
 * Nobody gives what he does not hold: roles may only contain, and bindings only give, permissions their author has, unless he may `escalate`
 * the role or `bind` it.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import { equalJson } from '#schema/dsl/own.ts';
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';
import type { RoleRef } from '#schema/rbac/role-ref.ts';
import { storageKey } from '#schema/resource.ts';
import { quote } from '#schema/validation/errors.ts';
import type { AdmissionRequest, AdmissionStep } from '../admission/admission.ts';
import { forbidden, notFound } from '../apiserver/errors.ts';
import type { Permissions } from './authorize.ts';
import { policyResources } from './rbac/policy.ts';
import { formatRule } from './rbac/rules.ts';

const GROUP = 'rbac.authorization.k8s.io';
/** What an aggregated role may come to hold. */
const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

const asks = (verb: string, resource: string, name: string, namespace: string) => ({
  verb,
  group: GROUP,
  resource,
  subresource: '',
  namespace,
  name,
  fieldSelector: '',
});

const confirm = ({ definition, name, namespace, actor }: AdmissionRequest, held: Permissions, rules: readonly PolicyRule[]): void => {
  const missing = held.missing(rules, namespace);
  if (missing.length === 0) return;
  const { user } = actor;
  const who = `user ${quote(user.name)} (groups=[${user.groups.map(quote).join(' ')}])`;
  const lines = [...new Set(missing.map(formatRule))].sort();
  throw forbidden(definition, name, `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`);
};

const checkRole = (request: AdmissionRequest, held: Permissions): void => {
  const { definition, name, namespace, object, old } = request;
  const rules: PolicyRule[] = object.rules ?? [];
  const aggregated = object.aggregationRule !== undefined;
  if (old && equalJson(rules, old.rules ?? []) && equalJson(object.aggregationRule, old.aggregationRule)) return;
  if (held.allows(asks('escalate', definition.resource, name, namespace))) return;
  confirm(request, held, aggregated ? fullAuthority : rules);
};

const checkBinding = (request: AdmissionRequest, held: Permissions): void => {
  const { namespace, object, old } = request;
  const ref: RoleRef = object.roleRef;
  if (old && equalJson(ref, old.roleRef) && equalJson(object.subjects ?? [], old.subjects ?? [])) return;
  const resource = ref.kind === 'Role' ? 'roles' : 'clusterroles';
  if (held.allows(asks('bind', resource, ref.name, namespace))) return;
  const rules = held.rulesOf(ref, namespace);
  if (!rules) throw notFound({ group: GROUP, resource }, ref.name);
  confirm(request, held, rules);
};

const checks: Readonly<Record<string, (request: AdmissionRequest, held: Permissions) => void>> = {
  [policyResources.roles]: checkRole,
  [policyResources.clusterRoles]: checkRole,
  [policyResources.roleBindings]: checkBinding,
  [policyResources.clusterRoleBindings]: checkBinding,
};

/** Controllers act without stated permissions and are not asked. */
export const escalation: AdmissionStep = {
  name: 'RBACEscalation',
  validate: (request) => {
    const held = request.actor.permissions;
    if (!held || held.all || request.operation === 'delete') return;
    checks[storageKey(request.definition)]?.(request, held);
  },
};
