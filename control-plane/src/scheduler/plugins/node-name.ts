/** A pod that names its node runs there or nowhere. */
import type { Plugin } from '../plugin.ts';

export const nodeName: Plugin = {
  name: 'NodeName',
  final: true,
  filter: ({ pod }, node) => (pod.spec.nodeName && pod.spec.nodeName !== node.name ? ["node(s) didn't match the requested node name"] : []),
};
