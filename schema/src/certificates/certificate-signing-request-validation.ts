/** What a certificate signing request must be; its ASN.1 is read by signers. Paths and wording are upstream's. */
import { decodeBase64 } from '../dsl/base64.ts';
import { decodeUtf8 } from '../dsl/utf8.ts';
import { problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, invalid, notSupported, required } from '../validation/errors.ts';
import { isDNS1123Subdomain, isPathSegmentName } from '../validation/names.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { CertificateSigningRequest } from './certificate-signing-request.ts';

const MIN_SECONDS = 600;
const MAX_SIGNER_BYTES = 571;

export const keyUsages = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
];

/** `example.com/name`: a domain and at least one more part. */
export const validateSignerName = (at: string, name: string): FieldError[] => {
  if (name === '') return [required(at)];
  const slash = name.indexOf('/');
  if (slash < 0 || name.indexOf('/', slash + 1) >= 0) {
    return [invalid(at, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"')];
  }
  const [domain, path] = [name.slice(0, slash), name.slice(slash + 1)];
  if (domain === '' || !domain.includes('.')) {
    return [invalid(at, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"')];
  }
  const errors = problems(at, domain, isDNS1123Subdomain(domain));
  if (path === '') errors.push(invalid(at, name, 'must contain at least one path segment'));
  else for (const segment of path.split('.')) errors.push(...problems(at, segment, isDNS1123Subdomain(segment)));
  if (name.length > MAX_SIGNER_BYTES) errors.push(invalid(at, name, `must be no more than ${MAX_SIGNER_BYTES} bytes`));
  return errors;
};

const isRequestPem = (base64: string): boolean => {
  try {
    return /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----[^-]+-----END (?:NEW )?CERTIFICATE REQUEST-----/.test(
      decodeUtf8(decodeBase64(base64)).slice(0, 65_536),
    );
  } catch {
    return false;
  }
};

export const validateCertificateSigningRequest = (
  { metadata, spec }: CertificateSigningRequest,
  old?: CertificateSigningRequest,
): FieldError[] => {
  const errors = validateObjectMeta(metadata, { namespaced: false, nameRule: isPathSegmentName }, old?.metadata);
  if (!isRequestPem(spec.request)) {
    errors.push(invalid('spec.request', spec.request, 'PEM block type must be CERTIFICATE REQUEST'));
  }
  const { usages = [], expirationSeconds, signerName } = spec;
  if (usages.length === 0) errors.push(required('spec.usages'));
  const seen = new Set<string>();
  for (const [i, usage] of usages.entries()) {
    if (!keyUsages.includes(usage)) errors.push(notSupported(`spec.usages[${i}]`, usage, keyUsages));
    if (seen.has(usage)) errors.push(duplicate(`spec.usages[${i}]`, usage));
    seen.add(usage);
  }
  if (signerName === 'kubernetes.io/legacy-unknown') {
    errors.push(invalid('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version'));
  } else errors.push(...validateSignerName('spec.signerName', signerName));
  if (expirationSeconds !== undefined && expirationSeconds < MIN_SECONDS) {
    const rule = `may not specify a duration less than ${MIN_SECONDS} seconds (10 minutes)`;
    errors.push(invalid('spec.expirationSeconds', expirationSeconds, rule));
  }
  return errors;
};
