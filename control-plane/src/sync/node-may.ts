/**
 * `nodeMay`: what a node's credential may do on the ordinary API. Reads: exactly what its view holds. Writes: its own Node and Lease, Events, the
 * status and deletion of its own pods, tokens for the accounts of its own pods. Reasons are worded as Kubernetes' node authorizer words them.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import { parseFieldSelector } from '#schema/selectors/field.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';
import type { NodeRequest } from '../hub/hub.ts';
import { nodeReferences } from './node-view.ts';
import { CLAIMS, localNodeOf, PODS, serviceAccountOf, VOLUMES } from './view-entries.ts';

export interface NodeDecision {
  readonly allowed: boolean;
  readonly reason: string;
}

type Rule = (node: string, request: NodeRequest, snapshot: Snapshot) => NodeDecision;

const allow: NodeDecision = { allowed: true, reason: '' };
const deny = (reason: string): NodeDecision => ({ allowed: false, reason });
const noRelationship = (node: string): NodeDecision => deny(`no relationship found between node '${node}' and this object`);

const reads = new Set(['get', 'list', 'watch']);
const collectionReads = new Set(['list', 'watch']);

/** The value a field selector demands of `field`; undefined when it demands none. A selector that does not parse demands none. */
const demanded = (selector: string, field: string): string | undefined => {
  try {
    const parsed = parseFieldSelector(selector);
    const requirement = parsed.find((r) => r.field === field && r.operator !== '!=');
    return requirement?.value;
  } catch {
    return undefined;
  }
};

/** The one object a request names, through the path or through `metadata.name=`. */
const nameOf = (request: NodeRequest): string => request.name || demanded(request.fieldSelector, 'metadata.name') || '';

const ownPod = (node: string, request: NodeRequest, snapshot: Snapshot): boolean =>
  snapshot.get(PODS, request.namespace, request.name)?.spec?.nodeName === node;

const pods: Rule = (node, request, snapshot) => {
  const { verb, subresource } = request;
  if (subresource === 'status') {
    if (verb !== 'get' && verb !== 'update' && verb !== 'patch') return deny('can only read and update the status of pods');
    return ownPod(node, request, snapshot) ? allow : noRelationship(node);
  }
  // what it may delete it may evict, which asks the budgets first
  if (subresource === 'eviction' && verb === 'create') return ownPod(node, request, snapshot) ? allow : noRelationship(node);
  if (subresource !== '') return deny('cannot read subresource');
  if (collectionReads.has(verb)) {
    return demanded(request.fieldSelector, 'spec.nodeName') === node
      ? allow
      : deny('can only list/watch pods with spec.nodeName field selector');
  }
  if (verb === 'get' || verb === 'delete') return ownPod(node, request, snapshot) ? allow : noRelationship(node);
  return deny('can only read and delete pods');
};

const nodes: Rule = (node, request) => {
  const { verb, subresource } = request;
  if (reads.has(verb)) {
    if (subresource !== '' && subresource !== 'status') return deny('cannot read subresource');
    const name = nameOf(request);
    return name === node ? allow : deny(`node '${node}' cannot read '${name || 'all nodes'}', only its own Node object`);
  }
  // the name of a create stands in the body and is checked when it is written
  if (verb === 'create' && subresource === '')
    return request.name === '' || request.name === node ? allow : deny(otherNode(node, request.name));
  if ((verb === 'update' || verb === 'patch') && (subresource === '' || subresource === 'status')) {
    return request.name === node ? allow : deny(otherNode(node, request.name));
  }
  return deny(`node '${node}' cannot ${verb} nodes`);
};

const otherNode = (node: string, name: string): string => `node '${node}' is not allowed to modify node '${name}'`;

const LEASE_NAMESPACE = 'kube-node-lease';
const leaseVerbs = new Set(['get', 'create', 'update', 'patch', 'delete']);

const leases: Rule = (node, request) => {
  if (!leaseVerbs.has(request.verb)) return deny('can only get, create, update, patch, or delete a node lease');
  if (request.namespace !== LEASE_NAMESPACE) return deny(`can only access leases in the "${LEASE_NAMESPACE}" system namespace`);
  if (request.verb !== 'create' && request.name !== node)
    return deny('can only access node lease with the same name as the requesting node');
  return allow;
};

const events: Rule = (_node, { verb }) =>
  verb === 'create' || verb === 'update' || verb === 'patch' ? allow : deny('can only create, update and patch events');

/** ConfigMaps and Secrets: one by name, when a pod of the node names it. */
const referenced =
  (resource: string): Rule =>
  (node, request, snapshot) => {
    if (!reads.has(request.verb)) return deny('can only read resources of this type');
    if (request.subresource !== '') return deny('cannot read subresource');
    if (request.namespace === '') return deny('can only read namespaced object of this type');
    const name = nameOf(request);
    if (name === '') return deny('No Object name found');
    return nodeReferences(snapshot, node, resource, request.namespace, name) ? allow : noRelationship(node);
  };

/** Volumes its pods name, and the directories it holds; of these it may say that one that is being deleted is gone. */
const volumes: Rule = (node, request, snapshot) => {
  const { verb, subresource } = request;
  if (subresource !== '') return deny('cannot read subresource');
  const name = nameOf(request);
  if (name === '') return deny('No Object name found');
  const volume = snapshot.get(VOLUMES, '', name);
  const own = localNodeOf(volume) === node;
  if (verb === 'patch' || verb === 'update') {
    return own && volume?.metadata.deletionTimestamp
      ? allow
      : deny('can only finish the deletion of volumes that are directories of the node');
  }
  if (!reads.has(verb)) return deny('can only read resources of this type');
  return own || nodeReferences(snapshot, node, VOLUMES, '', name) ? allow : noRelationship(node);
};

const readAccount = referenced('core/serviceaccounts');

const serviceAccounts: Rule = (node, request, snapshot) => {
  if (request.subresource !== 'token') return readAccount(node, request, snapshot);
  if (request.verb !== 'create') return deny('can only create tokens for individual service accounts');
  const used = snapshot
    .onNode<Pod & KubeObject>(node)
    .some((pod) => pod.metadata.namespace === request.namespace && serviceAccountOf(pod) === request.name);
  return used ? allow : noRelationship(node);
};

/** Every node knows every object of the kind. */
const broadcast: Rule = (_node, { verb, subresource }) =>
  reads.has(verb) && subresource === '' ? allow : deny('can only read resources of this type');

/** Asking about oneself is everybody's right. */
const selfReview: Rule = (_node, { verb }) => (verb === 'create' ? allow : deny('can only create reviews'));

const rules: Readonly<Record<string, Rule>> = {
  'core/pods': pods,
  'core/nodes': nodes,
  'core/configmaps': referenced('core/configmaps'),
  'core/secrets': referenced('core/secrets'),
  'core/serviceaccounts': serviceAccounts,
  'core/persistentvolumeclaims': referenced(CLAIMS),
  'core/persistentvolumes': volumes,
  'core/services': broadcast,
  'discovery.k8s.io/endpointslices': broadcast,
  'core/events': events,
  'events.k8s.io/events': events,
  'coordination.k8s.io/leases': leases,
  'authentication.k8s.io/selfsubjectreviews': selfReview,
  'authorization.k8s.io/selfsubjectaccessreviews': selfReview,
  'authorization.k8s.io/selfsubjectrulesreviews': selfReview,
};

/** `reason` is '' where nothing more can be said than that it is not a node's business. */
export const nodeMay: Rule = (node, request, snapshot) => {
  const rule = rules[`${request.group || 'core'}/${request.resource}`];
  return rule ? rule(node, request, snapshot) : deny('');
};
