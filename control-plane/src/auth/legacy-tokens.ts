/**
 * Tokens kept in Secrets of type kubernetes.io/service-account-token, as before tokens were asked for: without an end, good as long as the
 * Secret holds them and the account lives. The control plane fills such a Secret when it is made.
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
 */
import { type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { secrets } from '#schema/core/secret.ts';
import { encodeBase64 } from '#schema/dsl/base64.ts';
import { encodeUtf8 } from '#schema/dsl/utf8.ts';
import type { Platform } from '../platform/platform.ts';
import type { ApiRegistry } from '../registry/create.ts';
import type { Actor } from '../registry/registry.ts';
import { sameText } from './encoding.ts';
import { type SigningJwk, signingKeysOf, type VerifiedToken } from './service-account-tokens.ts';
import type { SecretReader } from './token-secrets.ts';
import { groups, serviceAccountUser } from './user.ts';

const LEGACY_ISSUER = 'kubernetes/serviceaccount';
export const accountTokenType = 'kubernetes.io/service-account-token';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';
const claim = (part: string): string => `kubernetes.io/serviceaccount/${part}`;

interface LegacyClaims {
  readonly namespace: string;
  readonly secret: string;
  readonly account: string;
  readonly uid: string;
}

export const signLegacyToken = async (jwk: SigningJwk, { namespace, secret, account, uid }: LegacyClaims): Promise<string> => {
  const { sign, kid } = await signingKeysOf(jwk);
  return new SignJWT({
    [claim('namespace')]: namespace,
    [claim('secret.name')]: secret,
    [claim('service-account.name')]: account,
    [claim('service-account.uid')]: uid,
  })
    .setProtectedHeader({ alg: 'ES256', ...(kid ? { kid } : {}) })
    .setIssuer(LEGACY_ISSUER)
    .setSubject(serviceAccountUser(namespace, account))
    .sign(sign);
};

/** Signature, and the Secret that must still hold the token. That the account lives is the caller's to check. */
export const verifyLegacyToken = async (
  jwk: SigningJwk,
  { issuer, readSecret }: { readonly issuer: string; readonly readSecret: SecretReader },
  token: string,
): Promise<VerifiedToken | undefined> => {
  let payload: JWTPayload;
  try {
    const { verify } = await signingKeysOf(jwk);
    ({ payload } = await jwtVerify(token, verify, { issuer: LEGACY_ISSUER, algorithms: ['ES256'] }));
  } catch {
    return undefined;
  }
  const text = (part: string): string => {
    const value = payload[claim(part)];
    return typeof value === 'string' ? value : '';
  };
  const [namespace, name, uid] = [text('namespace'), text('service-account.name'), text('service-account.uid')];
  const secret = namespace && name ? await readSecret(namespace, text('secret.name')) : undefined;
  if (secret?.type !== accountTokenType || !sameText(secret.text('token'), token)) return undefined;
  return {
    user: { name: serviceAccountUser(namespace, name), uid, groups: [groups.serviceAccounts, `${groups.serviceAccounts}:${namespace}`] },
    credentialId: `secret:${secret.uid}`,
    audiences: [issuer],
    bound: [{ resource: 'core/serviceaccounts', namespace, name, uid }],
  };
};

const filler: Actor = { user: { name: 'system:kube-controller-manager', groups: ['system:masters'] }, fieldManager: 'tokens-controller' };

export interface FillDeps {
  readonly registry: Pick<ApiRegistry, 'one'>;
  readonly platform: Pick<Platform, 'store' | 'keys' | 'cluster'>;
}

/** Puts token, CA and namespace into a Secret of the type that has none. Repeatable; a Secret whose account does not exist stays empty. */
export const fillAccountToken = async ({ registry, platform }: FillDeps, secret: any): Promise<void> => {
  const { name, namespace, annotations = {} } = secret.metadata;
  const account = annotations[NAME];
  if (secret.type !== accountTokenType || secret.data?.token || !account) return;
  const found = await platform.store.get({ resource: 'core/serviceaccounts', namespace, name: account });
  if (!found || (annotations[UID] && annotations[UID] !== found.uid)) return;
  const token = await signLegacyToken(platform.keys.saSigningKey, { namespace, secret: name, account, uid: found.uid });
  const encoded = (text: string): string => encodeBase64(encodeUtf8(text));
  await registry.one({
    op: 'update',
    definition: secrets,
    actor: filler,
    key: { resource: 'core/secrets', namespace, name },
    subresource: '',
    uid: secret.metadata.uid,
    change: (current) =>
      current.data?.token
        ? undefined
        : {
            ...current,
            metadata: { ...current.metadata, annotations: { ...current.metadata.annotations, [UID]: found.uid } },
            data: {
              ...current.data,
              token: encoded(token),
              namespace: encoded(namespace),
              ...(platform.cluster.rootCA ? { 'ca.crt': encoded(platform.cluster.rootCA) } : {}),
            },
          },
  });
};
