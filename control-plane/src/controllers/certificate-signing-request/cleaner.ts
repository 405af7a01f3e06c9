/**
 * CSR cleaner: requests are no archive. Denied, failed and answered ones go after an hour, undecided ones after a day, and one whose certificate has
 * ended at once.
 */
import { type CertificateSigningRequest, certificateSigningRequests } from '#schema/certificates/certificate-signing-request.ts';
import { decodeBase64 } from '#schema/dsl/base64.ts';
import { decodeUtf8 } from '#schema/dsl/utf8.ts';
import { parseTime } from '#schema/meta/time.ts';
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import { conditionOf, REQUESTS } from './conditions.ts';
import { notAfterOf } from './validity.ts';

const HOUR_MS = 3_600_000;
const PENDING_MS = 24 * HOUR_MS;
/** A decided request is kept this long for whoever asked. */
const DECIDED_MS = HOUR_MS;

const endOf = (certificate: string): number | undefined => {
  try {
    return notAfterOf(decodeUtf8(decodeBase64(certificate)));
  } catch {
    return undefined;
  }
};

/** Unix ms when the request goes; Infinity while an approved one waits for its signer. */
const goesAtMs = (request: CertificateSigningRequest): number => {
  const { metadata, status } = request;
  const certificate = status?.certificate;
  const ends: number[] = [];
  for (const type of ['Approved', 'Denied', 'Failed']) {
    const condition = conditionOf(request, type);
    if (!condition || (type === 'Approved' && !certificate)) continue;
    const since = parseTime(condition.lastUpdateTime ?? condition.lastTransitionTime ?? '');
    if (!Number.isNaN(since)) ends.push(since + DECIDED_MS);
  }
  const notAfter = certificate ? endOf(certificate) : undefined;
  if (notAfter !== undefined) ends.push(notAfter);
  if (!status?.conditions?.length) ends.push((parseTime(metadata.creationTimestamp ?? '') || 0) + PENDING_MS);
  return Math.min(Number.POSITIVE_INFINITY, ...ends);
};

export const certificateRequestCleaner: Controller = {
  name: 'certificate-signing-request-cleaner-controller',
  primary: REQUESTS,
  watches: [],
  reconcile: ({ name }, { snapshot, nowMs }) => {
    const request = snapshot.get<CertificateSigningRequest>(REQUESTS, '', name);
    if (!request || request.metadata.deletionTimestamp) return nothing;
    const atMs = goesAtMs(request);
    if (atMs > nowMs) return { changes: [], ...(Number.isFinite(atMs) ? { requeueAtMs: atMs } : {}) };
    const { uid, resourceVersion } = request.metadata;
    const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
    return { changes: [{ op: 'delete', definition: certificateSigningRequests, object: request, request: { preconditions } }] };
  },
};
