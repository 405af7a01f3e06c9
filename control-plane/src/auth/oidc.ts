/**
 * Users of an OpenID Connect provider: an id token, signed with one of the provider's published keys, names the user and its groups. The keys
 * are fetched with bounds on time and size and kept; an unknown key id makes them be fetched anew, at most every half minute.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#openid-connect-tokens
 */
import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose';
import type { UserInfo } from '../registry/registry.ts';
import type { OidcSettings } from './oidc-settings.ts';

export interface OidcUser {
  readonly user: UserInfo;
  readonly credentialId: string;
  readonly expiresMs: number;
}

export interface OidcVerifier {
  /** Whether the token says it is of this provider; nothing is verified. */
  claims(token: string): boolean;
  /** Undefined for a token that is not good. @throws Error when the provider cannot be asked for its keys. */
  verify(token: string, nowMs: number): Promise<OidcUser | undefined>;
}

const KEEP_MS = 600_000;
const ASK_AGAIN_MS = 30_000;
/** After a failure the provider is left in peace for so long, whatever tokens come. */
const PAUSE_MS = 10_000;
const TIMEOUT_MS = 5000;
const MAX_BYTES = 256 * 1024;
const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
/** Groups that only this cluster itself gives. */
const reserved = 'system:';

const readJson = async (fetchPage: typeof fetch, url: string): Promise<any> => {
  const response = await fetchPage(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'error' });
  if (!response.ok || !response.body) throw new Error(`${url} answered ${response.status}`);
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw new Error(`${url} is larger than ${MAX_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return JSON.parse(text);
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const userOf = (settings: OidcSettings, payload: JWTPayload): UserInfo | undefined => {
  const { issuer, usernameClaim = 'sub', usernamePrefix, groupsClaim, groupsPrefix = '', requiredClaims = {} } = settings;
  if (usernameClaim === 'email' && payload.email_verified === false) return undefined;
  if (Object.entries(requiredClaims).some(([claim, value]) => payload[claim] !== value)) return undefined;
  const claimed = textOf(payload[usernameClaim]);
  const defaultPrefix = usernameClaim === 'email' ? '' : `${issuer}#`;
  const name = `${usernamePrefix === '-' ? '' : (usernamePrefix ?? defaultPrefix)}${claimed}`;
  if (claimed === '' || name.startsWith(reserved)) return undefined;
  const groups = groupsClaim ? [payload[groupsClaim] ?? []].flat().filter((group) => typeof group === 'string') : [];
  return { name, groups: groups.map((group) => `${groupsPrefix}${group}`).filter((group) => !group.startsWith(reserved)) };
};

export const createOidcVerifier = (settings: OidcSettings, fetchPage: typeof fetch = fetch): OidcVerifier => {
  if (!settings.issuer.startsWith('https://')) throw new Error('the OIDC issuer must begin with https://');
  let known: { readonly keys: JSONWebKeySet; readonly readMs: number } | undefined;
  let failedMs = Number.NEGATIVE_INFINITY;

  const keysOf = async (nowMs: number, olderThanMs: number): Promise<JSONWebKeySet> => {
    if (known && nowMs - known.readMs < olderThanMs) return known.keys;
    // While the provider is away, the keys it had are better than none.
    if (nowMs - failedMs < PAUSE_MS) {
      if (known) return known.keys;
      throw new Error('the OIDC provider did not answer a moment ago');
    }
    try {
      return await askForKeys(nowMs);
    } catch (error) {
      failedMs = nowMs;
      if (known) return known.keys;
      throw error;
    }
  };

  const askForKeys = async (nowMs: number): Promise<JSONWebKeySet> => {
    const base = settings.issuer.replace(/\/$/, '');
    const { issuer, jwks_uri: uri } = await readJson(fetchPage, `${base}/.well-known/openid-configuration`);
    if (issuer !== settings.issuer) throw new Error(`the OIDC provider calls itself ${String(issuer).slice(0, 200)}`);
    if (!textOf(uri).startsWith('https://')) throw new Error('the OIDC provider publishes its keys at no https address');
    const keys = await readJson(fetchPage, uri);
    known = { keys, readMs: nowMs };
    return keys;
  };

  const read = async (token: string, nowMs: number, keys: JSONWebKeySet): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
      issuer: settings.issuer,
      audience: settings.clientId,
      algorithms,
      currentDate: new Date(nowMs),
      clockTolerance: 10,
      requiredClaims: ['exp'],
    });
    return payload;
  };

  return {
    claims: (token) => {
      try {
        return decodeJwt(token).iss === settings.issuer;
      } catch {
        return false;
      }
    },
    verify: async (token, nowMs) => {
      let payload: JWTPayload;
      const keys = await keysOf(nowMs, KEEP_MS);
      try {
        payload = await read(token, nowMs, keys);
      } catch (error) {
        if ((error as { code?: string }).code !== 'ERR_JWKS_NO_MATCHING_KEY') return undefined;
        // The provider may have changed its keys.
        const newer = await keysOf(nowMs, ASK_AGAIN_MS);
        if (newer === keys) return undefined;
        try {
          payload = await read(token, nowMs, newer);
        } catch {
          return undefined;
        }
      }
      const user = userOf(settings, payload);
      if (!user) return undefined;
      return { user, credentialId: `oidc:${textOf(payload.jti) || textOf(payload.sub)}`, expiresMs: (payload.exp ?? 0) * 1000 };
    },
  };
};
