/**
 * Who is asking. A bearer token (or, on WebSockets, a token in the sub-protocol) is one of ours or a service account's; without any the caller
 * is anonymous. What was found is kept for five seconds, so a warm request asks the store nothing.
 */
import { unauthorized } from '../apiserver/errors.ts';
import type { Platform } from '../platform/platform.ts';
import type { UserInfo } from '../registry/registry.ts';
import { fromBase64Url } from './encoding.ts';
import { verifyServiceAccountToken } from './service-account-tokens.ts';
import { findTokenUser, type TokenLookup, tokenPrefix } from './tokens.ts';
import { anonymous, authenticated } from './user.ts';

const keepMs = 5000;
const maxKept = 10_000;
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

export type AuthenticationPlatform = Pick<Platform, 'store' | 'keys' | 'bootstrapTokens' | 'issuer' | 'clock'>;

export const authenticate = (platform: AuthenticationPlatform, options: { readonly tokens?: TokenLookup } = {}): Authenticator => {
  const { store, keys, bootstrapTokens, issuer, clock } = platform;
  const kept = new Map<string, { readonly identified: Identified & { audiences: readonly string[] }; readonly untilMs: number }>();

  const stillBound = async (bound: readonly { resource: string; namespace: string; name: string; uid: string }[]): Promise<boolean> => {
    const found = await store.getMany(bound);
    return found.every((object, i) => object?.uid === bound[i]!.uid);
  };

  const check: Authenticator['check'] = async (token, audiences = [issuer]) => {
    const nowMs = clock.now();
    const cacheKey = `${audiences.join(' ')} ${token}`;
    const known = kept.get(cacheKey);
    if (known && nowMs < known.untilMs) return known.identified;
    kept.delete(cacheKey);
    let identified: (Identified & { audiences: readonly string[] }) | undefined;
    let untilMs = nowMs + keepMs;
    if (token.startsWith(tokenPrefix)) {
      const found = await findTokenUser(
        { tokenHmacKey: keys.tokenHmacKey, known: bootstrapTokens, ...(options.tokens ? { lookup: options.tokens } : {}) },
        token,
      );
      if (found) identified = { ...found, user: authenticated(found.user), audiences: [issuer] };
    } else if (token.length < 16_384) {
      const verified = await verifyServiceAccountToken(keys.saSigningKey, { issuer, audiences, nowMs }, token);
      if (verified && (await stillBound(verified.bound))) {
        untilMs = Math.min(untilMs, verified.expiresMs);
        identified = {
          user: authenticated(verified.user),
          credentialId: verified.credentialId,
          expiresMs: verified.expiresMs,
          audiences: verified.audiences.filter((a) => audiences.includes(a)),
        };
      }
    }
    if (!identified) return undefined;
    if (kept.size >= maxKept) kept.clear();
    kept.set(cacheKey, { identified, untilMs });
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
