/**
 * Who may do what, in Kubernetes' order: admins everything; a node what its view and its write half say (the hub knows); then RBAC. Whatever
 * none of them allows is refused with Kubernetes' words.
 */
import { equalJson } from '#schema/dsl/own.ts';
import type { PolicyRule } from '#schema/rbac/policy-rule.ts';
import { parseFieldSelector } from '#schema/selectors/field.ts';
import { ApiError, qualified } from '../apiserver/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { Permissions, ResourceAttributes } from './permissions.ts';
import type { Policy } from './rbac/policy.ts';
import { PolicyCache } from './rbac/policy-cache.ts';
import { allowsPath, allowsResource, uncovered } from './rbac/rules.ts';
import { groups, nodeOf } from './user.ts';

export type { Permissions, ResourceAttributes };

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

export interface Authorizer {
  resource(user: UserInfo, request: ResourceAttributes): Promise<Decision>;
  /** For paths that name no resource. */
  path(user: UserInfo, verb: string, path: string): Promise<Decision>;
  /** Every rule the user holds in the namespace. */
  rules(user: UserInfo, namespace: string): Promise<readonly PolicyRule[]>;
  permissions(user: UserInfo): Promise<Permissions>;
  /** Roles or bindings were written: the next decision looks again. */
  forget(): void;
}

const yes: Decision = { allowed: true, reason: '' };
const no: Decision = { allowed: false, reason: '' };
const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];
const unlimited: Permissions = { all: true, allows: () => true, missing: () => [], rulesOf: () => undefined };
/** Open to everybody whatever the roles say: whoever watches over the server asks them when the store is down, too. */
const alwaysOpen = new Set(['/healthz', '/livez', '/readyz']);

const isAdmin = (user: UserInfo): boolean => user.groups.includes(groups.masters);

/** A list or watch of one name is judged like a get of it. */
const named = (request: ResourceAttributes): ResourceAttributes => {
  if (request.name || !request.fieldSelector || request.verb === 'create') return request;
  try {
    const wanted = parseFieldSelector(request.fieldSelector).find(({ field, operator }) => field === 'metadata.name' && operator === '=');
    return wanted ? { ...request, name: wanted.value } : request;
  } catch {
    return request;
  }
};

const decide = (policy: Policy, user: UserInfo, request: ResourceAttributes): Decision => {
  const asked = named(request);
  for (const { rule, reason } of policy.rulesFor(user, request.namespace)) {
    if (allowsResource(rule, asked)) return { allowed: true, reason: reason() };
  }
  return no;
};

export const createAuthorizer = (platform: Pick<Platform, 'store' | 'clock' | 'hub'>): Authorizer => {
  const policies = new PolicyCache(platform);

  const rules: Authorizer['rules'] = async (user, namespace) => {
    const held = [...(await policies.current()).rulesFor(user, namespace)].map(({ rule }) => rule);
    return isAdmin(user) ? [...everything, ...held.filter((rule) => !everything.some((one) => equalJson(one, rule)))] : held;
  };

  return {
    rules,
    forget: () => policies.forget(),
    resource: async (user, request) => {
      if (isAdmin(user)) return yes;
      const node = nodeOf(user);
      const asNode = node === undefined ? no : await platform.hub.authorizeNode(node, request);
      if (asNode.allowed) return asNode;
      const decision = decide(await policies.current(), user, request);
      return decision.allowed ? decision : { allowed: false, reason: asNode.reason };
    },
    path: async (user, verb, path) => {
      if (isAdmin(user) || ((verb === 'get' || verb === 'head') && alwaysOpen.has(path))) return yes;
      const policy = await policies.current();
      // HEAD is GET without a body.
      const asked = verb === 'head' ? 'get' : verb;
      for (const { rule, reason } of policy.rulesFor(user, '')) {
        if (allowsPath(rule, asked, path)) return { allowed: true, reason: reason() };
      }
      return no;
    },
    permissions: async (user) => {
      if (isAdmin(user)) return unlimited;
      const policy = await policies.current();
      return {
        all: false,
        allows: (request) => decide(policy, user, request).allowed,
        missing: (wanted, namespace) =>
          uncovered(
            Array.from(policy.rulesFor(user, namespace), ({ rule }) => rule),
            wanted,
          ),
        rulesOf: (ref, namespace) => policy.rulesOf(ref, namespace),
      };
    },
  };
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
