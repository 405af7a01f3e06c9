/**
 * Who may do what. Admins everything; a node what its view and its write half say (the hub knows); a service account may read its own namespace
 * but Secrets; whoever is known may see discovery, versions and health and ask about himself. Anything else is refused with Kubernetes' words.
 */
import { ApiError, qualified } from '../apiserver/errors.ts';
import type { Hub, NodeRequest } from '../hub/hub.ts';
import type { UserInfo } from '../registry/registry.ts';
import { groups, nodeOf, serviceAccountOf } from './user.ts';

export type ResourceAttributes = NodeRequest;

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

const yes: Decision = { allowed: true, reason: '' };
const no: Decision = { allowed: false, reason: '' };

const readVerbs = new Set(['get', 'list', 'watch']);
const selfReviews = new Set([
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authentication.k8s.io/selfsubjectreviews',
]);

export type AuthorizingHub = Pick<Hub, 'authorizeNode'>;

export const authorizeResource = async (hub: AuthorizingHub, user: UserInfo, request: ResourceAttributes): Promise<Decision> => {
  if (user.groups.includes(groups.masters)) return yes;
  if (user.groups.includes(groups.authenticated) && request.verb === 'create' && selfReviews.has(`${request.group}/${request.resource}`)) {
    return yes;
  }
  const node = nodeOf(user);
  if (node !== undefined) return hub.authorizeNode(node, request);
  const account = serviceAccountOf(user);
  if (account && request.namespace === account.namespace && readVerbs.has(request.verb)) {
    return request.resource === 'secrets' ? no : yes;
  }
  return no;
};

const publicPaths = new Set(['/healthz', '/livez', '/readyz', '/version', '/version/']);
const publicPrefixes = ['/healthz/', '/livez/', '/readyz/'];
const knownPaths = new Set([
  '/',
  '/api',
  '/api/',
  '/apis',
  '/apis/',
  '/openapi/v2',
  '/openapi/v3',
  '/.well-known/openid-configuration',
  '/openid/v1/jwks',
]);
const knownPrefixes = ['/api/', '/apis/', '/openapi/'];

/** For paths that name no resource. `path` of discovery documents only reach this function. */
export const authorizePath = (user: UserInfo, verb: string, path: string): Decision => {
  if (user.groups.includes(groups.masters)) return yes;
  if (verb !== 'get' && verb !== 'head') return no;
  if (publicPaths.has(path) || publicPrefixes.some((p) => path.startsWith(p))) return yes;
  if (!user.groups.includes(groups.authenticated)) return no;
  return knownPaths.has(path) || knownPrefixes.some((p) => path.startsWith(p)) ? yes : no;
};

/** `pods "x" is forbidden: User "u" cannot get resource "pods" in API group "" in the namespace "d"`. */
export const forbiddenResource = (user: UserInfo, request: ResourceAttributes, reason: string): ApiError => {
  const resource = request.subresource ? `${request.resource}/${request.subresource}` : request.resource;
  const where = request.namespace ? `in the namespace "${request.namespace}"` : 'at the cluster scope';
  const subject = `User "${user.name}" cannot ${request.verb} resource "${resource}" in API group "${request.group}" ${where}`;
  const name = request.name ? ` "${request.name}"` : '';
  return new ApiError('Forbidden', `${qualified(request)}${name} is forbidden: ${subject}${reason ? `: ${reason}` : ''}`, {
    ...(request.name ? { name: request.name } : {}),
    ...(request.group ? { group: request.group } : {}),
    kind: request.resource,
  });
};

export const forbiddenPath = (user: UserInfo, verb: string, path: string): ApiError =>
  new ApiError('Forbidden', `forbidden: User "${user.name}" cannot ${verb} path "${path}"`, {});
