/**
 * Impersonation: `kubectl --as`. Each part of the other identity (user or service account, groups, uid, extra) must be allowed by itself; what
 * is then done is judged as the other user's doing.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
import { badRequest } from '../apiserver/errors.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { Identified } from './authenticate.ts';
import { type Authorizer, forbiddenResource, type ResourceAttributes } from './authorize.ts';
import { authenticated, groups, serviceAccountOf } from './user.ts';

const extraPrefix = 'impersonate-extra-';
const identities = 'authentication.k8s.io';

/** Fetch joins repeated headers with a comma. */
const valuesOf = (header: string): string[] =>
  header
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');

const asks = (resource: string, name: string, more: Partial<ResourceAttributes> = {}): ResourceAttributes => ({
  ...{ verb: 'impersonate', group: '', resource, subresource: '', namespace: '', name, fieldSelector: '' },
  ...more,
});

/** The user to act as. @throws ApiError Forbidden, BadRequest */
export const impersonated = async (request: Request, identified: Identified, authorizer: Authorizer): Promise<Identified> => {
  const name = request.headers.get('impersonate-user');
  const askedGroups = valuesOf(request.headers.get('impersonate-group') ?? '');
  const uid = request.headers.get('impersonate-uid');
  const extra = [...request.headers]
    .filter(([header]) => header.startsWith(extraPrefix))
    .map(([header, value]) => [decodeURIComponent(header.slice(extraPrefix.length)), valuesOf(value)] as const);
  if (!name) {
    if (askedGroups.length > 0 || uid || extra.length > 0) throw badRequest('requested to impersonate without impersonating a user');
    return identified;
  }
  const account = serviceAccountOf({ name, groups: [] });
  const needed = [
    account ? asks('serviceaccounts', account.name, { namespace: account.namespace }) : asks('users', name),
    ...askedGroups.map((group) => asks('groups', group)),
    ...(uid ? [asks('uids', uid, { group: identities })] : []),
    ...extra.flatMap(([key, values]) => values.map((value) => asks('userextras', value, { group: identities, subresource: key }))),
  ];
  for (const attributes of needed) {
    const { allowed, reason } = await authorizer.resource(identified.user, attributes);
    if (!allowed) throw forbiddenResource(identified.user, attributes, reason);
  }
  const own = account && askedGroups.length === 0 ? [groups.serviceAccounts, `${groups.serviceAccounts}:${account.namespace}`] : [];
  const user: UserInfo = {
    name,
    groups: [...askedGroups, ...own],
    ...(uid ? { uid } : {}),
    ...(extra.length > 0 ? { extra: Object.fromEntries(extra) } : {}),
  };
  return { ...identified, user: name === 'system:anonymous' ? { ...user, groups: [groups.unauthenticated] } : authenticated(user) };
};
