/**
 * Bootstrap token cleaner: Secrets of bootstrap tokens go when they expire. When that is stands in the sealed part of the Secret, so a task looks, once
 * for each of its states, and says when to look again.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/
 */
import { type Controller, nothing } from '../../controller-runtime/controller.ts';

const SECRETS = 'core/secrets';
const NAMESPACE = 'kube-system';
const PREFIX = 'bootstrap-token-';

export const bootstrapTokenCleaner: Controller = {
  name: 'token-cleaner-controller',
  primary: SECRETS,
  watches: [],
  reconcile: ({ namespace, name }, { snapshot }) => {
    if (namespace !== NAMESPACE || !name.startsWith(PREFIX)) return nothing;
    const secret = snapshot.get(SECRETS, namespace, name);
    if (!secret || secret.metadata.deletionTimestamp) return nothing;
    return { changes: [], tasks: [{ task: 'expire-bootstrap-token', object: secret }] };
  },
};
