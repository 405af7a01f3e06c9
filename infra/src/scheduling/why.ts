/** `kedge why`: what is typed, and one pod's answer as text for a person. Pure. */
import { table } from './table.ts';

export const whyUsage = `usage: kedge why pod/NAME [-n NAMESPACE] [--nodes] [--json]
Says why a pod has no node and what would have to change, or where and when it was placed.
  --nodes   what each node says
  --json    the pod's state and the server's answer
exit code: 0 it has a node, 3 it has none, 1 no answer, 2 typed wrong`;

/** The pod's name; undefined when that is not what was typed. */
export const podNameOf = (args: readonly string[]): string | undefined => {
  const [first = '', second, ...more] = args.flatMap((arg) => arg.split('/'));
  const name = second ?? (args.length === 1 ? first : '');
  const typed = second === undefined || ['pod', 'pods', 'po'].includes(first);
  return typed && name && more.length === 0 ? name : undefined;
};

const conditionOf = (pod: any, type: string): any => pod.status?.conditions?.find((condition: any) => condition.type === type);

/** "3m12s", as kubectl has it. */
export const ageOf = (fromMs: number, nowMs: number): string => {
  const seconds = Math.max(0, Math.floor((nowMs - fromMs) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return minutes < 10 && seconds % 60 ? `${minutes}m${seconds % 60}s` : `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
};

const since = (time: string | undefined, nowMs: number): string => (time ? ` ${time} (${ageOf(Date.parse(time), nowMs)} ago)` : '');

const placedText = (pod: any, nowMs: number): string => {
  const { namespace, name } = pod.metadata;
  const scheduled = conditionOf(pod, 'PodScheduled');
  const lines = [`Pod ${namespace}/${name} is on node ${pod.spec.nodeName}.`];
  if (scheduled?.status === 'True') {
    const waited = Date.parse(scheduled.lastTransitionTime) - Date.parse(pod.metadata.creationTimestamp);
    lines.push(
      `Placed:  ${since(scheduled.lastTransitionTime, nowMs).trim()}, ${ageOf(0, waited)} after it was made, by ${pod.spec.schedulerName ?? 'default-scheduler'}`,
    );
  }
  lines.push(`Phase:   ${pod.metadata.deletionTimestamp ? 'Terminating' : pod.status?.phase}`);
  return lines.join('\n');
};

const reasonsText = (reasons: readonly any[]): string[] => {
  const rows = reasons.map(({ plugin, reason, nodes, examples }) => {
    const others = nodes - examples.length;
    return [String(nodes), plugin, reason, others > 0 ? `${examples.join(', ')} and ${others} more` : examples.join(', ')];
  });
  return rows.length === 0 ? [] : ['', ...table(['NODES', 'PLUGIN', 'REASON', 'WHICH'], rows)];
};

export const adviceText = (advice: readonly string[] | undefined): string[] =>
  advice && advice.length > 0 ? ['', 'What would have to change:', ...advice.map((line) => `  - ${line}`)] : [];

const nodesText = (nodes: readonly any[] | undefined): string[] =>
  nodes && nodes.length > 0
    ? [
        '',
        ...table(
          ['NODE', 'PLUGIN', 'REASON'],
          nodes.map(({ node, plugin, reasons }) => [node, plugin, reasons.join(', ')]),
        ),
      ]
    : [];

const waitingText = (pod: any, placement: any, { nodes, nowMs }: { readonly nodes: boolean; readonly nowMs: number }): string => {
  const { namespace, name, creationTimestamp } = pod.metadata;
  const told = conditionOf(pod, 'PodScheduled');
  const lines = [`Pod ${namespace}/${name} has no node, made${since(creationTimestamp, nowMs)}.`];
  if (told?.status === 'False') lines.push(`Told:  ${told.reason}${since(told.lastTransitionTime, nowMs)}: ${told.message}`);
  if (pod.status?.nominatedNodeName)
    lines.push(`Promised:  ${pod.status.nominatedNodeName}, once the pods that make room there have ended`);
  if (placement.fits) return [...lines, `Now:   it fits on ${placement.node}; the scheduler tries it again by itself.`].join('\n');
  if (placement.message && placement.message !== told?.message) lines.push(`Now:   ${placement.message}`);
  if (placement.preempts?.length > 0) {
    const victims = placement.preempts.map((victim: any) => `${victim.namespace}/${victim.name}`).join(', ');
    lines.push(`Room:  on ${placement.node} once pods of lower priority are gone: ${victims}`);
  }
  return [
    ...lines,
    ...reasonsText(placement.reasons ?? []),
    ...adviceText(placement.advice),
    ...(nodes ? nodesText(placement.nodes) : []),
  ].join('\n');
};

/** `placement` is what a simulation says of the pod. */
export const whyText = (pod: any, placement: any, options: { readonly nodes: boolean; readonly nowMs: number }): string =>
  pod.spec.nodeName ? placedText(pod, options.nowMs) : waitingText(pod, placement, options);
