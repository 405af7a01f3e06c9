/** The two tokens of a cluster on one machine, admin and node. Their form is control-plane/src/auth/tokens.ts; the configuration holds their SHA-256 only. */
import { randomBytes } from 'node:crypto';
import { checkTag, mintToken, sha256Hex, type TagKeys } from '#control-plane/auth/tokens.ts';
import type { BootstrapToken } from '#control-plane/platform/platform.ts';

export interface TokenIdentity {
  readonly user: string;
  readonly groups: readonly string[];
}

export const adminIdentity: TokenIdentity = { user: 'kubernetes-admin', groups: ['system:masters'] };
export const nodeIdentity = (nodeName: string): TokenIdentity => ({ user: `system:node:${nodeName}`, groups: ['system:nodes'] });

/** Keeps the token that is there when a key of this cluster made it, an earlier one too, else makes one. */
export const ensureToken = async (
  present: string | undefined,
  tokenHmacKey: string,
  { tokenVerifyingKeys = [] }: Omit<TagKeys, 'tokenHmacKey'> = {},
): Promise<string> => {
  if (present !== undefined && (await checkTag({ tokenHmacKey, tokenVerifyingKeys }, present)) !== undefined) return present;
  return (await mintToken(tokenHmacKey, { bytes: (length) => new Uint8Array(randomBytes(length)) })).token;
};

export const tokenEntry = async (token: string, identity: TokenIdentity): Promise<BootstrapToken> => ({
  id: token.split('.')[1] as string,
  sha256: await sha256Hex(token),
  ...identity,
});
