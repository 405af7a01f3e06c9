/** Pods: the store can select them by node. */
import type { Strategy } from '../strategy.ts';

export const pods: Strategy = {
  resource: 'core/pods',
  node: (pod) => pod.spec?.nodeName ?? '',
};
