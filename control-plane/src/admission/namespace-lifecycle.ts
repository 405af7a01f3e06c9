/**
 * NamespaceLifecycle: the system namespaces stay, and nothing is created in a namespace that is missing or terminating. The store checks the
 * latter inside the write itself; here are the words for it.
 */
import type { KubeObject } from '#schema/resource.ts';
import { storageKey } from '#schema/resource.ts';
import { type ApiError, forbidden, type Named, notFound } from '../apiserver/errors.ts';
import type { ObjectKey } from '../store/store.ts';
import type { AdmissionStep } from './admission.ts';

const immortal = new Set(['default', 'kube-system', 'kube-public']);
const namespaceResource = 'core/namespaces';

export const namespaceKey = (name: string): ObjectKey => ({ resource: namespaceResource, namespace: '', name });

/** Why nothing can be created in a namespace, given the namespace as it is now; undefined when something can. */
export const namespaceRefusal = (of: Named, name: string, namespace: string, found: KubeObject | undefined): ApiError | undefined => {
  if (!found) return notFound({ group: '', resource: 'namespaces' }, namespace);
  if (!found.metadata.deletionTimestamp) return undefined;
  return forbidden(of, name, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    { reason: 'NamespaceTerminating', message: `namespace ${namespace} is being terminated`, field: 'metadata.namespace' },
  ]);
};

export const namespaceLifecycle: AdmissionStep = {
  name: 'NamespaceLifecycle',
  validate: ({ operation, definition, name }) => {
    if (operation === 'delete' && storageKey(definition) === namespaceResource && immortal.has(name)) {
      throw forbidden(definition, name, 'this namespace may not be deleted');
    }
  },
};
