/** What the worker can be told to do for a pod. An action under way is not started again: its key says which one it is. */

import type { KernelSizes } from './kernel-sizes.ts';

export type PodAction =
  | { readonly type: 'prepareVolumes' }
  | { readonly type: 'createSandbox'; readonly attempt: number }
  | { readonly type: 'removeSandbox'; readonly id: string }
  | { readonly type: 'createContainer'; readonly container: string; readonly attempt: number; readonly sandboxId: string }
  | { readonly type: 'startContainer'; readonly container: string; readonly id: string }
  | {
      readonly type: 'stopContainer';
      readonly container: string;
      readonly id: string;
      readonly graceSeconds: number;
      /** Text of the Killing event. */
      readonly message: string;
      /** It is to come back with other sizes. */
      readonly forResize?: boolean;
    }
  | { readonly type: 'resizeContainer'; readonly container: string; readonly id: string; readonly sizes: KernelSizes }
  | { readonly type: 'removeContainer'; readonly container: string; readonly id: string }
  | { readonly type: 'drain' }
  /** Removes the pod's directory and volumes. */
  | { readonly type: 'cleanUp' }
  | { readonly type: 'reportGone' };

export const keyOf = (action: PodAction): string => {
  if (action.type === 'createContainer') return `create:${action.container}`;
  if (action.type === 'stopContainer') return `stop:${action.id}`;
  if ('id' in action) return `${action.type}:${action.id}`;
  return action.type;
};

export const describe = (action: PodAction): string => {
  switch (action.type) {
    case 'createSandbox':
      return `create sandbox (attempt ${action.attempt})`;
    case 'createContainer':
      return `create container ${action.container} (attempt ${action.attempt})`;
    case 'startContainer':
      return `start container ${action.container}`;
    case 'stopContainer':
      return `stop container ${action.container} within ${action.graceSeconds}s: ${action.message}`;
    case 'resizeContainer': {
      const { cpuShares, cpuQuotaMicros, memoryLimitBytes } = action.sizes;
      const limits = `${cpuQuotaMicros ? `, quota ${cpuQuotaMicros}` : ''}${memoryLimitBytes ? `, memory ${memoryLimitBytes}` : ''}`;
      return `resize container ${action.container}: shares ${cpuShares}${limits}`;
    }
    case 'removeContainer':
      return `remove container ${action.container} ${action.id.slice(0, 12)}`;
    case 'removeSandbox':
      return `remove sandbox ${action.id.slice(0, 12)}`;
    case 'prepareVolumes':
      return 'prepare volumes';
    case 'drain':
      return 'take the pod out of the service proxy';
    case 'cleanUp':
      return "remove the pod's directory";
    case 'reportGone':
      return 'report the pod as gone';
  }
};
