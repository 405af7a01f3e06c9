/** What workloads with `replicas`, a label selector and a pod template have in common. */
import { formatSelector } from '../meta/columns.ts';
import type { LabelSelector } from '../meta/label-selector.ts';
import type { ScaleSpec } from '../resource.ts';

interface Scalable {
  spec: { replicas?: number; selector: LabelSelector };
  status?: { replicas?: number };
}

export const scaleOf = <T extends Scalable>(): ScaleSpec => ({
  replicas: (workload: T) => workload.spec.replicas ?? 1,
  setReplicas: (workload: T, replicas) => {
    workload.spec.replicas = replicas;
  },
  statusReplicas: (workload: T) => workload.status?.replicas ?? 0,
  selector: (workload: T) => formatSelector(workload.spec.selector).replace('<none>', ''),
});
