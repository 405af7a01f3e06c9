/**
 * PodSecurity: a namespace's labels hold its pods to a level of the Pod Security Standards: `enforce` refuses, `warn` tells the client, for
 * workloads too.
 * @see https://kubernetes.io/docs/concepts/security/pod-security-admission/
 */
import { equalJson } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import { forbidden, invalid } from '../../apiserver/errors.ts';
import type { AdmissionRequest, AdmissionStep } from '../admission.ts';
import { namespaceKey } from '../namespace-lifecycle.ts';
import { isWriteOf } from '../requests.ts';
import type { Pod } from './checks.ts';
import { describeViolations, isVersion, levels, type Mode, policyOf, violations } from './policy.ts';

/** Where each workload keeps the template of its pods. */
const templates: Readonly<Record<string, (object: KubeObject) => any>> = {
  'core/pods': (pod) => pod,
  'core/podtemplates': ({ template }) => template,
  'core/replicationcontrollers': ({ spec }) => spec?.template,
  'apps/replicasets': ({ spec }) => spec?.template,
  'apps/deployments': ({ spec }) => spec?.template,
  'apps/statefulsets': ({ spec }) => spec?.template,
  'apps/daemonsets': ({ spec }) => spec?.template,
  'batch/jobs': ({ spec }) => spec?.template,
  'batch/cronjobs': ({ spec }) => spec?.jobTemplate?.spec?.template,
};

const podOf = ({ definition, object }: AdmissionRequest): Pod | undefined => {
  const template = templates[storageKey(definition)]?.(object);
  return template?.spec ? { metadata: template.metadata ?? {}, spec: template.spec } : undefined;
};

/** An update that leaves the pod's spec as it is breaks nothing anew. */
const isUnchanged = ({ definition, old }: AdmissionRequest, pod: Pod): boolean =>
  old !== undefined && equalJson(templates[storageKey(definition)]?.(old)?.spec, pod.spec);

const concerns = (request: AdmissionRequest): boolean => {
  const { operation, definition, subresource } = request;
  const resource = storageKey(definition);
  if (operation === 'delete' || !request.namespace || !templates[resource]) return false;
  return !subresource || (resource === 'core/pods' && subresource === 'ephemeralcontainers');
};

const checkLabels = ({ definition, object, name }: AdmissionRequest): void => {
  const errors = Object.entries(object.metadata.labels ?? {}).flatMap(([key, value]) => {
    const match = /^pod-security\.kubernetes\.io\/(enforce|audit|warn)(-version)?$/.exec(key);
    if (!match) return [];
    const field = `metadata.labels[${key}]`;
    if (match[2]) return isVersion(value) ? [] : [{ type: 'invalid' as const, field, value, detail: 'must be "latest" or "v1.x"' }];
    if (levels.some((level) => level === value)) return [];
    return [{ type: 'invalid' as const, field, value, detail: `must be one of ${levels.join(', ')}` }];
  });
  if (errors.length > 0) throw invalid(definition, name, errors);
};

export const podSecurity: AdmissionStep = {
  name: 'PodSecurity',
  reads: (request) => (concerns(request) ? [namespaceKey(request.namespace)] : []),
  validate: (request, { lookup, warn }) => {
    if (isWriteOf(request, 'core/namespaces')) return checkLabels(request);
    if (!concerns(request)) return;
    const labels = lookup(namespaceKey(request.namespace))?.metadata.labels;
    const pod = podOf(request);
    if (!labels || !pod || isUnchanged(request, pod)) return;
    const broken = (mode: Mode): string | undefined => {
      const policy = policyOf(labels, mode);
      const found = violations(pod, policy.level);
      return found.length > 0 ? describeViolations(policy, found) : undefined;
    };
    const isPod = storageKey(request.definition) === 'core/pods';
    const refused = isPod ? broken('enforce') : undefined;
    if (refused) throw forbidden(request.definition, request.name, refused);
    const warning = broken('warn');
    if (warning) warn(warning.replace(/^violates/, 'would violate'));
  },
};
