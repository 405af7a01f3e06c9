/**
 * Impersonation: `kubectl --as`. Only admins may, and what they then do is judged as the other user's doing.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 */
import { badRequest } from '../apiserver/errors.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { Identified } from './authenticate.ts';
import { forbiddenResource } from './authorize.ts';
import { authenticated, groups, serviceAccountOf } from './user.ts';

const extraPrefix = 'impersonate-extra-';

/** The user to act as. @throws ApiError Forbidden, BadRequest */
export const impersonated = (request: Request, identified: Identified): Identified => {
  const name = request.headers.get('impersonate-user');
  const groupHeader = request.headers.get('impersonate-group');
  const extra = [...request.headers].filter(([header]) => header.startsWith(extraPrefix));
  const uid = request.headers.get('impersonate-uid');
  if (!name) {
    if (groupHeader || uid || extra.length > 0) throw badRequest('requested to impersonate without impersonating a user');
    return identified;
  }
  if (!identified.user.groups.includes(groups.masters)) {
    const asked = { verb: 'impersonate', group: '', resource: 'users', subresource: '', namespace: '', name, fieldSelector: '' };
    throw forbiddenResource(identified.user, asked, '');
  }
  // Fetch joins repeated headers with a comma.
  const asked = groupHeader?.split(',').map((g) => g.trim()) ?? [];
  const account = serviceAccountOf({ name, groups: [] });
  const own = account && asked.length === 0 ? [groups.serviceAccounts, `${groups.serviceAccounts}:${account.namespace}`] : [];
  const user: UserInfo = {
    name,
    groups: [...asked, ...own],
    ...(uid ? { uid } : {}),
    ...(extra.length > 0
      ? {
          extra: Object.fromEntries(
            extra.map(([k, v]) => [decodeURIComponent(k.slice(extraPrefix.length)), v.split(',').map((t) => t.trim())]),
          ),
        }
      : {}),
  };
  return { ...identified, user: name === 'system:anonymous' ? { ...user, groups: [groups.unauthenticated] } : authenticated(user) };
};
