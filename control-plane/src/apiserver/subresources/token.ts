/**
 * POST serviceaccounts/NAME/token: a signed token, by default for an hour, bound to the account and, if asked, to a pod or secret. A node gets
 * tokens of pods it runs only.
 * @see https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
import { toRfc3339 } from '#schema/meta/time.ts';
import type { FieldError } from '#schema/resource.ts';
import { invalid as invalidField } from '#schema/validation/errors.ts';
import { type Bound, signServiceAccountToken } from '../../auth/service-account-tokens.ts';
import { nodeOf } from '../../auth/user.ts';
import { parseBody } from '../../registry/body.ts';
import type { Call, Handler } from '../call.ts';
import { conflict, forbidden, invalid, notFound } from '../errors.ts';
import { writeOptions } from '../options.ts';
import { json } from '../respond.ts';
import { createOptions, readSubresource, reviewSent } from './body.ts';

const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;

/** What a token may be bound to: kind -> where it is stored and under which claim it stands. */
const bindable = {
  Pod: { resource: 'core/pods', claim: 'pod' },
  Secret: { resource: 'core/secrets', claim: 'secret' },
  Node: { resource: 'core/nodes', claim: 'node' },
} as const;

const errorsOf = (spec: any): FieldError[] => {
  const errors: FieldError[] = [];
  const { expirationSeconds: seconds, boundObjectRef: ref } = spec;
  if (seconds < minSeconds) {
    errors.push(invalidField('spec.expirationSeconds', seconds, `may not specify a duration less than ${minSeconds / 60} minutes`));
  }
  if (seconds > maxSeconds)
    errors.push(invalidField('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds'));
  if (ref && (!Object.hasOwn(bindable, ref.kind ?? '') || (ref.apiVersion && ref.apiVersion !== 'v1'))) {
    errors.push(
      invalidField(
        'spec.boundObjectRef',
        ref.kind,
        `cannot bind token for serviceaccount to object type ${ref.apiVersion ?? ''}, Kind=${ref.kind ?? ''}`,
      ),
    );
  }
  return errors;
};

interface FoundBinding {
  readonly claim: 'pod' | 'secret' | 'node';
  readonly bound: Bound;
  readonly nodeName?: string;
}

const findBinding = async (call: Call, ref: any): Promise<FoundBinding> => {
  const { target, server } = call;
  const { resource, claim } = bindable[ref.kind as keyof typeof bindable];
  const named = { group: '', resource: resource.split('/')[1]! };
  const stored = await server.platform.store.get({ resource, namespace: claim === 'node' ? '' : target.namespace, name: ref.name ?? '' });
  if (!stored) throw notFound(named, ref.name ?? '');
  if (ref.uid && ref.uid !== stored.uid) {
    throw conflict(
      named,
      stored.name,
      `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  const bound = { name: stored.name, uid: stored.uid };
  if (claim !== 'pod') return { claim, bound };
  const pod = parseBody(stored.body, stored.revision);
  const account = pod.spec?.serviceAccountName ?? 'default';
  if (account !== target.name) {
    throw forbidden(
      target,
      target.name,
      `cannot bind token for serviceaccount "${target.name}" to pod running with different serviceaccount name.`,
    );
  }
  const nodeName = pod.spec?.nodeName;
  return { claim, bound, ...(nodeName ? { nodeName } : {}) };
};

export const token: Handler = async (call) => {
  const { target, server, user } = call;
  const { platform, registry } = server;
  const options = writeOptions('CreateOptions', call.query);
  const body = await readSubresource(call, options);
  const spec = { ...body.spec, expirationSeconds: body.spec?.expirationSeconds ?? defaultSeconds };
  const errors = errorsOf(spec);
  if (errors.length > 0)
    throw invalid({ group: 'authentication.k8s.io', resource: 'tokenrequests', kind: 'TokenRequest' }, target.name, errors);
  const { dryRun } = options;
  await reviewSent(call, { object: body, dryRun, options: createOptions(options) });
  const account = await registry.get(target.definition, target.namespace, target.name);
  const found = spec.boundObjectRef ? await findBinding(call, spec.boundObjectRef) : undefined;
  const node = nodeOf(user);
  if (node !== undefined && (found?.claim !== 'pod' || found.nodeName !== node)) {
    throw forbidden(target, target.name, `node "${node}" can only request tokens of service accounts of pods that run on it`);
  }
  const nodeObject =
    found?.nodeName === undefined ? undefined : await platform.store.get({ resource: 'core/nodes', namespace: '', name: found.nodeName });
  const issuedSeconds = Math.floor(call.nowMs / 1000);
  const expiresSeconds = issuedSeconds + spec.expirationSeconds;
  const audiences: string[] = spec.audiences?.length ? spec.audiences : [platform.issuer];
  const signed = await signServiceAccountToken(platform.keys.saSigningKey, platform.issuer, {
    namespace: target.namespace,
    serviceAccount: { name: account.name, uid: account.uid },
    ...(found ? { [found.claim]: found.bound } : {}),
    ...(nodeObject ? { node: { name: nodeObject.name, uid: nodeObject.uid } } : {}),
    audiences,
    issuedSeconds,
    expiresSeconds,
    id: platform.random.uuid(),
  });
  return json(
    {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name: target.name, namespace: target.namespace, creationTimestamp: toRfc3339(call.nowMs) },
      spec: { ...spec, audiences },
      status: { token: signed, expirationTimestamp: toRfc3339(expiresSeconds * 1000) },
    },
    201,
  );
};
