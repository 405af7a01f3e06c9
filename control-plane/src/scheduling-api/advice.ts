/**
 * What would have to change for a refused pod to fit, in sentences: one or a few for each plugin that refused, about the nodes it refused. A node's later
 * filters are not asked before its first refusal is gone, so the advice is the next step, not a promise.
 */
import { formatBytes, formatMilli } from '#schema/quantity/quantity.ts';
import type { Placer, Refusal } from '../scheduler/placement.ts';
import { toleratesTaint } from '../scheduler/plugins/tolerations.ts';
import type { ClusterState } from '../scheduler/state/cluster-state.ts';
import type { NodeInfo } from '../scheduler/state/node-table.ts';
import type { HostPort, PodShape } from '../scheduler/state/pod-class.ts';
import type { PodInfo } from '../scheduler/state/pod-info.ts';
import { ABSENT, pluginOf } from '../scheduler/verdict.ts';

interface Question {
  readonly pod: PodInfo;
  readonly shape: PodShape;
  readonly state: ClusterState;
  /** Nodes the plugin refused. */
  readonly slots: readonly number[];
}

const SHOWN = 3;

const some = (names: readonly string[]): string =>
  names.length <= SHOWN ? names.join(', ') : `${names.slice(0, SHOWN).join(', ')} and ${names.length - SHOWN} more`;

const amount = (resource: string, value: number): string => {
  if (resource === 'cpu') return formatMilli(value);
  return resource === 'memory' || resource.includes('storage') || resource.startsWith('hugepages-') ? formatBytes(value) : String(value);
};

const nodesOf = ({ slots, state }: Question): readonly NodeInfo[] => slots.map((slot) => state.nodes.infos[slot]!);

interface Room {
  readonly slot: number;
  readonly pods: number;
  /** By the shape's resources. */
  readonly free: readonly number[];
}

/** What a node has left, promises kept. */
const roomOf = ({ state: { nodes, nominations }, shape, pod }: Question, slot: number): Room => {
  const kept = (nominations.on(slot) ?? []).filter(({ uid, class: of }) => uid !== pod.uid && of.shape.priority >= shape.priority);
  const keeps = (column: number): number =>
    kept.reduce((sum, { class: of }) => sum + (of.shape.amounts[of.shape.columns.indexOf(column)] ?? 0), 0);
  return {
    slot,
    pods: nodes.allowedPods[slot]! - nodes.podCount[slot]! - kept.length,
    free: shape.columns.map((column) => nodes.allocatable[column]![slot]! - nodes.requested[column]![slot]! - keeps(column)),
  };
};

/** The node with the smallest gap, as a share of what is asked; one that would be big enough when empty before all others. */
const nearest = (question: Question): string[] => {
  const { shape, slots, state } = question;
  const gaps = ({ pods, free }: Room): number =>
    (pods < 1 ? 1 : 0) + free.reduce((sum, left, i) => sum + Math.max(0, shape.amounts[i]! - left) / shape.amounts[i]!, 0);
  const offers = (slot: number, i: number): number => state.nodes.allocatable[shape.columns[i]!]![slot]!;
  const large = slots.filter((slot) => shape.amounts.every((asked, i) => asked <= offers(slot, i)));
  const rooms = (large.length > 0 ? large : slots).map((slot) => roomOf(question, slot));
  const best = rooms.reduce((a, b) => (gaps(b) < gaps(a) ? b : a));
  const name = state.nodes.infos[best.slot]!.name;
  const lacks = shape.resources.flatMap((resource, i) => {
    const [asked, free] = [shape.amounts[i]!, best.free[i]!];
    if (asked <= free) return [];
    const offered = offers(best.slot, i);
    const size = asked > offered ? `, and has ${amount(resource, offered)} even when it is empty` : '';
    return [
      `${amount(resource, asked - free)} of ${resource} (${amount(resource, asked)} asked, ${amount(resource, Math.max(0, free))} free${size})`,
    ];
  });
  if (best.pods < 1) lacks.push(`a place for one more pod (${state.nodes.podCount[best.slot]} of ${state.nodes.allowedPods[best.slot]})`);
  const tooBig = shape.resources.filter((_, i) => slots.every((slot) => offers(slot, i) < shape.amounts[i]!));
  return [
    `${name} comes nearest: it lacks ${lacks.join(' and ')}. Ask for less, end or move pods there, or add a node.`,
    ...(tooBig.length > 0 ? [`None of these nodes is big enough, even empty: ${tooBig.join(', ')}.`] : []),
  ];
};

