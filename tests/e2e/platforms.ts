/** Where the control plane of an end-to-end suite runs. */
import type { ClusterOptions } from '../harness/cluster.ts';

export type Platform = NonNullable<ClusterOptions['platform']>;

export const platforms: readonly Platform[] = ['node', 'workerd'];
