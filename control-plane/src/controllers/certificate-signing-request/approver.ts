/**
 * CSR approval: a node's request for its own client certificate needs no person. Whether a request is one, and whether who asks may have it, is found
 * out by a task: reading a request takes cryptography, and the roles of its user are not in the snapshot.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#approval-rejection
 */
import type { CertificateSigningRequest } from '#schema/certificates/certificate-signing-request.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import { hasCondition, REQUESTS } from './conditions.ts';

export const certificateRequestApprover: Controller = {
  name: 'certificate-signing-request-approving-controller',
  primary: REQUESTS,
  watches: [],
  reconcile: ({ name }, { snapshot }) => {
    const request = snapshot.get<CertificateSigningRequest>(REQUESTS, '', name);
    if (!request || request.metadata.deletionTimestamp || request.status?.certificate) return nothing;
    if (hasCondition(request, 'Approved') || hasCondition(request, 'Denied')) return nothing;
    if (request.spec.signerName !== 'kubernetes.io/kube-apiserver-client-kubelet') return nothing;
    return { changes: [], tasks: [{ task: 'approve-certificate-request', object: request }] };
  },
};
