/**
 * Where the control plane of an end-to-end suite runs. `KEDGE_E2E_PLATFORM=workerd` (or `node`) has all of them run there alone: those that are written for
 * every platform, and those that name none.
 */
import { type ClusterPlatform, chosenPlatform } from '../harness/cluster.ts';

export type Platform = ClusterPlatform;

export const platforms: readonly Platform[] = chosenPlatform === undefined ? ['node', 'workerd'] : [chosenPlatform];
