/** What `authorizer` answers: by the roles of the cluster. Known before the expressions run, which cannot wait. */
import type { Authorize } from '#schema/cel/library/authorizer.ts';
import { PolicyCache } from '../../auth/rbac/policy-cache.ts';
import { allowsPath, allowsResource } from '../../auth/rbac/rules.ts';
import { groups, serviceAccountUser } from '../../auth/user.ts';
import type { Platform } from '../../platform/platform.ts';
import type { UserInfo } from '../../registry/registry.ts';

/** For expressions that never ask. */
export const nobodyAsks: Authorize = () => ({ allowed: false, reason: '' });

const accountOf = ({ namespace, name }: { readonly namespace: string; readonly name: string }): UserInfo => ({
  name: serviceAccountUser(namespace, name),
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
});

export class Access {
  readonly #policies: PolicyCache;

  constructor(platform: Pick<Platform, 'store' | 'clock'>) {
    this.#policies = new PolicyCache(platform);
  }

  async of(user: UserInfo): Promise<Authorize> {
    const policy = await this.#policies.current();
    return ({ verb, path, group = '', resource = '', subresource = '', namespace = '', name = '', serviceAccount }) => {
      const who = serviceAccount ? accountOf(serviceAccount) : user;
      if (who.groups.includes(groups.masters)) return { allowed: true, reason: '' };
      for (const { rule, reason } of policy.rulesFor(who, path === undefined ? namespace : '')) {
        const allowed =
          path === undefined ? allowsResource(rule, { verb, group, resource, subresource, name }) : allowsPath(rule, verb, path);
        if (allowed) return { allowed, reason: reason() };
      }
      return { allowed: false, reason: '' };
    };
  }
}
