/**
 * All roles and bindings of the cluster, indexed by subject: a decision looks at the bindings of the user and the user's groups only, however
 * many there are. Kept current by `set` and `remove`, one object at a time.
 */
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';
import type { RoleRef, Subject } from '#schema/rbac/role-ref.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { UserInfo } from '../../registry/registry.ts';
import { serviceAccountUser } from '../user.ts';

export const policyGroup = 'rbac.authorization.k8s.io';
/** Storage keys of the kinds it is made of. */
export const policyResources = {
  roles: `${policyGroup}/roles`,
  clusterRoles: `${policyGroup}/clusterroles`,
  roleBindings: `${policyGroup}/rolebindings`,
  clusterRoleBindings: `${policyGroup}/clusterrolebindings`,
} as const;

interface Grant {
  /** '' for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: RoleRef;
  /** Subject as Kubernetes prints it in the reason of a decision. */
  readonly to: string;
}

/** A rule and how the user came to it. */
export interface GrantedRule {
  readonly rule: PolicyRule;
  /** `RBAC: allowed by RoleBinding "b/ns" of Role "r" to User "u"`. */
  readonly reason: () => string;
}

const noRules: readonly PolicyRule[] = [];

export class Policy {
  /** ClusterRoles by `/name`, Roles by `namespace/name`. */
  readonly #roles = new Map<string, readonly PolicyRule[]>();
  /** Grants by subject, then by binding. */
  readonly #grants = new Map<string, Map<string, Grant>>();
  /** Subjects of each binding, for its removal. */
  readonly #subjects = new Map<string, readonly string[]>();

  set(resource: string, object: KubeObject): void {
    const { name = '', namespace = '' } = object.metadata;
    const key = `${namespace}/${name}`;
    if (resource === policyResources.roles || resource === policyResources.clusterRoles) {
      this.#roles.set(key, (object.rules as PolicyRule[] | undefined) ?? noRules);
      return;
    }
    this.#removeBinding(key);
    const subjects: string[] = [];
    for (const subject of (object.subjects as Subject[] | undefined) ?? []) {
      const subjectKey = keyOfSubject(subject, namespace);
      const grants = this.#grants.get(subjectKey) ?? new Map<string, Grant>();
      this.#grants.set(subjectKey, grants);
      grants.set(key, { namespace, name, roleRef: object.roleRef, to: describe(subject, namespace) });
      subjects.push(subjectKey);
    }
    this.#subjects.set(key, subjects);
  }

  remove(resource: string, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    if (resource === policyResources.roles || resource === policyResources.clusterRoles) this.#roles.delete(key);
    else this.#removeBinding(key);
  }

  #removeBinding(key: string): void {
    for (const subject of this.#subjects.get(key) ?? []) {
      const grants = this.#grants.get(subject);
      grants?.delete(key);
      if (grants?.size === 0) this.#grants.delete(subject);
    }
    this.#subjects.delete(key);
  }

  /** undefined: there is no such role. `namespace` is that of the binding. */
  rulesOf({ kind, name }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    return this.#roles.get(kind === 'Role' ? `${namespace}/${name}` : `/${name}`);
  }

  /** All rules that hold for the user in the namespace; '' asks for those of the whole cluster only. */
  *rulesFor(user: UserInfo, namespace: string): Generator<GrantedRule> {
    for (const subject of [`u/${user.name}`, ...user.groups.map((group) => `g/${group}`)]) {
      for (const grant of this.#grants.get(subject)?.values() ?? []) {
        if (grant.namespace !== '' && grant.namespace !== namespace) continue;
        for (const rule of this.rulesOf(grant.roleRef, grant.namespace) ?? noRules) yield { rule, reason: () => reasonOf(grant) };
      }
    }
  }
}

const keyOfSubject = ({ kind, name, namespace }: Subject, own: string): string => {
  if (kind === 'Group') return `g/${name}`;
  return kind === 'ServiceAccount' ? `u/${serviceAccountUser(namespace || own, name)}` : `u/${name}`;
};

const describe = ({ kind, name, namespace }: Subject, own: string): string =>
  kind === 'ServiceAccount' ? `ServiceAccount "${name}/${namespace || own}"` : `${kind} "${name}"`;

const reasonOf = ({ namespace, name, roleRef, to }: Grant): string => {
  const binding = namespace ? `RoleBinding "${name}/${namespace}"` : `ClusterRoleBinding "${name}"`;
  return `RBAC: allowed by ${binding} of ${roleRef.kind} "${roleRef.name}" to ${to}`;
};
