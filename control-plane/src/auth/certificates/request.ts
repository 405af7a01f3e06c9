/**
 * What a PKCS#10 request says, and what Kubernetes' own signers want of it. Pure but for the cryptography. Certificates of clients reach no
 * control plane behind a proxy that ends TLS (Workers): there nodes and people log in with tokens, and signed certificates serve TLS of others.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
import { x509 } from './x509.ts';

const MAX_PEM = 64 * 1024;
const nodePrefix = 'system:node:';
const nodeGroup = 'system:nodes';

export interface CertificateRequest {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly emailAddresses: readonly string[];
  readonly uris: readonly string[];
  readonly parsed: x509.Pkcs10CertificateRequest;
}

/** subjectAltName of a request, in its order. */
export const alternativeNames = (request: x509.Pkcs10CertificateRequest): readonly x509.GeneralName[] =>
  (request.getExtension('2.5.29.17') as x509.SubjectAlternativeNameExtension | null)?.names.items ?? [];

/** @throws Error for a text that is no request, or is not signed with its own key. */
export const readCertificateRequest = async (pem: string): Promise<CertificateRequest> => {
  if (pem.length > MAX_PEM) throw new Error('the certificate request is too large');
  const parsed = new x509.Pkcs10CertificateRequest(pem);
  if (!(await parsed.verify(crypto))) throw new Error('the certificate request is not signed with its own key');
  const names = alternativeNames(parsed);
  const alternatives = (type: string): string[] => names.filter((name) => name.type === type).map((name) => name.value);
  return {
    commonName: parsed.subjectName.getField('CN')[0] ?? '',
    organizations: parsed.subjectName.getField('O'),
    dnsNames: alternatives('dns'),
    ipAddresses: alternatives('ip'),
    emailAddresses: alternatives('email'),
    uris: alternatives('url'),
    parsed,
  };
};

/** What is asked beside the request itself: `spec.usages` and `spec.username`. */
export interface Asked {
  readonly usages: readonly string[];
  readonly username: string;
}

type Names = Omit<CertificateRequest, 'parsed'>;

/** The first problem a signer has with a request; undefined: it would sign. */
export type SignerRule = (request: Names, asked: Asked) => string | undefined;

const usagesAre = (usages: readonly string[], needed: readonly string[], optional: readonly string[] = []): string | undefined => {
  const fits = needed.every((usage) => usages.includes(usage)) && usages.every((usage) => [...needed, ...optional].includes(usage));
  return fits ? undefined : `usages did not match [${needed.join(' ')}]`;
};

const isNode = ({ commonName, organizations }: Names): string | undefined => {
  if (organizations.length !== 1 || organizations[0] !== nodeGroup) return `subject organization is not ${nodeGroup}`;
  return commonName.startsWith(nodePrefix) && commonName.length > nodePrefix.length
    ? undefined
    : `subject common name does not begin with ${nodePrefix}`;
};

const has = (values: readonly string[], what: string): string | undefined =>
  values.length > 0 ? `${what} subjectAltNames are not allowed` : undefined;

export const signerRules: Readonly<Record<string, SignerRule>> = {
  'kubernetes.io/kube-apiserver-client': ({ organizations }, { usages }) =>
    organizations.includes('system:masters')
      ? 'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed'
      : usagesAre(usages, ['client auth'], ['digital signature', 'key encipherment']),

  'kubernetes.io/kube-apiserver-client-kubelet': (request, { usages }) =>
    isNode(request) ??
    has(request.dnsNames, 'DNS') ??
    has(request.emailAddresses, 'Email') ??
    has(request.ipAddresses, 'IP') ??
    has(request.uris, 'URI') ??
    usagesAre(usages, ['client auth', 'digital signature'], ['key encipherment']),

  'kubernetes.io/kubelet-serving': (request, { usages, username }) => {
    const problem = isNode(request) ?? has(request.emailAddresses, 'Email') ?? has(request.uris, 'URI');
    if (problem) return problem;
    if (request.dnsNames.length + request.ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
    if (request.commonName !== username) return 'subject common name is not the name of the user who asks';
    return usagesAre(usages, ['digital signature', 'server auth'], ['key encipherment']);
  },
};
