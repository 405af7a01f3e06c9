/** What authorization asks and answers, apart from how it finds out: admission and reconcilers, which are pure, may name it. */
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';
import type { RoleRef } from '#schema/rbac/role-ref.ts';
import type { NodeRequest } from '../hub/node-request.ts';

export type ResourceAttributes = NodeRequest;

/** What a user holds, at the moment it was asked for: for checks inside a write, which cannot wait. */
export interface Permissions {
  readonly all: boolean;
  allows(request: ResourceAttributes): boolean;
  /** Permissions of `rules` that the user does not hold in the namespace. */
  missing(rules: readonly PolicyRule[], namespace: string): PolicyRule[];
  /** undefined: there is no such role. */
  rulesOf(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined;
}
