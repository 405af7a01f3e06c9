/** Namespaces: `spec.finalizers` holds a namespace until its content is gone, and the store refuses to remove one that is not empty. */
import type { Strategy } from '../strategy.ts';

export const namespaces: Strategy = {
  resource: 'core/namespaces',
  heldBack: (namespace) => (namespace.spec?.finalizers?.length ?? 0) > 0,
  markDeleting: (namespace) => {
    namespace.status = { ...namespace.status, phase: 'Terminating' };
  },
  removalGuards: (namespace) => ({ namespaceEmpty: namespace.metadata.name! }),
};
