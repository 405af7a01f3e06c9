/** What a write hears that a guard of the store refused. */
import type { KubeObject, ResourceDefinition } from '#schema/resource.ts';
import { namespaceKey, namespaceRefusal } from '../admission/namespace-lifecycle.ts';
import { exceededMessage } from '../admission/quota/quotas.ts';
import { quotaList } from '../admission/quota/resource-quota.ts';
import { type ApiError, conflict, forbidden, staleObject } from '../apiserver/errors.ts';
import type { ExceededLimit, ObjectKey, Store, StoredObject } from '../store/store.ts';

export interface Reader {
  readonly store: Pick<Store, 'get' | 'list'>;
  readonly open: (stored: StoredObject) => Promise<KubeObject>;
}

/** What many refused writes of one commit ask is read once. */
export const readOnce = ({ store, open }: Reader): Reader => {
  const asked = new Map<string, Promise<unknown>>();
  const once = <T>(question: unknown, ask: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(question);
    const answer = (asked.get(text) as Promise<T> | undefined) ?? ask();
    asked.set(text, answer);
    return answer;
  };
  return {
    open,
    store: { get: (key) => once(['get', key], () => store.get(key)), list: (query) => once(['list', query], () => store.list(query)) },
  };
};

/** In the words of the first quota that was passed. */
export const exceededError = async (
  { store, open }: Reader,
  definition: ResourceDefinition,
  key: ObjectKey,
  exceeded: readonly ExceededLimit[],
): Promise<ApiError> => {
  const { items } = await store.list(quotaList(key.namespace));
  return forbidden(definition, key.name, exceededMessage(await Promise.all(items.map(open)), exceeded));
};

const why: Readonly<Record<string, string>> = {
  ownerUid: 'its owner is gone or being deleted',
  namespaceEmpty: 'the namespace is not empty',
  noDependents: 'other objects still depend on it',
  ownersGone: 'one of its owners still exists',
};

/** Undefined when what was missing is there by now, so that another round may do. */
export const guardError = async (
  { store, open }: Reader,
  definition: ResourceDefinition,
  key: ObjectKey,
  guard: string,
): Promise<ApiError | undefined> => {
  if (guard !== 'namespaceAlive') return conflict(definition, key.name, why[guard] ?? staleObject);
  const stored = await store.get(namespaceKey(key.namespace));
  return namespaceRefusal(definition, key.name, key.namespace, stored && (await open(stored)));
};
