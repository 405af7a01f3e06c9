/** `/metrics` and `/metrics/resource` in Prometheus' text form, under the kubelet's names. Pure. */
import type { Reading } from './usage-readings.ts';

type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [Labels, number])[];
}

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelsText = (labels: Labels): string => {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length > 0 ? `{${parts.join(',')}}` : '';
};

const text = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(([labels, value]) => `${name}${labelsText(labels)} ${value}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');

export const resourceMetrics = ({ machine, pods, usage }: Reading): string => {
  const containers = pods.flatMap(({ namespace, name: pod, containers }) =>
    containers.flatMap(({ name: container, id, startedAtMs }) => {
      const used = usage.get(id);
      return used ? [{ labels: { container, namespace, pod }, used, startedAtMs }] : [];
    }),
  );
  const podLabels = pods.map(({ namespace, name: pod }) => ({ namespace, pod }));
  const ofPod = ({ namespace, pod }: (typeof podLabels)[number], of: 'cpuNanoseconds' | 'memoryBytes'): number =>
    containers.filter(({ labels }) => labels.namespace === namespace && labels.pod === pod).reduce((sum, { used }) => sum + used[of], 0);
  const seconds = (nanoseconds: number): number => nanoseconds / 1e9;
  return text([
    {
      name: 'container_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed by the container in core-seconds',
      samples: containers.map(({ labels, used }) => [labels, seconds(used.cpuNanoseconds)]),
    },
    {
      name: 'container_memory_working_set_bytes',
      type: 'gauge',
      help: 'Current working set of the container in bytes',
      samples: containers.map(({ labels, used }) => [labels, used.memoryBytes]),
    },
    {
      name: 'container_start_time_seconds',
      type: 'gauge',
      help: 'Start time of the container since unix epoch in seconds',
      samples: containers.map(({ labels, startedAtMs }) => [labels, startedAtMs / 1000]),
    },
    {
      name: 'node_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed by the node in core-seconds',
      samples: [[{}, seconds(machine.cpuNanoseconds)]],
    },
    {
      name: 'node_memory_working_set_bytes',
      type: 'gauge',
      help: 'Current working set of the node in bytes',
      samples: [[{}, machine.memoryBytes]],
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      type: 'counter',
      help: 'Cumulative cpu time consumed by the pod in core-seconds',
      samples: podLabels.map((labels) => [labels, seconds(ofPod(labels, 'cpuNanoseconds'))]),
    },
    {
      name: 'pod_memory_working_set_bytes',
      type: 'gauge',
      help: 'Current working set of the pod in bytes',
      samples: podLabels.map((labels) => [labels, ofPod(labels, 'memoryBytes')]),
    },
    {
      name: 'resource_scrape_error',
      type: 'gauge',
      help: '1 if there was an error while getting container metrics, 0 otherwise',
      samples: [[{}, 0]],
    },
  ]);
};

export interface AgentFigures {
  readonly nodeName: string;
  readonly gitVersion: string;
  readonly runningPods: number;
  readonly runningContainers: number;
  readonly desiredPods: number;
  /** Unix seconds. */
  readonly startedAt: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

export const agentMetrics = (figures: AgentFigures): string =>
  text([
    {
      name: 'kubelet_desired_pods',
      type: 'gauge',
      help: 'The number of pods the kubelet is being instructed to run.',
      samples: [[{}, figures.desiredPods]],
    },
    {
      name: 'kubelet_node_name',
      type: 'gauge',
      help: "The node's name. The count is always 1.",
      samples: [[{ node: figures.nodeName }, 1]],
    },
    {
      name: 'kubelet_running_containers',
      type: 'gauge',
      help: 'Number of containers currently running',
      samples: [[{ container_state: 'running' }, figures.runningContainers]],
    },
    {
      name: 'kubelet_running_pods',
      type: 'gauge',
      help: 'Number of pods that have a running pod sandbox',
      samples: [[{}, figures.runningPods]],
    },
    {
      name: 'kubernetes_build_info',
      type: 'gauge',
      help: 'A metric with a constant value of 1, labeled by the version that is reported.',
      samples: [[{ git_version: figures.gitVersion }, 1]],
    },
    {
      name: 'process_cpu_seconds_total',
      type: 'counter',
      help: 'Total user and system CPU time spent in seconds.',
      samples: [[{}, figures.cpuSeconds]],
    },
    {
      name: 'process_resident_memory_bytes',
      type: 'gauge',
      help: 'Resident memory size in bytes.',
      samples: [[{}, figures.residentBytes]],
    },
    {
      name: 'process_start_time_seconds',
      type: 'gauge',
      help: 'Start time of the process since unix epoch in seconds.',
      samples: [[{}, figures.startedAt]],
    },
  ]);
