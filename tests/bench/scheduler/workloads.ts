/**
 * kube-scheduler's public performance workloads (scheduler_perf), by name and size, with the pods per second upstream demands of itself. Each puts
 * its nodes and first pods in place, then the measured pods are made and scheduled.
 */
import { type NodeOptions, type Template, templates } from './templates.ts';

export interface Group {
  readonly template: Template;
  readonly count: number;
  readonly namespace?: string;
}

export interface Workload {
  readonly name: string;
  readonly nodes: number;
  readonly node?: (index: number) => NodeOptions;
  readonly namespaces?: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  /** In place before the clock runs. */
  readonly before: readonly Group[];
  /** Never fits; there all the time. */
  readonly waiting?: Group;
  readonly measured: Group;
  /** Pods per second. */
  readonly threshold: number;
}

const t = templates;
const zone1 = (): NodeOptions => ({ zone: 'zone1' });
const moons = (i: number): NodeOptions => ({ zone: `moon-${(i % 3) + 1}` });
const inNamespace = (template: Template, count: number, namespace?: string): Group => ({
  template,
  count,
  ...(namespace ? { namespace } : {}),
});

const teams = Array.from({ length: 100 }, (_, i) => ({ name: `init-ns-${i}`, labels: { team: 'devops' } }));

export const workloads: readonly Workload[] = [
  {
    name: 'SchedulingBasic/5000Nodes_10000Pods',
    nodes: 5000,
    before: [inNamespace(t.default, 1000)],
    measured: inNamespace(t.default, 10_000),
    threshold: 680,
  },
  {
    name: 'SchedulingBasic/5000Nodes_50000Pods',
    nodes: 5000,
    before: [inNamespace(t.default, 5000)],
    measured: inNamespace(t.default, 50_000),
    threshold: 810,
  },
  {
    name: 'SchedulingNodeAffinity/5000Nodes_10000Pods',
    nodes: 5000,
    node: zone1,
    before: [inNamespace(t.nodeAffinity, 5000, 'sched-0')],
    measured: inNamespace(t.nodeAffinity, 10_000),
    threshold: 220,
  },
  {
    name: 'SchedulingPodAffinity/5000Nodes_5000Pods',
    nodes: 5000,
    node: zone1,
    before: [inNamespace(t.affinity, 5000, 'sched-0')],
    measured: inNamespace(t.affinity, 5000),
    threshold: 35,
  },
  {
    name: 'SchedulingPodAntiAffinity/5000Nodes_2000Pods',
    nodes: 5000,
    before: [inNamespace(t.antiAffinity, 1000, 'sched-0')],
    measured: inNamespace(t.antiAffinity, 2000),
    threshold: 60,
  },
  {
    name: 'SchedulingPreferredPodAffinity/5000Nodes_5000Pods',
    nodes: 5000,
    before: [inNamespace(t.preferredAffinity, 5000, 'sched-0')],
    measured: inNamespace(t.preferredAffinity, 5000),
    threshold: 90,
  },
  {
    name: 'SchedulingPreferredPodAntiAffinity/5000Nodes_5000Pods',
    nodes: 5000,
    before: [inNamespace(t.preferredAntiAffinity, 5000, 'sched-0')],
    measured: inNamespace(t.preferredAntiAffinity, 5000),
    threshold: 90,
  },
  {
    name: 'TopologySpreading/5000Nodes_5000Pods',
    nodes: 5000,
    node: moons,
    before: [inNamespace(t.default, 5000, 'sched-0')],
    measured: inNamespace(t.spread, 5000),
    threshold: 460,
  },
  {
    name: 'PreferredTopologySpreading/5000Nodes_5000Pods',
    nodes: 5000,
    node: moons,
    before: [inNamespace(t.default, 5000, 'sched-0')],
    measured: inNamespace(t.preferredSpread, 5000),
    threshold: 340,
  },
  {
    name: 'MixedSchedulingBasePod/5000Nodes_5000Pods',
    nodes: 5000,
    node: zone1,
    before: [
      inNamespace(t.default, 2000, 'sched-0'),
      inNamespace(t.affinity, 2000, 'sched-0'),
      inNamespace(t.antiAffinity, 2000, 'sched-0'),
      inNamespace(t.preferredAffinity, 2000, 'sched-0'),
      inNamespace(t.preferredAntiAffinity, 2000, 'sched-0'),
    ],
    measured: inNamespace(t.default, 5000),
    threshold: 140,
  },
  {
    name: 'PreemptionAsync/5000Nodes',
    nodes: 5000,
    before: [inNamespace(t.lowPriority, 20_000)],
    measured: inNamespace(t.highPriority, 5000),
    threshold: 570,
  },
  {
    name: 'Unschedulable/5kNodes_10kPods',
    nodes: 5000,
    before: [],
    waiting: inNamespace(t.large, 200),
    measured: inNamespace(t.default, 10_000),
    threshold: 590,
  },
  {
    name: 'SchedulingDaemonset/15000Nodes',
    nodes: 15_001,
    node: (i) => (i === 0 ? { name: 'scheduler-perf-node', pods: 90_000 } : {}),
    before: [],
    measured: inNamespace(t.daemon, 30_000),
    threshold: 1100,
  },
  {
    name: 'SchedulingSecrets/5000Nodes_10000Pods',
    nodes: 5000,
    before: [inNamespace(t.secret, 5000)],
    measured: inNamespace(t.secret, 10_000),
    threshold: 790,
  },
  {
    name: 'SchedulingRequiredPodAntiAffinityWithNSSelector/5000Nodes_2000Pods',
    nodes: 6000,
    namespaces: [...teams, { name: 'measure-ns-0', labels: { team: 'devops' } }],
    before: teams.map(({ name }) => inNamespace(t.antiAffinityNamespaces, 40, name)),
    measured: inNamespace(t.antiAffinityNamespaces, 2000, 'measure-ns-0'),
    threshold: 24,
  },
];
