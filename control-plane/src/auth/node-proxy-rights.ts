/**
 * Who may ask a node through nodes/NAME/proxy: who holds `nodes/proxy`, and for some paths who holds the narrower right to them, as a kubelet
 * judges those who ask it directly.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/#fine-grained-authorization
 */
import { getOwn } from '#schema/dsl/own.ts';
import type { UserInfo } from '../registry/registry.ts';
import type { Authorizer, Decision, ResourceAttributes } from './authorize.ts';

/** First part of the path -> subresource of `nodes`. */
const narrower: Readonly<Record<string, string>> = {
  configz: 'configz',
  healthz: 'healthz',
  logs: 'log',
  metrics: 'metrics',
  pods: 'pods',
  runningpods: 'pods',
  stats: 'stats',
};

/** As `authorizer.resource`; `rest` is what follows the subresource in the path. */
export const authorizeResource = async (
  authorizer: Pick<Authorizer, 'resource'>,
  user: UserInfo,
  { rest, ...attributes }: ResourceAttributes & { readonly rest: readonly string[] },
): Promise<Decision> => {
  const decision = await authorizer.resource(user, attributes);
  const { group, resource, subresource } = attributes;
  if (decision.allowed || group !== '' || resource !== 'nodes' || subresource !== 'proxy') return decision;
  const [first = ''] = rest;
  const right = getOwn(narrower, first);
  if (right === undefined) return decision;
  const narrow = await authorizer.resource(user, { ...attributes, subresource: right });
  return narrow.allowed ? narrow : decision;
};
