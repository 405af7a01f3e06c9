/** Pure: samples joined with the objects they are about. A pod that is gone, or another of the same name, is left out. */
import { type MetricsMessage, type ViewKey, viewKey } from '#schema/sync/protocol.ts';
import type { Snapshot } from '../controller-runtime/snapshot.ts';

export interface NodeSample {
  readonly node: string;
  readonly sample: MetricsMessage;
}

/** What the hub answers: only pods that exist under the uid that was measured. */
export interface Measurements {
  readonly samples: readonly NodeSample[];
  /** By view key of each node and pod: its labels. */
  readonly labels: Readonly<Record<ViewKey, Readonly<Record<string, string>>>>;
}

export const measurementsOf = (samples: readonly NodeSample[], snapshot: Pick<Snapshot, 'get'>): Measurements => {
  const labels: Record<string, Readonly<Record<string, string>>> = {};
  const known = samples.flatMap((of): NodeSample[] => {
    const node = snapshot.get('core/nodes', '', of.node);
    if (!node) return [];
    labels[viewKey('core/nodes', undefined, of.node)] = node.metadata.labels ?? {};
    const pods = of.sample.pods.filter(({ namespace, name, uid }) => {
      const pod = snapshot.get('core/pods', namespace, name);
      if (pod?.metadata.uid !== uid) return false;
      labels[viewKey('core/pods', namespace, name)] = pod.metadata.labels ?? {};
      return true;
    });
    return [{ node: of.node, sample: { ...of.sample, pods } }];
  });
  return { samples: known, labels };
};
