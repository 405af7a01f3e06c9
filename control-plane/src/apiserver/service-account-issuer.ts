/** What others need to verify service-account tokens: the OpenID configuration and the public keys. */
import { jwksOf } from '../auth/verifying-keys.ts';
import type { Platform } from '../platform/platform.ts';

export const issuerDocuments = ({ issuer, keys }: Pick<Platform, 'issuer' | 'keys'>): Readonly<Record<string, unknown>> => ({
  '/.well-known/openid-configuration': {
    issuer,
    jwks_uri: `${issuer}/openid/v1/jwks`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256'],
  },
  '/openid/v1/jwks': jwksOf(keys),
});
