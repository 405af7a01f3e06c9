/** What the three controllers of CertificateSigningRequests ask of one. */
import type { CertificateSigningRequest } from '#schema/certificates/certificate-signing-request.ts';

export const REQUESTS = 'certificates.k8s.io/certificatesigningrequests';

export const conditionOf = ({ status }: CertificateSigningRequest, type: string) =>
  status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');

export const hasCondition = (request: CertificateSigningRequest, type: string): boolean => conditionOf(request, type) !== undefined;
