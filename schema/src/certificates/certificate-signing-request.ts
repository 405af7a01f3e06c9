/**
 * CertificateSigningRequest: asks a signer for a certificate. Who asked is written by the API server, the decision goes through /approval, and
 * the certificate through /status. What was asked never changes.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/
 */
import { extra } from '../authentication/extra.ts';
import { bytes, type Infer, int32, list, listMap, message, str, struct, time } from '../dsl/field.ts';
import { ageColumn, nameColumn, text } from '../meta/columns.ts';
import { soleVersion } from '../meta/definition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import type { ObjectOf } from '../meta/object-of.ts';
import { formatAge } from '../meta/time.ts';
import { typeMeta } from '../meta/type-meta.ts';
import { defineResource } from '../resource.ts';
import { validateCertificateSigningRequest } from './certificate-signing-request-validation.ts';

export const CertificateSigningRequestSpec = struct(
  'io.k8s.api.certificates.v1.CertificateSigningRequestSpec',
  'What is asked for, and by whom.',
  {
    request: bytes(1, 'PKCS#10 request as PEM.', { required: true, default: '' }),
    signerName: str(7, 'Who shall sign, as example.com/signer.', { required: true, default: '' }),
    expirationSeconds: int32(8, 'Lifetime asked for, in seconds; 600 at least.', { pointer: true }),
    usages: list(5, 'string', 'What the key will be used for.'),
    username: str(2, 'User that made the request; written by the API server.'),
    uid: str(3, 'UID of that user.'),
    groups: list(4, 'string', 'Groups of that user.'),
    extra: extra(6, 'What else is known of that user.'),
  },
);
export type CertificateSigningRequestSpec = Infer<typeof CertificateSigningRequestSpec>;

export const CertificateSigningRequestCondition = struct(
  'io.k8s.api.certificates.v1.CertificateSigningRequestCondition',
  'A decision on the request.',
  {
    type: str(1, 'Approved, Denied or Failed.', { required: true }),
    status: str(6, 'True; the first two know no other status.', { required: true }),
    reason: str(2, 'One word for programs, in CamelCase.'),
    message: str(3, 'Text for people.'),
    lastUpdateTime: time(4, 'When the condition was last written.'),
    lastTransitionTime: time(5, 'When the status last changed.'),
  },
);
export type CertificateSigningRequestCondition = Infer<typeof CertificateSigningRequestCondition>;

export const CertificateSigningRequestStatus = struct(
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus',
  'The decision and the certificate.',
  {
    conditions: listMap(1, CertificateSigningRequestCondition, ['type'], 'Decisions, one for each type.', { smp: false }),
    certificate: bytes(2, 'The certificate and its chain as PEM.'),
  },
);
export type CertificateSigningRequestStatus = Infer<typeof CertificateSigningRequestStatus>;

export const CertificateSigningRequest = struct(
  'io.k8s.api.certificates.v1.CertificateSigningRequest',
  'Asks a signer for a certificate.',
  {
    ...typeMeta,
    metadata: message(1, ObjectMeta, "Name, labels and the rest of the object's metadata."),
    spec: message(2, CertificateSigningRequestSpec, 'What is asked for.', { required: true }),
    status: message(3, CertificateSigningRequestStatus, 'The observed state; written by the cluster.'),
  },
);
export type CertificateSigningRequest = ObjectOf<typeof CertificateSigningRequest, 'spec'>;

/** `Approved,Issued`, as kubectl shows it. */
const conditionOf = ({ status }: CertificateSigningRequest): string => {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  const words = [has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending'];
  if (has('Failed')) words.push('Failed');
  if (status?.certificate) words.push('Issued');
  return words.join(',');
};

export const certificateSigningRequests = defineResource<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  resource: 'certificatesigningrequests',
  kind: 'CertificateSigningRequest',
  namespaced: false,
  shortNames: ['csr'],
  versions: soleVersion('v1', CertificateSigningRequest),
  generation: false,
  hasStatus: true,
  subresources: [{ name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] }],
  validate: validateCertificateSigningRequest,
  prepareCreate: (request) => {
    request.status = {};
  },
  prepareUpdate: (request, old) => {
    request.spec = old.spec;
  },
  selectableFields: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  columns: [
    nameColumn,
    ageColumn,
    text('SignerName', 'Who shall sign.', ({ spec }: CertificateSigningRequest) => spec.signerName),
    text('Requestor', 'User that made the request.', ({ spec }: CertificateSigningRequest) => spec.username ?? ''),
    text('RequestedDuration', 'Lifetime asked for.', ({ spec }: CertificateSigningRequest) =>
      spec.expirationSeconds === undefined ? '<none>' : formatAge(spec.expirationSeconds * 1000),
    ),
    text('Condition', 'Decision and outcome.', conditionOf),
  ],
});
