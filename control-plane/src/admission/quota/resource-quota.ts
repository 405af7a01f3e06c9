/**
 * ResourceQuota: names the limits a write must keep. The store holds the write to them inside its own transaction, so that any number of
 * clients at once never pass them; here are the limits and what pods must state because of them.
 * @see https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import { storageKey } from '#schema/resource.ts';
import { forbidden } from '../../apiserver/errors.ts';
import type { AdmissionRequest, AdmissionStep, ListKey } from '../admission.ts';
import { isCreateOf, isResize } from '../requests.ts';
import { limitsFor, unstated } from './quotas.ts';
import { quotaUsage } from './usage.ts';

/** Kinds that may use more with an update. */
const growing = new Set(['core/persistentvolumeclaims', 'core/services']);

export const quotaList = (namespace: string): ListKey => ({ resource: 'core/resourcequotas', namespace });

const isCounted = (request: AdmissionRequest): boolean => {
  const { operation, definition, subresource, namespace } = request;
  if (isResize(request)) return true;
  if (!namespace || subresource || definition.storage !== 'durable' || storageKey(definition) === 'core/resourcequotas') return false;
  return operation === 'create' || (operation === 'update' && growing.has(storageKey(definition)));
};

export const resourceQuota: AdmissionStep = {
  name: 'ResourceQuota',
  lists: (request) => (isCounted(request) ? [quotaList(request.namespace)] : []),
  validate: (request, { list }) => {
    if (!isCreateOf(request, 'core/pods')) return;
    const usage = quotaUsage(request.definition, request.object);
    for (const quota of list(quotaList(request.namespace))) {
      const missing = unstated(quota, request.object, usage);
      if (missing) throw forbidden(request.definition, request.name, missing);
    }
  },
  quota: (request, { list }) => {
    if (!isCounted(request)) return [];
    return limitsFor(list(quotaList(request.namespace)), quotaUsage(request.definition, request.object));
  },
};
