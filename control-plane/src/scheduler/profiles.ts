/** Schedulers by the name pods ask for in spec.schedulerName: the same plugins, another preference among the nodes that fit. */
import type { WeightedPlugin } from './plugin.ts';
import { mostAllocated, requestedToCapacityRatio } from './plugins/scoring-strategy.ts';
import { pluginsWith } from './plugins.ts';

export const DEFAULT_SCHEDULER = 'default-scheduler';

export const profiles: ReadonlyMap<string, readonly WeightedPlugin[]> = new Map([
  [DEFAULT_SCHEDULER, pluginsWith()],
  // the fullest node that still fits: fewer nodes in use
  ['bin-packing-scheduler', pluginsWith(mostAllocated)],
  // fills nodes up to four fifths, then prefers others
  [
    'capacity-ratio-scheduler',
    pluginsWith(
      requestedToCapacityRatio([
        { utilization: 0, score: 0 },
        { utilization: 80, score: 10 },
        { utilization: 100, score: 5 },
      ]),
    ),
  ],
]);
