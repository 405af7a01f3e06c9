/**
 * NodeRestriction: what a node's own credential may write. Which objects it may touch at all is the authorizer's question (hub.authorizeNode);
 * here it is about their content: its own Node without labels that grant placement, pods bound to it, tokens of pods it runs.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
import { storageKey } from '#schema/resource.ts';
import { forbidden } from '../apiserver/errors.ts';
import type { AdmissionRequest, AdmissionStep } from './admission.ts';

const userPrefix = 'system:node:';

/** Node name of a node's credential. */
export const nodeOf = (user: { readonly name: string; readonly groups: readonly string[] }): string | undefined =>
  user.name.startsWith(userPrefix) && user.groups.includes('system:nodes') ? user.name.slice(userPrefix.length) : undefined;

const restrictedLabel = (key: string): boolean => {
  const prefix = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  return prefix === 'node-restriction.kubernetes.io' || prefix.endsWith('.node-restriction.kubernetes.io');
};

const checkNode = ({ operation, definition, name, object, old }: AdmissionRequest, node: string): void => {
  if (name !== node) throw forbidden(definition, name, `node "${node}" is not allowed to modify node "${name}"`);
  if (operation === 'delete') throw forbidden(definition, name, `node "${node}" is not allowed to delete itself`);
  const labels = object.metadata.labels ?? {};
  const before = old?.metadata.labels ?? {};
  const touched = [...new Set([...Object.keys(labels), ...Object.keys(before)])].filter(
    (key) => restrictedLabel(key) && labels[key] !== before[key],
  );
  if (touched.length > 0) {
    throw forbidden(definition, name, `is not allowed to modify labels: ${touched.sort().join(', ')}`);
  }
  if (old && JSON.stringify(object.spec?.taints ?? []) !== JSON.stringify(old.spec?.taints ?? [])) {
    throw forbidden(definition, name, `node "${node}" is not allowed to modify taints`);
  }
};

const checkPod = ({ operation, definition, subresource, name, object, old }: AdmissionRequest, node: string): void => {
  if (operation === 'create' && !subresource) {
    throw forbidden(
      definition,
      name,
      `pod does not have "kubernetes.io/config.mirror" annotation, node "${node}" can only create mirror pods`,
    );
  }
  const bound = (old ?? object).spec?.nodeName;
  if (bound !== node) {
    throw forbidden(definition, name, `node "${node}" can only ${operation} pods with spec.nodeName set to itself`);
  }
  if (operation === 'update' && subresource !== 'status') {
    throw forbidden(definition, name, `node "${node}" can only update the status of pods`);
  }
};

const checkLease = ({ definition, name, namespace }: AdmissionRequest, node: string): void => {
  if (namespace !== 'kube-node-lease') {
    throw forbidden(definition, name, `can only access leases in the "kube-node-lease" system namespace`);
  }
  if (name !== node) throw forbidden(definition, name, 'can only access node lease with the same name as the requesting node');
};

const checks: Readonly<Record<string, (request: AdmissionRequest, node: string) => void>> = {
  'core/nodes': checkNode,
  'core/pods': checkPod,
  'coordination.k8s.io/leases': checkLease,
};

export const nodeRestriction: AdmissionStep = {
  name: 'NodeRestriction',
  validate: (request) => {
    const node = nodeOf(request.actor.user);
    if (node !== undefined) checks[storageKey(request.definition)]?.(request, node);
  },
};
