/**
 * The Node object an agent registers and refreshes. Pure. Labels: the ones about the machine, never those that isolate workloads from a node.
 * A repeat that differs in heartbeat times alone changes nothing: liveness is the hub's business, an idle node writes nothing to the database.
 */

import { type ConditionLike, setCondition } from '#schema/meta/conditions.ts';
import type { KubeObject } from '#schema/resource.ts';

export interface NodeReport {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: Readonly<Record<string, unknown>>;
}

const agentDomains = ['kubernetes.io/hostname', 'kubernetes.io/os', 'kubernetes.io/arch'];
const agentPrefixes = ['node.kubernetes.io/', 'topology.kubernetes.io/', 'kubelet.kubernetes.io/', 'node.kedge.dev/'];

/** As the NodeRestriction admission: a node may label itself only with what describes it, and with labels outside Kubernetes' domains. */
const mayLabel = (key: string): boolean => {
  if (agentDomains.includes(key) || agentPrefixes.some((prefix) => key.startsWith(prefix))) return true;
  const domain = key.includes('/') ? key.slice(0, key.indexOf('/')) : '';
  return !/(^|\.)(kubernetes|k8s)\.io$/.test(domain);
};

const ownedFields = [
  'addresses',
  'capacity',
  'allocatable',
  'nodeInfo',
  'images',
  'daemonEndpoints',
  'volumesInUse',
  'runtimeHandlers',
  'features',
  'config',
] as const;

type NodeCondition = ConditionLike & { lastHeartbeatTime?: string };

const withoutHeartbeat = ({ lastHeartbeatTime: _, ...condition }: NodeCondition): ConditionLike => condition;

const labelsOf = (node: string, report: NodeReport): Record<string, string> => ({
  'kubernetes.io/hostname': node,
  ...Object.fromEntries(Object.entries(report.labels).filter(([key]) => mayLabel(key))),
});

/** What is created when the node is not there yet. */
export const newNode = (node: string, report: NodeReport, nowMs: number): KubeObject =>
  mergeNodeStatus(
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: node, labels: labelsOf(node, report), annotations: { ...report.annotations } },
      spec: {},
    },
    report,
    nowMs,
  );

/** Labels and annotations merged in; undefined when they are there already. */
export const mergeNodeMeta = (current: KubeObject, report: NodeReport): KubeObject | undefined => {
  const { metadata } = current;
  const labels = labelsOf(metadata.name ?? '', report);
  const has = (map: Readonly<Record<string, string>> | undefined, want: Readonly<Record<string, string>>): boolean =>
    Object.entries(want).every(([key, value]) => map?.[key] === value);
  if (has(metadata.labels, labels) && has(metadata.annotations, report.annotations)) return undefined;
  return {
    ...current,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...labels },
      annotations: { ...metadata.annotations, ...report.annotations },
    },
  };
};

/** Status fields and conditions merged in; equal to the argument when only heartbeats moved. */
export const mergeNodeStatus = (current: KubeObject, report: NodeReport, nowMs: number): KubeObject => {
  const status: Record<string, unknown> = { ...(current.status as object | undefined) };
  for (const field of ownedFields) if (report.status[field] !== undefined) status[field] = report.status[field];
  let conditions = (status.conditions ?? []) as NodeCondition[];
  for (const condition of (report.status.conditions ?? []) as NodeCondition[]) {
    const next = setCondition(conditions.map(withoutHeartbeat), withoutHeartbeat(condition), nowMs);
    const before = conditions.find((c) => c.type === condition.type);
    const after = next.find((c) => c.type === condition.type)!;
    if (before && JSON.stringify(sorted(withoutHeartbeat(before))) === JSON.stringify(sorted(after))) continue;
    const stamped = condition.lastHeartbeatTime ? { ...after, lastHeartbeatTime: condition.lastHeartbeatTime } : after;
    conditions = before ? conditions.map((c) => (c === before ? stamped : c)) : [...conditions, stamped];
  }
  if (conditions.length > 0) status.conditions = conditions;
  return { ...current, status };
};

const sorted = (condition: ConditionLike): [string, unknown][] => Object.entries(condition).sort(([a], [b]) => (a < b ? -1 : 1));
