/**
 * Empties a node as `kubectl drain` does: no new pods, then evictions that ask the disruption budgets, again and again until none is left. Pods of DaemonSets stay.
 * Works with the admin's credential and with the node's own.
 */
import { type Api, Refused } from '../backup/api.ts';
import { PersonError } from '../person-error.ts';

export interface DrainInput {
  readonly api: Api;
  readonly node: string;
  readonly timeoutMs: number;
  /** Also pods that nobody makes anew, and at the end those that budgets keep. */
  readonly force: boolean;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly print: (line: string) => void;
}

const pauseMs = 1_000;

const nameOf = ({ metadata }: any): string => `${metadata.namespace}/${metadata.name}`;
const controllerOf = ({ metadata }: any): any => (metadata.ownerReferences ?? []).find((owner: any) => owner.controller);
const isOver = ({ status }: any): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Why it is still there; undefined: it is on its way. */
const evict = async (api: Api, pod: any): Promise<string | undefined> => {
  const { name, namespace, uid } = pod.metadata;
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions: { preconditions: { uid } } };
  try {
    await api.call('POST', `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, body);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (error.code === 429) return error.message;
    if (error.code !== 404 && error.code !== 409) throw error;
  }
  return undefined;
};

/** Resolves when no pod is left that must go. @throws PersonError that names the pods in the way */
export const drain = async ({ api, node, timeoutMs, force, now, sleep, print }: DrainInput): Promise<void> => {
  const deadline = now() + timeoutMs;
  await api.call('PATCH', `/api/v1/nodes/${node}`, { spec: { unschedulable: true } }, 'application/merge-patch+json');
  let said = '';
  for (;;) {
    const { items } = await api.call('GET', `/api/v1/pods?fieldSelector=${encodeURIComponent(`spec.nodeName=${node}`)}`);
    const leaving = (items as any[]).filter((pod) => controllerOf(pod)?.kind !== 'DaemonSet' && !isOver(pod));
    if (leaving.length === 0) return;
    const alone = leaving.filter((pod) => !controllerOf(pod) && !pod.metadata.deletionTimestamp);
    if (alone.length > 0 && !force)
      throw new PersonError(`Nobody makes these pods anew elsewhere: ${alone.map(nameOf).join(', ')}. Delete them, or say --force.`);
    const blocked: string[] = [];
    for (const pod of leaving) {
      const why = pod.metadata.deletionTimestamp ? undefined : await evict(api, pod);
      if (why) blocked.push(`${nameOf(pod)}: ${why}`);
    }
    const line = `${leaving.length} pod${leaving.length === 1 ? '' : 's'} left${blocked.length > 0 ? `; a budget keeps ${blocked[0]}` : ''}`;
    if (line !== said) print(line);
    said = line;
    if (now() >= deadline) {
      if (force) return;
      const names = blocked.length > 0 ? blocked.join('; ') : leaving.map(nameOf).join(', ');
      throw new PersonError(`Still there after ${Math.round(timeoutMs / 1000)} s: ${names}. Wait longer with --timeout, or say --force.`);
    }
    await sleep(pauseMs);
  }
};
