/** Kinds that are questions: answered, never stored. By storage key; a new one is one function and one line. */
import { toRfc3339 } from '#schema/meta/time.ts';
import { authorizePath, authorizeResource } from '../../auth/authorize.ts';
import { groups, serviceAccountOf } from '../../auth/user.ts';
import type { UserInfo } from '../../registry/registry.ts';
import { readObject } from '../body.ts';
import type { Call, Handler } from '../call.ts';
import { badRequest } from '../errors.ts';
import { writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { expectedOf, placeObject } from '../write.ts';

const userOf = ({ name, uid, groups: of, extra }: UserInfo) => ({
  username: name,
  ...(uid ? { uid } : {}),
  groups: of,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});

/** Reads the question, answers with it and a status. */
const review =
  (answer: (call: Call, spec: any) => Promise<Record<string, unknown>>): Handler =>
  async (call) => {
    const options = writeOptions('CreateOptions', call.query);
    const body = await readObject(call.request, expectedOf(call.target), { ...options, warnings: call.warnings });
    if (body === undefined) throw badRequest('the request body is empty');
    const question = placeObject(call.target, body);
    const metadata = { ...question.metadata, creationTimestamp: toRfc3339(call.nowMs) };
    return json({ ...question, metadata, status: await answer(call, question.spec ?? {}) }, 201);
  };

const selfSubjectReview = review(async (call) => ({ userInfo: userOf(call.user) }));

const decide = async (call: Call, user: UserInfo, spec: any): Promise<Record<string, unknown>> => {
  const { resourceAttributes: r, nonResourceAttributes: n } = spec;
  if (!r === !n) throw badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified');
  const decision = r
    ? await authorizeResource(call.server.platform.hub, user, {
        verb: r.verb ?? '',
        group: r.group ?? '',
        resource: r.resource ?? '',
        subresource: r.subresource ?? '',
        namespace: r.namespace ?? '',
        name: r.name ?? '',
        fieldSelector: r.fieldSelector?.rawSelector ?? '',
      })
    : authorizePath(user, n.verb ?? '', n.path ?? '');
  return { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) };
};

const selfSubjectAccessReview = review((call, spec) => decide(call, call.user, spec));

const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};
const selfRule = {
  verbs: ['create'],
  apiGroups: ['authorization.k8s.io', 'authentication.k8s.io'],
  resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews', 'selfsubjectreviews'],
};
const paths = ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'];

const selfSubjectRulesReview = review(async (call, spec) => {
  if (call.user.groups.includes(groups.masters)) return { ...everything, incomplete: false };
  const account = serviceAccountOf(call.user);
  const { all } = call.server.catalog;
  const readable = all.filter((s) => s.definition.namespaced && s.definition.resource !== 'secrets');
  const reads = [...new Set(readable.map((s) => s.group))].map((group) => ({
    verbs: ['get', 'list', 'watch'],
    apiGroups: [group],
    resources: readable.filter((s) => s.group === group).map((s) => s.definition.resource),
  }));
  return {
    resourceRules: [selfRule, ...(account && account.namespace === spec.namespace ? reads : [])],
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: paths }],
    incomplete: false,
  };
});

const tokenReview = review(async (call, spec) => {
  const audiences: string[] | undefined = spec.audiences?.length ? spec.audiences : undefined;
  const found = spec.token ? await call.server.authenticator.check(spec.token, audiences) : undefined;
  if (!found) return { authenticated: false, error: 'the token is not valid' };
  return { authenticated: true, user: userOf(found.user), audiences: found.audiences };
});

const subjectAccessReview = review((call, spec) =>
  decide(call, { name: spec.user ?? '', groups: spec.groups ?? [], ...(spec.uid ? { uid: spec.uid } : {}) }, spec),
);

export const reviewHandlers: Readonly<Record<string, Handler>> = {
  'authentication.k8s.io/selfsubjectreviews': selfSubjectReview,
  'authentication.k8s.io/tokenreviews': tokenReview,
  'authorization.k8s.io/selfsubjectaccessreviews': selfSubjectAccessReview,
  'authorization.k8s.io/selfsubjectrulesreviews': selfSubjectRulesReview,
  'authorization.k8s.io/subjectaccessreviews': subjectAccessReview,
  'authorization.k8s.io/localsubjectaccessreviews': subjectAccessReview,
};
