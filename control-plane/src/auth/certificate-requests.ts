/**
 * Requests for certificates: who asks is written by the server, whatever the client says; who approves or denies needs the verb `approve`, and
 * who puts the certificate in the verb `sign`, on the signer. A decision cannot be taken back.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/#authorization
 */
import type { CertificateSigningRequest } from '#schema/certificates/certificate-signing-request.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type FieldError, storageKey } from '#schema/resource.ts';
import { duplicate, forbidden as forbiddenField, invalid as invalidField, required } from '#schema/validation/errors.ts';
import type { AdmissionRequest, AdmissionStep } from '../admission/admission.ts';
import { forbidden, invalid } from '../apiserver/errors.ts';

export const certificateGroup = 'certificates.k8s.io';
const resource = `${certificateGroup}/certificatesigningrequests`;

const concerns = ({ operation, definition }: AdmissionRequest): boolean => operation !== 'delete' && storageKey(definition) === resource;

export const certificateRequestUser: AdmissionStep = {
  name: 'CertificateRequestUser',
  mutate: (request, { nowMs }) => {
    if (!concerns(request)) return;
    const { operation, subresource, object, actor } = request;
    if (subresource === 'approval') stampConditions(object as CertificateSigningRequest, request.old as CertificateSigningRequest, nowMs);
    if (operation !== 'create' || !object.spec) return;
    const { name, uid, groups, extra } = actor.user;
    const known = extra && Object.keys(extra).length > 0;
    const { uid: _uid, extra: _extra, ...asked } = object.spec;
    object.spec = {
      ...asked,
      ...(uid ? { uid } : {}),
      ...(known ? { extra: structuredClone(extra) } : {}),
      username: name,
      groups: [...groups],
    };
  },
};

const stampConditions = ({ status }: CertificateSigningRequest, old: CertificateSigningRequest | undefined, nowMs: number): void => {
  const now = toRfc3339(nowMs);
  for (const condition of status?.conditions ?? []) {
    const before = old?.status?.conditions?.find(({ type }) => type === condition.type);
    condition.lastUpdateTime ??= now;
    const isKept = before !== undefined && before.status === condition.status;
    condition.lastTransitionTime ??= (isKept ? before.lastTransitionTime : undefined) ?? now;
  }
};

const decisionErrors = ({ status }: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] => {
  const at = 'status.conditions';
  const conditions = status?.conditions ?? [];
  const errors: FieldError[] = [];
  for (const [i, { type, status: value }] of conditions.entries()) {
    if (!type) errors.push(required(`${at}[${i}].type`));
    if ((type === 'Approved' || type === 'Denied') && value !== 'True') {
      errors.push(invalidField(`${at}[${i}].status`, value ?? '', `may not be set to a value other than "True"`));
    }
    if (conditions.findIndex((other) => other.type === type) < i) errors.push(duplicate(`${at}[${i}].type`, type));
  }
  const has = (type: string): boolean => conditions.some((condition) => condition.type === type);
  if (has('Approved') && has('Denied')) errors.push(invalidField(at, conditions, 'Approved and Denied conditions are mutually exclusive'));
  for (const { type } of old.status?.conditions ?? []) {
    if (!has(type)) errors.push(forbiddenField(at, `updates may not remove a condition of type "${type}"`));
  }
  return errors;
};

const signerVerbs: Readonly<Record<string, string>> = { approval: 'approve', status: 'sign' };

export const certificateApproval: AdmissionStep = {
  name: 'CertificateApproval',
  validate: (request) => {
    if (!concerns(request)) return;
    const { definition, subresource, name, object, old, actor } = request;
    const verb = signerVerbs[subresource];
    if (!verb || !old) return;
    const { signerName } = old.spec as CertificateSigningRequest['spec'];
    const held = actor.permissions;
    const asks = (resourceName: string) => ({
      ...{ verb, group: certificateGroup, resource: 'signers', subresource: '', namespace: '', name: resourceName, fieldSelector: '' },
    });
    const domain = `${signerName.slice(0, signerName.indexOf('/'))}/*`;
    if (held && !held.allows(asks(signerName)) && !held.allows(asks(domain))) {
      throw forbidden(definition, name, `user not permitted to ${verb} requests with signerName "${signerName}"`);
    }
    const errors = decisionErrors(object as CertificateSigningRequest, old as CertificateSigningRequest);
    if (errors.length > 0) throw invalid(definition, name, errors);
  },
};
