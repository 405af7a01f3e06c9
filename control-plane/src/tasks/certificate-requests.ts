/**
 * Approving and signing CertificateSigningRequests. Nothing here decides who may ask: an approval follows a node's own permission, a signature an
 * approval that stands in the object. What a signer does not accept is said in the request.
 */
import {
  type CertificateSigningRequest,
  type CertificateSigningRequestCondition,
  certificateSigningRequests,
} from '#schema/certificates/certificate-signing-request.ts';
import { decodeBase64, encodeBase64 } from '#schema/dsl/base64.ts';
import { decodeUtf8, encodeUtf8 } from '#schema/dsl/utf8.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Authorizer } from '../auth/authorize.ts';
import { certificateGroup } from '../auth/certificate-requests.ts';
import { type CertificateRequest, readCertificateRequest, signerRules } from '../auth/certificates/request.ts';
import { type Authority, lifetimeSeconds, signCertificateRequest } from '../auth/certificates/sign.ts';
import type { Change } from '../controller-runtime/controller.ts';
import type { TaskPerformer } from '../controller-runtime/tasks.ts';
import type { UserInfo } from '../registry/registry.ts';

/** A year, as kube-controller-manager's --cluster-signing-duration. */
const MAX_SECONDS = 365 * 86_400;
const KUBELET_CLIENT = 'kubernetes.io/kube-apiserver-client-kubelet';

const pemOf = ({ spec }: CertificateSigningRequest): string => decodeUtf8(decodeBase64(spec.request));

const askedOf = ({ spec }: CertificateSigningRequest) => ({ usages: spec.usages ?? [], username: spec.username ?? '' });

const userOf = ({ spec }: CertificateSigningRequest): UserInfo => ({
  name: spec.username ?? '',
  groups: spec.groups ?? [],
  ...(spec.uid ? { uid: spec.uid } : {}),
  ...(spec.extra ? { extra: spec.extra } : {}),
});

const withCondition = (request: CertificateSigningRequest, condition: CertificateSigningRequestCondition, nowMs: number) => {
  const time = toRfc3339(nowMs);
  const conditions = [...(request.status?.conditions ?? []), { ...condition, lastUpdateTime: time, lastTransitionTime: time }];
  return { ...request, status: { ...request.status, conditions } };
};

const update = (object: KubeObject, subresource: 'approval' | 'status'): Change => ({
  op: 'update',
  definition: certificateSigningRequests,
  object,
  subresource,
});

/** A node's own request first, then one of somebody who may ask for nodes. */
const recognizers = [
  {
    subresource: 'selfnodeclient',
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
    fits: ({ commonName }: CertificateRequest, username: string) => commonName === username,
  },
  {
    subresource: 'nodeclient',
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
    fits: () => true,
  },
] as const;

export const approveCertificateRequest =
  (authorizer: Pick<Authorizer, 'resource'>): TaskPerformer =>
  async (object, nowMs) => {
    const request = object as CertificateSigningRequest;
    // what cannot be read waits for a person
    const read = await readCertificateRequest(pemOf(request)).catch(() => undefined);
    const asked = askedOf(request);
    if (!read || signerRules[KUBELET_CLIENT]!(read, asked) !== undefined) return {};
    for (const { subresource, message, fits } of recognizers) {
      if (!fits(read, asked.username)) continue;
      const attributes = { verb: 'create', group: certificateGroup, resource: 'certificatesigningrequests', subresource };
      const { allowed } = await authorizer.resource(userOf(request), { ...attributes, namespace: '', name: '', fieldSelector: '' });
      if (!allowed) continue;
      return {
        changes: [update(withCondition(request, { type: 'Approved', status: 'True', reason: 'AutoApproved', message }, nowMs), 'approval')],
      };
    }
    return {};
  };

export const signRequest =
  (authority: () => Promise<Authority>, random: (length: number) => Uint8Array): TaskPerformer =>
  async (object, nowMs) => {
    const request = object as CertificateSigningRequest;
    const failed = (message: string) => ({
      changes: [
        update(withCondition(request, { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message }, nowMs), 'status'),
      ],
    });
    let read: CertificateRequest;
    try {
      read = await readCertificateRequest(pemOf(request));
    } catch (error) {
      return failed(`unable to parse csr: ${error instanceof Error ? error.message : String(error)}`);
    }
    const asked = askedOf(request);
    const problem = signerRules[request.spec.signerName]?.(read, asked);
    if (problem !== undefined) return failed(problem);
    const seconds = lifetimeSeconds(request.spec.expirationSeconds, MAX_SECONDS);
    const certificate = await signCertificateRequest(await authority(), read, { usages: asked.usages, seconds, nowMs, random });
    return {
      changes: [update({ ...request, status: { ...request.status, certificate: encodeBase64(encodeUtf8(certificate)) } }, 'status')],
    };
  };
