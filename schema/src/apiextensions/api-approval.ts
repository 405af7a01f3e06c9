/**
 * Groups of the Kubernetes community (`*.k8s.io`, `*.kubernetes.io`): a definition there says where its API was approved, or that it was not.
 * @see https://github.com/kubernetes/enhancements/pull/1111
 */
import type { CustomResourceDefinition } from './custom-resource-definition.ts';

export const approvalAnnotation = 'api-approved.kubernetes.io';

const rule = `protected groups must have approval annotation "${approvalAnnotation}"`;
const see = 'see https://github.com/kubernetes/enhancements/pull/1111';

export interface Approval {
  readonly state: 'missing' | 'invalid' | 'bypassed' | 'approved';
  readonly reason: string;
}

/** undefined: the group is nobody's but its domain's. */
export const approvalOf = ({ metadata, spec }: Pick<CustomResourceDefinition, 'metadata' | 'spec'>): Approval | undefined => {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return undefined;
  const given = metadata.annotations?.[approvalAnnotation] ?? '';
  if (given === '') return { state: 'missing', reason: `${rule}, ${see}` };
  if (given.startsWith('unapproved')) return { state: 'bypassed', reason: `not approved: ${JSON.stringify(given)}` };
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/\s]/.test(given)) return { state: 'approved', reason: `approved in ${given}` };
  return { state: 'invalid', reason: `${rule} with either a URL or a reason starting with "unapproved", ${see}` };
};
