/** Spread constraints of a class of pods, resolved: its own or the defaults, with what they select and which nodes count. */
import type { TopologySpreadConstraint } from '#schema/core/placement.ts';
import type { Service } from '#schema/core/service.ts';
import { getOwn } from '#schema/dsl/own.ts';
import type { KubeObject } from '#schema/resource.ts';
import { formatLabelSelector, type LabelSelection, labelSelectorOf, matches, selectionOfMap } from '#schema/selectors/label.ts';
import { matchesRequiredNodes } from '../node-selector.ts';
import type { ClusterState } from '../state/cluster-state.ts';
import type { DomainCounts, Eligibility } from '../state/domain-counts.ts';
import { withLabelKeys } from '../state/pod-affinity-terms.ts';
import type { PodClass } from '../state/pod-class.ts';
import { toleratesTaint } from './tolerations.ts';

export const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

export interface Constraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly minDomains: number;
  readonly selection: LabelSelection;
  /** Stands for namespace and selection. */
  readonly counterKey: string;
  readonly selects: (labels: Readonly<Record<string, string>>) => boolean;
  readonly matchesSelf: boolean;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

export interface Spreading {
  readonly of: PodClass;
  readonly hard: readonly Constraint[];
  readonly soft: readonly Constraint[];
  /** The cluster's defaults: a node need not have all topology keys. */
  readonly byDefault: boolean;
}

const resolve = (of: PodClass, given: TopologySpreadConstraint, selection: LabelSelection): Constraint => ({
  maxSkew: given.maxSkew,
  topologyKey: given.topologyKey,
  minDomains: given.minDomains ?? 1,
  selection,
  counterKey: `${of.namespace}\n${selection.nothing ? '!' : formatLabelSelector(selection)}`,
  selects: (labels) => matches(selection, labels),
  matchesSelf: matches(selection, of.labels),
  honorsAffinity: given.nodeAffinityPolicy !== 'Ignore',
  honorsTaints: given.nodeTaintsPolicy === 'Honor',
});

const defaults: readonly TopologySpreadConstraint[] = [
  { maxSkew: 3, topologyKey: HOSTNAME, whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway' },
];

const selectorsOfOwner: Readonly<Record<string, { readonly resource: string; readonly plain?: true }>> = {
  ReplicaSet: { resource: 'apps/replicasets' },
  StatefulSet: { resource: 'apps/statefulsets' },
  ReplicationController: { resource: 'core/replicationcontrollers', plain: true },
};

/** Everything the pod's services and its owner select by, together; undefined when there is none. */
const defaultSelection = (of: PodClass, services: readonly Service[], owner: KubeObject | undefined): LabelSelection | undefined => {
  const selections = services
    .filter(({ spec }) => Object.keys(spec.selector ?? {}).length > 0)
    .map(({ spec }) => selectionOfMap(spec.selector))
    .filter((selection) => matches(selection, of.labels));
  const kind = getOwn(selectorsOfOwner, of.owner?.kind ?? '');
  if (owner && kind) selections.push(kind.plain ? selectionOfMap(owner.spec?.selector) : labelSelectorOf(owner.spec?.selector));
  const requirements = new Map(selections.flatMap((s) => s.requirements).map((r) => [JSON.stringify(r), r]));
  return requirements.size === 0 ? undefined : { requirements: [...requirements.values()] };
};

const explicit = (of: PodClass, given: readonly TopologySpreadConstraint[]): Spreading => {
  const of_ = (kind: string): Constraint[] =>
    given
      .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === kind)
      .map((constraint) => resolve(of, constraint, withLabelKeys(constraint.labelSelector, of.labels, constraint.matchLabelKeys)));
  return { of, hard: of_('DoNotSchedule'), soft: of_('ScheduleAnyway'), byDefault: false };
};

interface Known {
  readonly services: readonly KubeObject[];
  readonly owner: KubeObject | undefined;
  readonly spreading: Spreading | undefined;
}

const known = new WeakMap<PodClass, Known>();

/** Undefined when nothing is to be spread. Worked out anew when services of the namespace or the owner change. */
export const spreadingOf = (of: PodClass, { lookup }: ClusterState): Spreading | undefined => {
  const given = of.spec.topologySpreadConstraints;
  const own = (given?.length ?? 0) > 0;
  const services = own ? none : lookup.inNamespace<Service>('core/services', of.namespace);
  const kind = own ? undefined : getOwn(selectorsOfOwner, of.owner?.kind ?? '');
  const owner = kind && lookup.get(kind.resource, of.namespace, of.owner!.name);
  const memo = known.get(of);
  if (memo && memo.services === services && memo.owner === owner) return memo.spreading;
  let spreading: Spreading | undefined;
  if (own) spreading = explicit(of, given!);
  else {
    const selection = defaultSelection(of, services, owner);
    if (selection) spreading = { of, hard: [], soft: defaults.map((c) => resolve(of, c, selection)), byDefault: true };
  }
  known.set(of, { services, owner, spreading });
  return spreading;
};

const none: readonly Service[] = [];

/** Which nodes count for a constraint: those the pod may choose, with every topology key its like constraints need. */
const eligibilityOf = (constraint: Constraint, { of, hard, soft, byDefault }: Spreading, state: ClusterState): Eligibility | undefined => {
  const { spec } = of;
  const like = hard.includes(constraint) ? hard : soft;
  const keys = like.length > 1 && !byDefault ? like.map(({ topologyKey }) => topologyKey).sort() : [];
  const chosen = constraint.honorsAffinity && (spec.nodeSelector || spec.affinity?.nodeAffinity);
  if (keys.length === 0 && !chosen && !constraint.honorsTaints) return undefined;
  const selector = chosen ? [spec.nodeSelector, spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution] : 0;
  const key = `spread${JSON.stringify([keys, selector, constraint.honorsTaints ? (spec.tolerations ?? []) : 0])}`;
  return state.checks.get(
    key,
    ({ name, labels, taints }) =>
      keys.every((k) => Object.hasOwn(labels, k)) &&
      (!chosen || matchesRequiredNodes(spec, name, labels)) &&
      (!constraint.honorsTaints || taints.every((t) => t.effect === 'PreferNoSchedule' || toleratesTaint(spec.tolerations, t))),
  );
};

/** Pods the constraint selects, by domain. */
export const countsOf = (constraint: Constraint, spreading: Spreading, state: ClusterState): DomainCounts =>
  state.counters
    .selected(constraint.counterKey, spreading.of.namespace, constraint.selection)
    .by(state.topology(constraint.topologyKey), eligibilityOf(constraint, spreading, state));
