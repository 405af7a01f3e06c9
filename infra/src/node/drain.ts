/**
 * Empties a node as `kubectl drain` does: no new pods, then evictions that ask the disruption budgets, again and again until none is left. Pods of DaemonSets stay.
 * Who gives up opens the node again, if it was open. Works with the admin's credential and with the node's own.
 */
import { type Api, Refused } from '../backup/api.ts';
import { PersonError } from '../person-error.ts';

export interface DrainInput {
  readonly api: Api;
  readonly node: string;
  readonly timeoutMs: number;
  /** Also pods that nobody makes anew, at the end those that budgets keep, and without a wait those that their node no longer ends. */
  readonly force: boolean;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly print: (line: string) => void;
}

const pauseMs = 1_000;

const nameOf = ({ metadata }: any): string => `${metadata.namespace}/${metadata.name}`;
const controllerOf = ({ metadata }: any): any => (metadata.ownerReferences ?? []).find((owner: any) => owner.controller);
const isOver = ({ status }: any): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Its time to end is over (a deletionTimestamp has the grace in it): its node does not end it, for it is gone. */
const overdueMs = 5_000;
const isOverdue = ({ metadata }: any, nowMs: number): boolean => Date.parse(metadata.deletionTimestamp ?? '') + overdueMs < nowMs;

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

/** Closes a node to new pods. Returns what opens it again, unless somebody else had closed it before; that one never throws, and says what came of it. */
const closed = async ({ api, node, print }: DrainInput): Promise<() => Promise<void>> => {
  const path = `/api/v1/nodes/${node}`;
  const { spec } = await api.call('GET', path);
  if (spec?.unschedulable) return async () => {};
  const mark = (unschedulable: true | null) => api.call('PATCH', path, { spec: { unschedulable } }, 'application/merge-patch+json');
  await mark(true);
  return async () => {
    try {
      await mark(null);
      print(`Node ${node} takes new pods again`);
    } catch (error) {
      print(`Node ${node} still takes no new pods, until \`kubectl uncordon ${node}\`: ${(error as Error).message}`);
    }
  };
};

/** Resolves when no pod is left that must go, and then to what opens the node again. A drain that gives up has opened it. @throws PersonError that names the pods in the way */
export const drain = async (input: DrainInput): Promise<() => Promise<void>> => {
  const reopen = await closed(input);
  try {
    await evictAll(input);
    return reopen;
  } catch (error) {
    await reopen();
    throw error;
  }
};

const evictAll = async ({ api, node, timeoutMs, force, now, sleep, print }: DrainInput): Promise<void> => {
  const deadline = now() + timeoutMs;
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
    if (force && leaving.every((pod) => isOverdue(pod, now()))) return;
    if (now() >= deadline) {
      if (force) return;
      const names = blocked.length > 0 ? blocked.join('; ') : leaving.map(nameOf).join(', ');
      throw new PersonError(`Still there after ${Math.round(timeoutMs / 1000)} s: ${names}. Wait longer with --timeout, or say --force.`);
    }
    await sleep(pauseMs);
  }
};
