/** Two pods of a node cannot hold one host port; the address 0.0.0.0 means all. */
import type { Plugin } from '../plugin.ts';

const ANY = '0.0.0.0';

export const nodePorts: Plugin = {
  name: 'NodePorts',
  filter: ({ hostPorts }, node) => {
    if (hostPorts.length === 0) return [];
    const taken = hostPorts.some((wanted) =>
      node.hostPorts.some(
        (held) =>
          held.port === wanted.port && held.protocol === wanted.protocol && (held.ip === wanted.ip || held.ip === ANY || wanted.ip === ANY),
      ),
    );
    return taken ? ["node(s) didn't have free ports for the requested pod ports"] : [];
  },
};
