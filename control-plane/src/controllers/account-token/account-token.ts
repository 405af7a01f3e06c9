/**
 * Account tokens: Secrets of type kubernetes.io/service-account-token get their token, and go with their ServiceAccount. Type and token are sealed; the
 * account's name and uid are annotations, so what a task must look at is told from the metadata.
 * @see https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
 */
import { type Controller, nothing } from '../../controller-runtime/controller.ts';
import type { Snapshot } from '../../controller-runtime/snapshot.ts';

const SECRETS = 'core/secrets';
const ACCOUNTS = 'core/serviceaccounts';
const NAME = 'kubernetes.io/service-account.name';
const UID = 'kubernetes.io/service-account.uid';

/** Secrets that name the account. The namespace's Secrets are read only when an account comes or goes. */
const secretsOf = (snapshot: Snapshot, namespace: string, account: string) =>
  snapshot
    .inNamespace(SECRETS, namespace)
    .filter(({ metadata }) => metadata.annotations?.[NAME] === account)
    .map(({ metadata }) => ({ namespace, name: metadata.name ?? '' }));

export const accountToken: Controller = {
  name: 'serviceaccount-token-controller',
  primary: SECRETS,
  watches: [
    {
      resource: ACCOUNTS,
      keys: ({ metadata: { namespace = '', name = '', uid } }, previous, snapshot) => {
        const gone = !snapshot.get(ACCOUNTS, namespace, name);
        return gone || previous?.metadata.uid !== uid ? secretsOf(snapshot, namespace, name) : [];
      },
    },
  ],
  reconcile: ({ namespace, name }, { snapshot }) => {
    const secret = snapshot.get(SECRETS, namespace, name);
    const accountName = secret?.metadata.annotations?.[NAME];
    if (!secret || !accountName || secret.metadata.deletionTimestamp) return nothing;
    const account = snapshot.get(ACCOUNTS, namespace, accountName);
    const uid = secret.metadata.annotations?.[UID];
    if (!account || (uid && uid !== account.metadata.uid))
      return { changes: [], tasks: [{ task: 'remove-account-token', object: secret }] };
    return { changes: [], tasks: [{ task: 'fill-account-token', object: secret }] };
  },
};
