/** Names and groups that authentication and authorization agree on. */
import type { UserInfo } from '../registry/registry.ts';

export const groups = {
  masters: 'system:masters',
  nodes: 'system:nodes',
  authenticated: 'system:authenticated',
  unauthenticated: 'system:unauthenticated',
  serviceAccounts: 'system:serviceaccounts',
} as const;

export const anonymous: UserInfo = { name: 'system:anonymous', groups: [groups.unauthenticated] };

const serviceAccountPrefix = 'system:serviceaccount:';

export const serviceAccountUser = (namespace: string, name: string): string => `${serviceAccountPrefix}${namespace}:${name}`;

export const serviceAccountOf = (user: UserInfo): { readonly namespace: string; readonly name: string } | undefined => {
  if (!user.name.startsWith(serviceAccountPrefix)) return undefined;
  const [namespace, name] = user.name.slice(serviceAccountPrefix.length).split(':');
  return namespace && name ? { namespace, name } : undefined;
};

/** A found user is authenticated, whatever its source said. */
export const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes(groups.authenticated) ? user : { ...user, groups: [...user.groups, groups.authenticated] };

export { nodeOf } from '../admission/node-restriction.ts';
