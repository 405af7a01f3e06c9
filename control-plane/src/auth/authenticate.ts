/**
 * Who is asking. A bearer token (or, on WebSockets, a token in the sub-protocol) is one of ours, a bootstrap token, a service account's or an
 * OIDC provider's; without any the caller is anonymous. What was found is kept for five seconds, so a warm request asks the store nothing.
 */
import { unauthorized } from '../apiserver/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { UserInfo } from '../registry/registry.ts';
import { createBodyCodec } from '../registry/sealed.ts';
import { fromBase64Url } from './encoding.ts';
import { verifyLegacyToken } from './legacy-tokens.ts';
import { createOidcVerifier } from './oidc.ts';
import { verifyServiceAccountToken } from './service-account-tokens.ts';
import { findBootstrapUser, isBootstrapToken, secretReader, storedTokens } from './token-secrets.ts';
import { findTokenUser, type TokenLookup, tokenPrefix } from './tokens.ts';
import { anonymous, authenticated } from './user.ts';
import { keyNamedBy } from './verifying-keys.ts';

const keepMs = 5000;
const maxKept = 10_000;
const maxTokenLength = 16_384;
const subprotocolPrefix = 'base64url.bearer.authorization.k8s.io.';

export interface Identified {
  readonly user: UserInfo;
  /** Sockets and streams carry it, so that a revocation can close them. '' for anonymous. */
  readonly credentialId: string;
  /** Unix ms at which the credential ends; streams end with it. Absent: never. */
  readonly expiresMs?: number;
}

export interface Authenticator {
  /** @throws ApiError Unauthorized when a credential is given and wrong. */
  authenticate(request: Request): Promise<Identified>;
  /** For TokenReview: undefined when the token is not good for any of `audiences` (default: the API server's). */
  check(token: string, audiences?: readonly string[]): Promise<(Identified & { readonly audiences: readonly string[] }) | undefined>;
}

export type AuthenticationPlatform = Pick<Platform, 'store' | 'keys' | 'bootstrapTokens' | 'issuer' | 'clock' | 'cluster' | 'oidc' | 'log'>;

type Checked = Identified & { readonly audiences: readonly string[] };

export interface AuthenticationOptions {
  /** Tokens beyond the configured ones. Default: Secrets in kube-system. */
  readonly tokens?: TokenLookup;
  /** How an OIDC provider is asked for its keys. */
  readonly fetch?: typeof fetch;
}

export const authenticate = (platform: AuthenticationPlatform, options: AuthenticationOptions = {}): Authenticator => {
  const { store, keys, bootstrapTokens, issuer, clock, cluster, oidc, log } = platform;
  const readSecret = secretReader(store, createBodyCodec(keys.sealingKeys, cluster.clusterUid));
  const lookup = options.tokens ?? storedTokens(readSecret, () => clock.now());
  const provider = oidc ? createOidcVerifier(oidc, options.fetch) : undefined;
  const { tokenHmacKey, tokenVerifyingKeys = [] } = keys;
  const tagKeys = { tokenHmacKey, tokenVerifyingKeys };
  const kept = new Map<string, { readonly identified: Checked; readonly untilMs: number }>();

  const stillBound = async (bound: readonly { resource: string; namespace: string; name: string; uid: string }[]): Promise<boolean> => {
    const found = await store.getMany(bound);
    return found.every((object, i) => object?.uid === bound[i]!.uid);
  };

  const ownToken = async (token: string): Promise<Checked | undefined> => {
    const found = await findTokenUser({ ...tagKeys, known: bootstrapTokens, lookup }, token);
    return found && { ...found, audiences: [issuer] };
  };

  const bootstrapToken = async (token: string): Promise<Checked | undefined> => {
    const found = await findBootstrapUser(readSecret, token, clock.now());
    return found && { ...found, audiences: [issuer] };
  };

  const providerToken = async (token: string): Promise<Checked | undefined> => {
    try {
      const found = await provider!.verify(token, clock.now());
      return found && { ...found, audiences: [issuer] };
    } catch (error) {
      log.warn('the OIDC provider could not be asked', { error: String(error) });
      return undefined;
    }
  };

  const accountToken = async (token: string, audiences: readonly string[]): Promise<Checked | undefined> => {
    const key = keyNamedBy(keys, token);
    const verified =
      (await verifyServiceAccountToken(key, { issuer, audiences, nowMs: clock.now() }, token)) ??
      (await verifyLegacyToken(key, { issuer, readSecret }, token));
    if (!verified || !(await stillBound(verified.bound))) return undefined;
    const { user, credentialId, expiresMs } = verified;
    return {
      user,
      credentialId,
      ...(expiresMs === undefined ? {} : { expiresMs }),
      audiences: verified.audiences.filter((a) => audiences.includes(a)),
    };
  };

  /** Each form of token has one source, so that a wrong one costs what its own source costs. */
  const identify = (token: string, audiences: readonly string[]): Promise<Checked | undefined> => {
    if (token.startsWith(tokenPrefix)) return ownToken(token);
    if (isBootstrapToken(token)) return bootstrapToken(token);
    return provider?.claims(token) ? providerToken(token) : accountToken(token, audiences);
  };

  const check: Authenticator['check'] = async (token, audiences = [issuer]) => {
    const nowMs = clock.now();
    const cacheKey = `${audiences.join(' ')} ${token}`;
    const known = kept.get(cacheKey);
    if (known && nowMs < known.untilMs) return known.identified;
    kept.delete(cacheKey);
    if (token.length > maxTokenLength) return undefined;
    const found = await identify(token, audiences);
    if (!found?.audiences.some((a) => audiences.includes(a))) return undefined;
    const identified = { ...found, user: authenticated(found.user) };
    if (kept.size >= maxKept) kept.clear();
    kept.set(cacheKey, { identified, untilMs: Math.min(nowMs + keepMs, found.expiresMs ?? Number.POSITIVE_INFINITY) });
    return identified;
  };

  return {
    check,
    authenticate: async (request) => {
      const token = tokenOf(request);
      if (token === undefined) return { user: anonymous, credentialId: '' };
      const found = await check(token);
      if (!found) throw unauthorized();
      return found;
    },
  };
};

const tokenOf = (request: Request): string | undefined => {
  const header = request.headers.get('authorization');
  if (header) {
    const match = /^Bearer +(\S+) *$/i.exec(header);
    if (!match) throw unauthorized();
    return match[1];
  }
  const protocols = request.headers.get('sec-websocket-protocol')?.split(',') ?? [];
  const carrier = protocols.map((p) => p.trim()).find((p) => p.startsWith(subprotocolPrefix));
  if (!carrier) return undefined;
  const bytes = fromBase64Url(carrier.slice(subprotocolPrefix.length));
  if (!bytes) throw unauthorized();
  return new TextDecoder().decode(bytes);
};