const taints = (question: Question): string[] => {
  const byTaint = new Map<string, string[]>();
  for (const { name, taints: all } of nodesOf(question)) {
    for (const taint of all) {
      if (taint.effect === 'PreferNoSchedule' || toleratesTaint(question.shape.spec.tolerations, taint)) continue;
      const text = `${taint.key}${taint.value ? `=${taint.value}` : ''}:${taint.effect}`;
      byTaint.set(text, [...(byTaint.get(text) ?? []), name]);
    }
  }
  return [...byTaint].map(([taint, names]) => `Tolerate the taint ${taint} in the pod, or take it off ${some(names)}.`);
};

const affinity = ({ shape: { spec }, state }: Question): string[] => {
  const infos = state.nodes.infos.filter((info) => info !== undefined);
  const pairs = Object.entries(spec.nodeSelector ?? {}).map(([key, value]) => {
    const count = infos.filter(({ labels }) => labels[key] === value).length;
    return `${count} of ${infos.length} nodes have ${key}=${value}`;
  });
  const selector = pairs.length > 0 ? [`nodeSelector: ${pairs.join(', ')}. Label a node so, or ask for less.`] : [];
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required ? [...selector, 'The required node affinity names none of these nodes: label one so, or relax it.'] : selector;
};

const clashes = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0');

const ports = (question: Question): string[] => {
  const held = question.slots.flatMap((slot) => {
    const { name } = question.state.nodes.infos[slot]!;
    return [...question.state.podsOn(name).values()].flatMap((other) =>
      other.class.shape.hostPorts
        .filter((port) => question.shape.hostPorts.some((wanted) => clashes(wanted, port)))
        .map(({ port, protocol }) => `${port}/${protocol} by ${other.namespace}/${other.name} on ${name}`),
    );
  });
  return held.length > 0 ? [`Host ports are held: ${some(held)}. Ask for another port, or add a node.`] : [];
};

const spreading = ({ pod }: Question): string[] => {
  const hard = (pod.class.spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  const keys = hard.map(({ topologyKey, maxSkew }) => `${topologyKey} (maxSkew ${maxSkew})`).join(', ');
  return [`Pods are to be spread over ${keys}: make room in the parts that have fewest, raise maxSkew, or use ScheduleAnyway.`];
};

const sentences: Readonly<Record<string, (question: Question) => string[]>> = {
  NodeUnschedulable: (question) => [`Uncordon ${some(nodesOf(question).map(({ name }) => name))}: kubectl uncordon NODE.`],
  NodeName: ({ shape }) => [`The pod names the node ${shape.spec.nodeName}.`],
  TaintToleration: taints,
  NodeAffinity: affinity,
  NodePorts: ports,
  NodeResourcesFit: nearest,
  PodTopologySpread: spreading,
  InterPodAffinity: () => [
    'Pod affinity keeps it away from these nodes, its own or that of pods there: compare labels, namespaces and topology keys.',
  ],
  VolumeBinding: ({ pod }) => [`Its volumes cannot be reached or made there: look at the claims ${pod.claims.join(', ')}.`],
  VolumeZone: ({ pod }) => [`The volumes of ${pod.claims.join(', ')} are in another zone.`],
  VolumeRestrictions: ({ pod }) => [`Another pod uses one of ${pod.claims.join(', ')}, and its access mode allows only one.`],
  NodeVolumeLimits: () => ['These nodes have as many volumes attached as their driver allows.'],
};

/** Sentences by plugin, in the order nodes were first refused by them; none where nothing can be said. */
export const adviceOf = (pod: PodInfo, { verdicts, rejected, plugins: names, nodes }: Refusal, { state, plugins }: Placer): string[] => {
  if (nodes === 0) return ['There is no node: join one.'];
  const { shape } = pod.class;
  if (!verdicts)
    return rejected === undefined
      ? []
      : [...names].flatMap((name) => (name === 'VolumeBinding' ? [`Its claims come first: ${rejected}.`] : []));
  const byPlugin = new Map<string, number[]>();
  for (let slot = 0; slot < state.nodes.slots; slot++) {
    const verdict = verdicts[slot]!;
    // nodes that are none of those the pod names, as a DaemonSet's pods do, are not what is wrong
    if (verdict === 0 || verdict === ABSENT || !state.nodes.infos[slot]) continue;
    const { name } = plugins[pluginOf(verdict)]!.plugin;
    const slots = byPlugin.get(name);
    if (slots) slots.push(slot);
    else byPlugin.set(name, [slot]);
  }
  if (byPlugin.size === 0 && shape.named) return [`None of the nodes its affinity names is there: ${some(shape.named)}.`];
  return [...byPlugin].flatMap(([name, slots]) => sentences[name]?.({ pod, shape, state, slots }) ?? []);
};
