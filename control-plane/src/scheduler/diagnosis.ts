/** Why a pod fits nowhere, counted per reason and worded as kube-scheduler words it. */

export interface Diagnosis {
  /** Nodes looked at. */
  readonly nodes: number;
  /** Texts with counts. */
  readonly reasons: ReadonlyMap<string, number>;
  /** The pod cannot run anywhere now, whatever nodes there are. */
  readonly rejected?: string;
  /** Plugins that refused, for what may wake the pod. */
  readonly plugins: ReadonlySet<string>;
}

export const counted = (reasons: ReadonlyMap<string, number>): string =>
  [...reasons]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');

export const available = (nodes: number, reasons: ReadonlyMap<string, number>): string =>
  `0/${nodes} nodes are available: ${counted(reasons)}.`;

/** `preemption` is what became of it, '' when room is being made. */
export const explain = ({ nodes, reasons, rejected }: Diagnosis, preemption: string): string => {
  if (nodes === 0) return 'no nodes available to schedule pods';
  const why = rejected === undefined ? available(nodes, reasons) : `0/${nodes} nodes are available: ${rejected}.`;
  return preemption ? `${why} preemption: ${preemption}` : why;
};
