/**
 * Tokens of service accounts: ES256 JWTs bound to their account and mostly to a pod. A token is good while both exist with the uid it names.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-tokens
 */
import { importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import type { UserInfo } from '../registry/registry.ts';
import type { ObjectKey } from '../store/store.ts';
import { groups, serviceAccountUser } from './user.ts';

const algorithm = 'ES256';

export interface Bound {
  readonly name: string;
  readonly uid: string;
}

export interface TokenClaims {
  readonly namespace: string;
  readonly serviceAccount: Bound;
  readonly pod?: Bound;
  readonly node?: Bound;
  readonly secret?: Bound;
  readonly audiences: readonly string[];
  readonly issuedSeconds: number;
  readonly expiresSeconds: number;
  readonly id: string;
}

export type SigningJwk = Readonly<Record<string, unknown>>;
type Imported = { readonly sign: CryptoKey; readonly verify: CryptoKey; readonly kid: string | undefined };

const keys = new WeakMap<SigningJwk, Imported>();

/** Imported once for each key. */
export const signingKeysOf = async (jwk: SigningJwk): Promise<Imported> => {
  const known = keys.get(jwk);
  if (known) return known;
  const found = await importKeys(jwk);
  keys.set(jwk, found);
  return found;
};

const importKeys = async (jwk: SigningJwk): Promise<Imported> => {
  const { d: _private, key_ops: _ops, ...publicJwk } = jwk as JWK;
  const { key_ops: _own, ...privateJwk } = jwk as JWK;
  return {
    sign: (await importJWK(privateJwk, algorithm)) as CryptoKey,
    verify: (await importJWK(publicJwk, algorithm)) as CryptoKey,
    kid: jwk.kid as string | undefined,
  };
};

/** Public half, as `/openid/v1/jwks` shows it. */
export const publicJwk = (jwk: SigningJwk): Readonly<Record<string, unknown>> => ({
  use: 'sig',
  kty: jwk.kty,
  kid: jwk.kid,
  alg: algorithm,
  crv: jwk.crv,
  x: jwk.x,
  y: jwk.y,
});

export const signServiceAccountToken = async (jwk: SigningJwk, issuer: string, claims: TokenClaims): Promise<string> => {
  const { sign, kid } = await signingKeysOf(jwk);
  const { namespace, serviceAccount, pod, node, secret } = claims;
  return new SignJWT({
    'kubernetes.io': {
      namespace,
      ...(node ? { node } : {}),
      ...(pod ? { pod } : {}),
      ...(secret ? { secret } : {}),
      serviceaccount: serviceAccount,
    },
  })
    .setProtectedHeader({ alg: algorithm, ...(kid ? { kid } : {}) })
    .setIssuer(issuer)
    .setSubject(serviceAccountUser(namespace, serviceAccount.name))
    .setAudience([...claims.audiences])
    .setIssuedAt(claims.issuedSeconds)
    .setNotBefore(claims.issuedSeconds)
    .setExpirationTime(claims.expiresSeconds)
    .setJti(claims.id)
    .sign(sign);
};

export interface VerifiedToken {
  readonly user: UserInfo;
  readonly credentialId: string;
  /** Absent: it does not end by itself. */
  readonly expiresMs?: number;
  readonly audiences: readonly string[];
  /** What must exist with this uid. */
  readonly bound: readonly (ObjectKey & { readonly uid: string })[];
}

/** Signature, issuer, audience and times. Undefined for anything that is not such a token. What it is bound to is the caller's to check. */
export const verifyServiceAccountToken = async (
  jwk: SigningJwk,
  { issuer, audiences, nowMs }: { issuer: string; audiences: readonly string[]; nowMs: number },
  token: string,
): Promise<VerifiedToken | undefined> => {
  let payload: JWTPayload;
  try {
    const { verify } = await signingKeysOf(jwk);
    ({ payload } = await jwtVerify(token, verify, {
      issuer,
      audience: [...audiences],
      algorithms: [algorithm],
      currentDate: new Date(nowMs),
      clockTolerance: 10,
      requiredClaims: ['exp', 'sub'],
    }));
  } catch {
    return undefined;
  }
  const claim = payload['kubernetes.io'] as
    | { namespace?: string; serviceaccount?: Bound; pod?: Bound; node?: Bound; secret?: Bound }
    | undefined;
  const { namespace, serviceaccount, pod, node, secret } = claim ?? {};
  if (!namespace || !serviceaccount?.name || !serviceaccount.uid) return undefined;
  const key = (resource: string, of: Bound, where = namespace) => ({ resource, namespace: where, name: of.name, uid: of.uid });
  const single = (text: string | undefined) => (text ? [text] : []);
  return {
    user: {
      name: serviceAccountUser(namespace, serviceaccount.name),
      uid: serviceaccount.uid,
      groups: [groups.serviceAccounts, `${groups.serviceAccounts}:${namespace}`],
      extra: {
        'authentication.kubernetes.io/credential-id': single(payload.jti && `JTI=${payload.jti}`),
        ...(pod ? { 'authentication.kubernetes.io/pod-name': [pod.name], 'authentication.kubernetes.io/pod-uid': [pod.uid] } : {}),
        ...(node ? { 'authentication.kubernetes.io/node-name': [node.name], 'authentication.kubernetes.io/node-uid': [node.uid] } : {}),
      },
    },
    credentialId: payload.jti ?? '',
    expiresMs: (payload.exp ?? 0) * 1000,
    audiences: [payload.aud ?? []].flat(),
    bound: [
      key('core/serviceaccounts', serviceaccount),
      ...(pod ? [key('core/pods', pod)] : []),
      ...(secret ? [key('core/secrets', secret)] : []),
      // A token of a pod names its node for others to see; it lives and dies with the pod.
      ...(node && !pod ? [key('core/nodes', node, '')] : []),
    ],
  };
};
