/**
 * CSR signing: approved requests to Kubernetes' own signers get their certificate from the cluster's authority, or a Failed condition that says what
 * the signer does not accept. The key is not in the snapshot: a task signs.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#kubernetes-signers
 */
import type { CertificateSigningRequest } from '#schema/certificates/certificate-signing-request.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import { hasCondition, REQUESTS } from './conditions.ts';

/** Signers of the cluster. Others sign what is theirs; kubernetes.io/legacy-unknown cannot be asked in certificates.k8s.io/v1. */
export const ownSigners: readonly string[] = [
  'kubernetes.io/kube-apiserver-client',
  'kubernetes.io/kube-apiserver-client-kubelet',
  'kubernetes.io/kubelet-serving',
];

export const certificateRequestSigner: Controller = {
  name: 'certificate-signing-request-signing-controller',
  primary: REQUESTS,
  watches: [],
  reconcile: ({ name }, { snapshot }) => {
    const request = snapshot.get<CertificateSigningRequest>(REQUESTS, '', name);
    if (!request || request.metadata.deletionTimestamp || request.status?.certificate) return nothing;
    if (!hasCondition(request, 'Approved') || hasCondition(request, 'Denied') || hasCondition(request, 'Failed')) return nothing;
    if (!ownSigners.includes(request.spec.signerName)) return nothing;
    return { changes: [], tasks: [{ task: 'sign-certificate-request', object: request }] };
  },
};
