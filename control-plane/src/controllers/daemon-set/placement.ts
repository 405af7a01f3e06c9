/** Which nodes shall have a daemon pod, and which may keep the one they have. */
import type { DaemonSet } from '#schema/apps/daemon-set.ts';
import type { NodeSelectorTerm } from '#schema/core/affinity.ts';
import type { Node } from '#schema/core/node.ts';
import type { Toleration } from '#schema/core/placement.ts';
import type { PodSpec } from '#schema/core/pod-spec.ts';
import { matchesRequiredNodes } from '../../scheduler/plugins/node-affinity.ts';
import { toleratesTaint } from '../../scheduler/plugins/tolerations.ts';

const everywhere = (effect: string, ...keys: string[]): Toleration[] =>
  keys.map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect }));

/** What every daemon pod bears, as it has to run before a node is of use to others. */
const daemonTolerations: readonly Toleration[] = [
  ...everywhere('NoExecute', 'not-ready', 'unreachable'),
  ...everywhere('NoSchedule', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'),
];

const tolerationsOf = (spec: PodSpec): Toleration[] => {
  const own = spec.tolerations ?? [];
  const added = [...daemonTolerations, ...(spec.hostNetwork ? everywhere('NoSchedule', 'network-unavailable') : [])];
  const missing = added.filter(({ key, effect }) => !own.some((t) => t.key === key && t.effect === effect && t.operator === 'Exists'));
  return [...own, ...missing];
};

export interface Placement {
  readonly shouldRun: boolean;
  readonly mayStay: boolean;
}

export const placementOn = (set: DaemonSet, node: Node): Placement => {
  const spec = set.spec.template.spec ?? { containers: [] };
  const { name = '' } = node.metadata;
  if (spec.nodeName && spec.nodeName !== name) return { shouldRun: false, mayStay: false };
  if (!matchesRequiredNodes(spec, name, node.metadata.labels ?? {})) return { shouldRun: false, mayStay: false };
  const tolerations = tolerationsOf(spec);
  const repelled = (node.spec?.taints ?? []).filter((taint) => !toleratesTaint(tolerations, taint));
  return {
    shouldRun: !repelled.some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute'),
    mayStay: !repelled.some(({ effect }) => effect === 'NoExecute'),
  };
};

/** The pod's spec for one node: the scheduler binds it there and nowhere else. */
export const specFor = (spec: PodSpec, node: string): PodSpec => {
  const onNode: NodeSelectorTerm = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] };
  const nodeAffinity = spec.affinity?.nodeAffinity;
  const terms = nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  // terms are alternatives: the node's name goes into each of them
  const nodeSelectorTerms = terms.length === 0 ? [onNode] : terms.map((term) => ({ ...term, ...onNode }));
  return {
    ...spec,
    affinity: {
      ...spec.affinity,
      nodeAffinity: { ...nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } },
    },
    tolerations: tolerationsOf(spec),
  };
};

/** The node a daemon pod is bound to or meant for. */
export const nodeOf = (spec: PodSpec): string => {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields = [] } of terms) {
    const field = matchFields.find(({ key, operator, values }) => key === 'metadata.name' && operator === 'In' && values?.length === 1);
    if (field) return field.values![0]!;
  }
  return '';
};
