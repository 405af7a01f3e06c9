/** Nodes for a person: who is Ready since when, with which agent. Pure. */
import { fromNow } from '../duration.ts';
import { tableText } from '../table.ts';

export const nodesText = (nodes: readonly any[], nowMs: number): string => {
  if (nodes.length === 0) return 'There are no nodes: `kedge token create --join` prints the line that makes a machine one.';
  const rows = nodes.map(({ metadata, spec = {}, status = {} }) => {
    const ready = (status.conditions ?? []).find(({ type }: { type: string }) => type === 'Ready');
    const state = ready?.status === 'True' ? 'Ready' : ready?.status === 'False' ? 'NotReady' : 'Unknown';
    const address = (status.addresses ?? []).find(({ type }: { type: string }) => type === 'InternalIP')?.address ?? '';
    return [
      metadata.name,
      `${state}${spec.unschedulable ? ',drained' : ''}`,
      ready?.lastTransitionTime ? fromNow(Date.parse(ready.lastTransitionTime), nowMs) : '',
      status.nodeInfo?.kubeletVersion ?? '',
      address,
      state === 'Ready' ? '' : (ready?.message ?? ''),
    ];
  });
  return tableText(['NODE', 'STATE', 'SINCE', 'AGENT', 'ADDRESS', 'MESSAGE'], rows);
};
