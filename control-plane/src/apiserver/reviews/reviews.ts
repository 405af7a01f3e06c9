/** Kinds that are questions: answered, never stored. By storage key; a new one is one function and one line. */
import { toRfc3339 } from '#schema/meta/time.ts';
import type { FieldError } from '#schema/resource.ts';
import { invalid as invalidField } from '#schema/validation/errors.ts';
import { nodeOf } from '../../auth/user.ts';
import type { UserInfo } from '../../registry/registry.ts';
import { readObject } from '../body.ts';
import type { Call, Handler, Target } from '../call.ts';
import { badRequest, invalid } from '../errors.ts';
import { writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { expectedOf, placeObject } from '../write.ts';

const userOf = ({ name, uid, groups: of, extra }: UserInfo) => ({
  username: name,
  ...(uid ? { uid } : {}),
  groups: of,
  ...(extra && Object.keys(extra).length > 0 ? { extra } : {}),
});

type Answer = (call: Call, spec: any) => Promise<Record<string, unknown>>;

/** Reads the question, answers with it and a status. */
const review =
  (answer: Answer): Handler =>
  async (call) => {
    const options = writeOptions('CreateOptions', call.query);
    const body = await readObject(call.request, expectedOf(call.target), { ...options, warnings: call.warnings });
    if (body === undefined) throw badRequest('the request body is empty');
    const question = placeObject(call.target, body);
    const metadata = { ...question.metadata, creationTimestamp: toRfc3339(call.nowMs) };
    return json({ ...question, metadata, status: await answer(call, question.spec ?? {}) }, 201);
  };

const selfSubjectReview = review(async (call) => ({ userInfo: userOf(call.user) }));

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const decide = async (call: Call, user: UserInfo, spec: any): Promise<Record<string, unknown>> => {
  const { resourceAttributes: r, nonResourceAttributes: n } = spec;
  const { authorizer } = call.server;
  const decision = r
    ? await authorizer.resource(user, {
        verb: text(r.verb),
        group: text(r.group),
        resource: text(r.resource),
        subresource: text(r.subresource),
        namespace: text(r.namespace),
        name: text(r.name),
        fieldSelector: text(r.fieldSelector?.rawSelector),
      })
    : await authorizer.path(user, text(n.verb), text(n.path));
  return { allowed: decision.allowed, ...(decision.reason ? { reason: decision.reason } : {}) };
};

/** What every access review must say. Paths and wording are upstream's. */
const accessErrors = ({ resourceAttributes: r, nonResourceAttributes: n }: any): FieldError[] => {
  if (r && n) {
    return [invalidField('spec.nonResourceAttributes', n, 'cannot be specified in combination with resourceAttributes')];
  }
  return r || n
    ? []
    : [invalidField('spec.resourceAttributes', null, 'exactly one of nonResourceAttributes or resourceAttributes must be specified')];
};

const subjectErrors = (spec: any): FieldError[] => [
  ...accessErrors(spec),
  ...(spec.user || spec.groups?.length ? [] : [invalidField('spec.user', '', 'at least one of user or group must be specified')]),
];

const localErrors = (spec: any, { namespace }: Target): FieldError[] => {
  const { resourceAttributes: r, nonResourceAttributes: n } = spec;
  const errors = subjectErrors(spec);
  if (r && r.namespace !== namespace) {
    errors.push(invalidField('spec.resourceAttributes.namespace', r.namespace ?? '', `must match metadata.namespace: ${namespace}`));
  }
  if (n) errors.push(invalidField('spec.nonResourceAttributes', n, 'disallowed on this kind of request'));
  return errors;
};

const checked =
  (errorsOf: (spec: any, target: Target) => FieldError[], answer: Answer): Answer =>
  (call, spec) => {
    const errors = errorsOf(spec, call.target);
    if (errors.length > 0) throw invalid(call.target.definition, '', errors);
    return answer(call, spec);
  };

const selfSubjectAccessReview = review(checked(accessErrors, (call, spec) => decide(call, call.user, spec)));

const selfSubjectRulesReview = review(async (call, spec) => {
  if (!spec.namespace) throw badRequest('no namespace on request');
  const rules = await call.server.authorizer.rules(call.user, spec.namespace);
  return {
    resourceRules: rules.filter((rule) => rule.resources?.length),
    nonResourceRules: rules.filter((rule) => rule.nonResourceURLs?.length),
    incomplete: nodeOf(call.user) !== undefined,
  };
});

const tokenReview = review(async (call, spec) => {
  if (!spec.token) throw badRequest('token is required for TokenReview in authentication');
  const audiences: string[] | undefined = spec.audiences?.length ? spec.audiences : undefined;
  const found = await call.server.authenticator.check(spec.token, audiences);
  if (!found) return { authenticated: false, error: 'the token is not valid' };
  return { authenticated: true, user: userOf(found.user), audiences: found.audiences };
});

const decideForSubject: Answer = (call, spec) =>
  decide(call, { name: spec.user ?? '', groups: spec.groups ?? [], ...(spec.uid ? { uid: spec.uid } : {}) }, spec);
const subjectAccessReview = review(checked(subjectErrors, decideForSubject));
const localSubjectAccessReview = review(checked(localErrors, decideForSubject));

export const reviewHandlers: Readonly<Record<string, Handler>> = {
  'authentication.k8s.io/selfsubjectreviews': selfSubjectReview,
  'authentication.k8s.io/tokenreviews': tokenReview,
  'authorization.k8s.io/selfsubjectaccessreviews': selfSubjectAccessReview,
  'authorization.k8s.io/selfsubjectrulesreviews': selfSubjectRulesReview,
  'authorization.k8s.io/subjectaccessreviews': subjectAccessReview,
  'authorization.k8s.io/localsubjectaccessreviews': localSubjectAccessReview,
};
