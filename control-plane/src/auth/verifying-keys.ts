/** Which keys a service-account token may be signed with: the one that signs now, and earlier ones until the last token they signed has ended. */
import { decodeProtectedHeader } from 'jose';
import type { KeyRing } from '../platform/platform.ts';
import { publicJwk, type SigningJwk } from './service-account-tokens.ts';

export type SigningRing = Pick<KeyRing, 'saSigningKey' | 'saVerifyingKeys'>;

export const verifyingKeys = ({ saSigningKey, saVerifyingKeys = [] }: SigningRing): readonly SigningJwk[] => [
  saSigningKey,
  ...saVerifyingKeys.filter(({ kid }) => kid !== saSigningKey.kid),
];

/** The key that the token names; the present one when it names none or an unknown one. */
export const keyNamedBy = (ring: SigningRing, token: string): SigningJwk => {
  if (!ring.saVerifyingKeys?.length) return ring.saSigningKey;
  try {
    const { kid } = decodeProtectedHeader(token);
    return verifyingKeys(ring).find((key) => key.kid === kid) ?? ring.saSigningKey;
  } catch {
    return ring.saSigningKey;
  }
};

export const jwksOf = (ring: SigningRing) => ({ keys: verifyingKeys(ring).map(publicJwk) });
