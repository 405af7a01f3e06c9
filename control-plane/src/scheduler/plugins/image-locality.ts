/** Nodes that have the pod's images score higher, by size, and the less the rarer an image is: so that one node does not draw all pods. */
import { MAX_SCORE, type Plugin } from '../plugin.ts';

const MIB = 1024 * 1024;
const LEAST_BYTES = 23 * MIB;
const MOST_BYTES_PER_CONTAINER = 1000 * MIB;

export const imageLocality: Plugin = {
  name: 'ImageLocality',
  cluster: {
    score: ({ class: { shape } }, { images, nodes }) => {
      const present = shape.images.flatMap((name) => images.get(name) ?? []);
      if (present.length === 0) return undefined;
      const most = MOST_BYTES_PER_CONTAINER * shape.images.length;
      return {
        at: (slot) => {
          let bytes = 0;
          for (const { sizeBytes, slots } of present) if (slots.has(slot)) bytes += Math.floor((sizeBytes * slots.size) / nodes.count);
          const between = Math.min(Math.max(bytes, LEAST_BYTES), most);
          return Math.floor((MAX_SCORE * (between - LEAST_BYTES)) / (most - LEAST_BYTES));
        },
        normalize: () => undefined,
      };
    },
  },
};
