/**
 * Kedge's own tokens: `kdg1.<id>.<32 random bytes>.<HMAC tag>`, base64url. The tag lets a forged or mistyped token be refused without asking
 * anybody; what is kept of a token is the SHA-256 of its text. One key makes tags; after a rotation those of earlier keys are good until the keys are dropped.
 */
import type { BootstrapToken, KeyRing, Random } from '../platform/platform.ts';
import type { UserInfo } from '../registry/registry.ts';
import { fromBase64, sameText, toBase64Url, toHex } from './encoding.ts';

export const tokenPrefix = 'kdg1.';
const encoder = new TextEncoder();

export type TagKeys = Pick<KeyRing, 'tokenHmacKey' | 'tokenVerifyingKeys'>;

export interface MintedToken {
  readonly token: string;
  readonly id: string;
  /** hex SHA-256 of the whole token text: all that is stored. */
  readonly sha256: string;
}

export interface StoredToken extends BootstrapToken {
  readonly expiresMs?: number;
  /** The token before the last renewal: good for a while, so that an answer that was lost locks nobody out. */
  readonly previous?: { readonly sha256: string; readonly untilMs: number };
}

/** Where tokens beyond the configured ones are found, by id. Absent or undefined: there is none. */
export type TokenLookup = (id: string) => Promise<StoredToken | undefined>;

/** HMAC keys by their base64 text: importing is not free. Finished keys only: a promise must not outlive the request that began it on Workers. */
const imported = new Map<string, CryptoKey>();

const hmacKey = async (base64: string): Promise<CryptoKey> => {
  const known = imported.get(base64);
  if (known) return known;
  const key = await crypto.subtle.importKey('raw', fromBase64(base64), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  imported.set(base64, key);
  return key;
};

/** HMAC-SHA-256 as base64url: the last part of every token of ours. */
export const tagOf = async (base64Key: string, text: string): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', await hmacKey(base64Key), encoder.encode(text))));

/** Whether one of the keys made this tag of the text. Most tags are of the newest, which is tried first. */
export const isTagOf = async ({ tokenHmacKey, tokenVerifyingKeys = [] }: TagKeys, text: string, tag: string): Promise<boolean> => {
  for (const key of [tokenHmacKey, ...tokenVerifyingKeys.map((earlier) => earlier.key)])
    if (sameText(await tagOf(key, text), tag)) return true;
  return false;
};

/** A name for a key that says nothing of it: Secrets of tokens carry it, so that a key is known to be needed as long as one does. */
export const tagKeyId = async (base64Key: string): Promise<string> => (await sha256Hex(`kedge tag key ${base64Key}`)).slice(0, 12);

export const sha256Hex = async (text: string): Promise<string> =>
  toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text))));

/** Makes a token. Show it once; keep `id` and `sha256`. `id` defaults to eight random bytes. */
export const mintToken = async (tokenHmacKey: string, random: Pick<Random, 'bytes'>, id = toHex(random.bytes(8))): Promise<MintedToken> => {
  if (!/^[a-z0-9-]+$/.test(id)) throw new Error('a token id has small letters, digits and dashes only');
  const text = `${tokenPrefix}${id}.${toBase64Url(random.bytes(32))}`;
  const token = `${text}.${await tagOf(tokenHmacKey, text)}`;
  return { token, id, sha256: await sha256Hex(token) };
};

/** The token's id when its tag is right; no store call. */
export const checkTag = async (keys: TagKeys, token: string): Promise<string | undefined> => {
  const parts = token.split('.');
  if (parts.length !== 4 || `${parts[0]}.` !== tokenPrefix || token.length > 512) return undefined;
  return (await isTagOf(keys, parts.slice(0, 3).join('.'), parts[3]!)) ? parts[1] : undefined;
};

export const findTokenUser = async (
  { known, lookup, ...keys }: TagKeys & { known: readonly BootstrapToken[]; lookup?: TokenLookup },
  token: string,
): Promise<{ readonly user: UserInfo; readonly credentialId: string; readonly expiresMs?: number } | undefined> => {
  const id = await checkTag(keys, token);
  if (id === undefined) return undefined;
  const hash = await sha256Hex(token);
  const found: Awaited<ReturnType<TokenLookup>> = known.find((k) => k.id === id) ?? (await lookup?.(id));
  if (!found) return undefined;
  const { user: name, groups, previous } = found;
  const isPresent = sameText(found.sha256.toLowerCase(), hash);
  if (!isPresent && !(previous && sameText(previous.sha256.toLowerCase(), hash))) return undefined;
  const expiresMs = isPresent ? found.expiresMs : previous!.untilMs;
  return { user: { name, groups }, credentialId: id, ...(expiresMs === undefined ? {} : { expiresMs }) };
};
