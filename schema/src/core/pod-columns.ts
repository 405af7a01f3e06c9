/**
 * How kubectl shows a pod. The status cell is the most read text of Kubernetes: it names the most telling reason, not the phase.
 */
import { ageColumn, nameColumn, text, wideText } from '../meta/columns.ts';
import { isConditionTrue } from '../meta/conditions.ts';
import { parseTime } from '../meta/time.ts';
import type { Ago, Column } from '../resource.ts';
import type { ContainerStatus } from './container-status.ts';
import type { Pod } from './pod.ts';

export interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** When the latest container that ended did so; NaN when none did. */
  readonly lastRestartMs: number;
}

const isSidecar = (container: { restartPolicy?: string } | undefined): boolean => container?.restartPolicy === 'Always';

const terminatedReason = (terminated: { reason?: string; signal?: number; exitCode: number }): string =>
  terminated.reason || (terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`);

const lastEnd = (status: ContainerStatus): number => parseTime(status.lastState?.terminated?.finishedAt ?? '');
const later = (a: number, b: number): number => (Number.isNaN(a) || b > a ? b : a);

/** Counts restarts of a group of containers and the latest of their ends. */
const restartsOf = (statuses: readonly ContainerStatus[]): { restarts: number; lastRestartMs: number } => ({
  restarts: statuses.reduce((sum, s) => sum + (s.restartCount ?? 0), 0),
  lastRestartMs: statuses.reduce((latest, s) => later(latest, lastEnd(s)), Number.NaN),
});

interface InitView {
  /** Set while init containers are still at work. */
  readonly reason?: string;
  readonly ready: number;
  readonly seen: readonly ContainerStatus[];
}

const viewInit = (pod: Pod): InitView => {
  const specs = pod.spec.initContainers ?? [];
  const seen: ContainerStatus[] = [];
  let ready = 0;
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    seen.push(status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (isSidecar(specs.find((c) => c.name === status.name)) && status.started) {
      if (status.ready) ready++;
      continue;
    }
    const reason = terminated
      ? `Init:${terminatedReason(terminated)}`
      : waiting?.reason && waiting.reason !== 'PodInitializing'
        ? `Init:${waiting.reason}`
        : `Init:${index}/${specs.length}`;
    return { reason, ready, seen };
  }
  return { ready, seen };
};

/** What `kubectl get pods` says of the pod. */
export const summarizePod = (pod: Pod): PodSummary => {
  const status = pod.status ?? {};
  const specs = pod.spec.initContainers ?? [];
  const gated = (status.conditions ?? []).some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated');
  let reason = gated ? 'SchedulingGated' : status.reason || status.phase || '';

  const init = viewInit(pod);
  let { ready } = init;
  let counted = init.seen;
  if (init.reason !== undefined) reason = init.reason;
  if (init.reason === undefined || isConditionTrue(status.conditions, 'Initialized')) {
    const statuses = status.containerStatuses ?? [];
    counted = [...init.seen.filter((s) => isSidecar(specs.find((c) => c.name === s.name))), ...statuses];
    let running = false;
    for (const container of [...statuses].reverse()) {
      const { waiting, terminated, running: runs } = container.state ?? {};
      if (waiting?.reason) reason = waiting.reason;
      else if (terminated) reason = terminatedReason(terminated);
      else if (container.ready && runs) {
        running = true;
        ready++;
      }
    }
    if (reason === 'Completed' && running) reason = isConditionTrue(status.conditions, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp) {
    if (status.reason === 'NodeLost') reason = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') reason = 'Terminating';
  }
  return { ready, total: (pod.spec.containers ?? []).length + specs.filter(isSidecar).length, status: reason, ...restartsOf(counted) };
};

const restartsCell = (pod: Pod): Ago | string => {
  const { restarts, lastRestartMs: sinceMs } = summarizePod(pod);
  return restarts > 0 && !Number.isNaN(sinceMs) ? { sinceMs, before: `${restarts} (`, after: ' ago)' } : String(restarts);
};

const readinessGates = (pod: Pod): string => {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  return `${gates.filter((gate) => isConditionTrue(pod.status?.conditions, gate.conditionType)).length}/${gates.length}`;
};

const readyCell = (pod: Pod): string => {
  const { ready, total } = summarizePod(pod);
  return `${ready}/${total}`;
};

export const podColumns: readonly Column[] = [
  nameColumn,
  text('Ready', 'Ready containers of all containers.', readyCell),
  text('Status', 'The most telling reason of the state the pod is in.', (pod) => summarizePod(pod).status),
  text('Restarts', 'How often containers were restarted, and when last.', restartsCell),
  ageColumn,
  wideText('IP', 'Address of the pod.', (pod: Pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || '<none>'),
  wideText('Node', 'Node the pod is bound to.', (pod: Pod) => pod.spec.nodeName || '<none>'),
  wideText(
    'Nominated Node',
    'Node that pods are being preempted on for this one.',
    (pod: Pod) => pod.status?.nominatedNodeName || '<none>',
  ),
  wideText('Readiness Gates', 'Readiness gates that are true.', readinessGates),
];
