/**
 * Join tokens: `kdj1.<id>.<secret>.<HMAC tag>`, a Kubernetes bootstrap token (Secret `kube-system/bootstrap-token-<id>`) with a tag of the cluster's key. The
 * tag lets a forged, mistyped or foreign one be refused without asking the store; without it `<id>.<secret>` authenticates as everywhere.
 */
import { isTagOf, type TagKeys, tagOf } from '../auth/tokens.ts';
import type { Random } from '../platform/platform.ts';

const prefix = 'kdj1';
const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
const form = /^kdj1\.([a-z0-9]{6})\.([a-z0-9]{16})\.([A-Za-z0-9_-]{43})$/;

export interface JoinToken {
  readonly id: string;
  readonly secret: string;
}

/** Letters and digits, each as likely as the other: bytes that would favour some are left out. */
const letters = (random: Pick<Random, 'bytes'>, length: number): string => {
  const fair = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length)
    for (const byte of random.bytes(length)) if (byte < fair && text.length < length) text += alphabet[byte % alphabet.length];
  return text;
};

export const mintJoinToken = async (
  tokenHmacKey: string,
  random: Pick<Random, 'bytes'>,
): Promise<JoinToken & { readonly token: string }> => {
  const [id, secret] = [letters(random, 6), letters(random, 16)];
  const text = `${prefix}.${id}.${secret}`;
  return { id, secret, token: `${text}.${await tagOf(tokenHmacKey, text)}` };
};

/** Its parts when form and tag are right; no store call. */
export const readJoinToken = async (keys: TagKeys, token: string): Promise<JoinToken | undefined> => {
  const [, id, secret, tag] = form.exec(token) ?? [];
  if (!id || !secret || !tag) return undefined;
  return (await isTagOf(keys, `${prefix}.${id}.${secret}`, tag)) ? { id, secret } : undefined;
};
