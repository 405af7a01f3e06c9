/** A pod that names its node runs there or nowhere. */
import type { Plugin } from '../plugin.ts';

export const nodeName: Plugin = {
  name: 'NodeName',
  node: {
    filter: ({ spec: { nodeName: wanted } }) =>
      wanted ? ({ name }) => (name === wanted ? undefined : "node(s) didn't match the requested node name") : undefined,
  },
  wakes: (pod, event) => event.kind === 'node' && event.previous === undefined && event.node.name === pod.class.shape.spec.nodeName,
};
