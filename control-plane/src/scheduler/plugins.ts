/** The scheduler's plugins: filters run in this order and stop at the first refusal of a node, scores are added with these weights. */
import type { Plugin } from './plugin.ts';
import { balancedAllocation } from './plugins/balanced-allocation.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { spread } from './plugins/spread.ts';
import { taintToleration } from './plugins/taint-toleration.ts';

export interface WeightedPlugin {
  readonly plugin: Plugin;
  /** Of its score; 0 for plugins that only filter. */
  readonly weight: number;
}

export const plugins: readonly WeightedPlugin[] = [
  { plugin: nodeUnschedulable, weight: 0 },
  { plugin: nodeName, weight: 0 },
  { plugin: taintToleration, weight: 3 },
  { plugin: nodeAffinity, weight: 2 },
  { plugin: nodePorts, weight: 0 },
  { plugin: nodeResourcesFit, weight: 1 },
  { plugin: balancedAllocation, weight: 1 },
  { plugin: spread, weight: 2 },
];
