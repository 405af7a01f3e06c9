/** Two pods of a node cannot hold one host port, nor can one that is promised the node; the address 0.0.0.0 means all. */
import type { Plugin } from '../plugin.ts';
import type { HostPort } from '../state/pod-class.ts';
import type { PodInfo } from '../state/pod-info.ts';

const ANY = '0.0.0.0';

const clash = (wanted: readonly HostPort[], held: readonly HostPort[]): boolean =>
  wanted.some((a) => held.some((b) => a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === ANY || b.ip === ANY)));

const clashes = (wanted: readonly HostPort[], pods: Iterable<PodInfo>): boolean => {
  for (const { class: other } of pods) if (other.shape.hostPorts.length > 0 && clash(wanted, other.shape.hostPorts)) return true;
  return false;
};

const REASON = ["node(s) didn't have free ports for the requested pod ports"];

export const nodePorts: Plugin = {
  name: 'NodePorts',
  usage: {
    filter: ({ hostPorts, priority }, view) => {
      if (hostPorts.length === 0) return undefined;
      return {
        at: (slot) => {
          if (clashes(hostPorts, view.podsOn(view.nodes.infos[slot]!.name).values())) return 1;
          return clashes(hostPorts, view.nominations.before({ uid: view.except, priority }, slot)) ? 1 : 0;
        },
        reasons: () => REASON,
      };
    },
  },
  wakes: ({ class: { shape } }, event) =>
    (event.kind === 'gone' && clash(shape.hostPorts, event.pod.class.shape.hostPorts)) || (event.kind === 'node' && !event.previous),
};
