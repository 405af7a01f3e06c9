/**
 * Pods that run on although the control plane does not name them: it came back with another past (restored, emptied, copied back), and only a person can
 * say whether they are still wanted. The Node's condition names them; the annotation lets go of them. Pure.
 */
import type { KubeObject } from '#schema/resource.ts';
import { type ViewKey, viewKey } from '#schema/sync/protocol.ts';

/**
 * On the own Node. `TOKEN`: every kept pod ends; `TOKEN:ns/name,ns/name`: these. The token belongs to one incarnation of the control plane, so that what
 * was let go of once does not end pods after the next restore.
 */
export const LET_GO = 'kedge.dev/let-go';
const CONDITION = 'kedge.dev/PodsKept';
/** Names in the condition; a node may run hundreds. */
const MAX_NAMES = 20;

export interface PodName {
  readonly namespace: string;
  readonly name: string;
}

export interface KeptPodsCondition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

export const letGoToken = (incarnation: string): string => incarnation.slice(0, 8);

/** Whether a person let go of a kept pod. */
export const letGo = (node: KubeObject | undefined, incarnation: string): ((pod: PodName) => boolean) => {
  const [token = '', ...rest] = (node?.metadata.annotations?.[LET_GO] ?? '').split(':');
  if (token === '' || token !== letGoToken(incarnation)) return () => false;
  if (rest.length === 0) return () => true;
  const names = new Set(
    rest
      .join(':')
      .split(',')
      .map((name) => name.trim()),
  );
  return ({ namespace, name }) => names.has(`${namespace}/${name}`);
};

export interface KeptView {
  readonly incarnation: string;
  /** The control plane sent a view in this process's life. */
  readonly connected: boolean;
  readonly complete: boolean;
  get(key: ViewKey): KubeObject | undefined;
}

/** Absent while there is nothing to tell and nothing was told before. */
export const keptPodsCondition = (view: KeptView, node: string, kept: readonly PodName[]): KeptPodsCondition | undefined => {
  const own = view.get(viewKey('core/nodes', undefined, node));
  const told = (own?.status?.conditions as { type: string }[] | undefined)?.some(({ type }) => type === CONDITION) ?? false;
  if (kept.length > 0) {
    const names = kept.map(({ namespace, name }) => `${namespace}/${name}`).sort();
    const shown = names.slice(0, MAX_NAMES).join(', ') + (names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '');
    const command = `kubectl annotate node ${node} --overwrite ${LET_GO}=${letGoToken(view.incarnation)}`;
    return {
      type: CONDITION,
      status: 'True',
      reason: 'UnknownToControlPlane',
      message: `the control plane has another past than this node and does not know these pods, which run on: ${shown}. To end them: ${command}; to end only some: ${command}:NAMESPACE/NAME,...`,
    };
  }
  if (view.connected && !view.complete) {
    const message = 'the control plane cannot say everything this node shall run (its log says why): no pod is ended meanwhile';
    return { type: CONDITION, status: 'True', reason: 'ViewNotComplete', message };
  }
  return told
    ? { type: CONDITION, status: 'False', reason: 'NothingKept', message: 'the control plane knows every pod of this node' }
    : undefined;
};
