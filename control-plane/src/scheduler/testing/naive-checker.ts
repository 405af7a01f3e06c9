/**
 * Whether a node takes a pod, asked the slow way: straight from the objects, with nothing kept and nothing shared with the scheduler beside selector
 * matching. Tests hold the scheduler's decisions against it.
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';

export interface NaiveWorld {
  readonly nodes: readonly Node[];
  /** Pods on nodes, unfinished. */
  readonly placed: readonly Pod[];
  readonly namespaceLabels: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const labelsOf = (object: { metadata: { labels?: Record<string, string> } }): Record<string, string> => object.metadata.labels ?? {};
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

export const asks = (pod: Pod, resource: string): number =>
  sum(
    (pod.spec.containers ?? []).map(({ resources }) => {
      const text = resources?.requests?.[resource] ?? '0';
      return resource === 'cpu' ? toMilli(text) : toBytes(text);
    }),
  );

export const hostPorts = (pod: Pod): number[] =>
  (pod.spec.containers ?? []).flatMap(({ ports }) => (ports ?? []).flatMap(({ hostPort }) => hostPort || []));

export const tolerated = (pod: Pod, taint: { key: string; value?: string; effect: string }): boolean =>
  (pod.spec.tolerations ?? []).some(
    (t) =>
      (!t.effect || t.effect === taint.effect) &&
      (!t.key || t.key === taint.key) &&
      (t.operator === 'Exists' || (t.value ?? '') === (taint.value ?? '')),
  );

export const selects = (pod: Pod, node: Node): boolean => {
  const labels = labelsOf(node);
  if (Object.entries(pod.spec.nodeSelector ?? {}).some(([key, value]) => labels[key] !== value)) return false;
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms) return true;
  return terms.some(({ matchExpressions = [] }) =>
    matchExpressions.every(({ key, operator, values = [] }) => {
      const has = labels[key] !== undefined;
      if (operator === 'Exists') return has;
      if (operator === 'DoesNotExist') return !has;
      return operator === 'In' ? has && values.includes(labels[key]!) : !has || !values.includes(labels[key]!);
    }),
  );
};

type Term = NonNullable<
  NonNullable<NonNullable<Pod['spec']['affinity']>['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']
>[number];

const named = (term: Term, owner: Pod, other: Pod, world: NaiveWorld): boolean => {
  const own = !term.namespaces?.length && !term.namespaceSelector;
  const namespace = other.metadata.namespace!;
  const reaches =
    (own && namespace === owner.metadata.namespace) ||
    (term.namespaces ?? []).includes(namespace) ||
    (term.namespaceSelector !== undefined && matches(labelSelectorOf(term.namespaceSelector), world.namespaceLabels[namespace]));
  return reaches && matches(labelSelectorOf(term.labelSelector), other.metadata.labels);
};

const nodeNamed = (world: NaiveWorld, name: string | undefined): Node | undefined =>
  world.nodes.find(({ metadata }) => metadata.name === name);

const together = (a: Node, other: Pod, key: string, world: NaiveWorld): boolean => {
  const b = nodeNamed(world, other.spec.nodeName);
  return b !== undefined && labelsOf(a)[key] !== undefined && labelsOf(a)[key] === labelsOf(b)[key];
};

const affinityRefuses = (pod: Pod, node: Node, world: NaiveWorld): boolean => {
  const near = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const away = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const friends = world.placed.filter((other) => near.every((term) => named(term, pod, other, world)));
  const anywhere = near.some(({ topologyKey }) =>
    friends.some(
      (friend) =>
        labelsOf(nodeNamed(world, friend.spec.nodeName) ?? node)[topologyKey] !== undefined && nodeNamed(world, friend.spec.nodeName),
    ),
  );
  const alone = !anywhere && near.every((term) => named(term, pod, pod, world));
  for (const term of near) {
    if (labelsOf(node)[term.topologyKey] === undefined) return true;
    if (!alone && !friends.some((friend) => together(node, friend, term.topologyKey, world))) return true;
  }
  if (away.some((term) => world.placed.some((other) => named(term, pod, other, world) && together(node, other, term.topologyKey, world))))
    return true;
  return world.placed.some((other) =>
    (other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(
      (term) => named(term, other, pod, world) && together(node, other, term.topologyKey, world),
    ),
  );
};

const spreadRefuses = (pod: Pod, node: Node, world: NaiveWorld): boolean => {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
  return hard.some((constraint) => {
    const { topologyKey, maxSkew, minDomains = 1, labelSelector, nodeTaintsPolicy, nodeAffinityPolicy } = constraint;
    if (labelsOf(node)[topologyKey] === undefined) return true;
    const eligible = world.nodes.filter(
      (n) =>
        hard.every((other) => labelsOf(n)[other.topologyKey] !== undefined) &&
        (nodeAffinityPolicy === 'Ignore' || selects(pod, n)) &&
        (nodeTaintsPolicy !== 'Honor' ||
          (n.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || tolerated(pod, taint))),
    );
    const counts = new Map<string, number>();
    for (const n of eligible) counts.set(labelsOf(n)[topologyKey]!, 0);
    for (const other of world.placed) {
      const on = eligible.find(({ metadata }) => metadata.name === other.spec.nodeName);
      if (!on || other.metadata.deletionTimestamp || other.metadata.namespace !== pod.metadata.namespace) continue;
      if (!matches(labelSelectorOf(labelSelector), other.metadata.labels)) continue;
      const domain = labelsOf(on)[topologyKey]!;
      counts.set(domain, counts.get(domain)! + 1);
    }
    const least = counts.size < minDomains || counts.size === 0 ? 0 : Math.min(...counts.values());
    const self = matches(labelSelectorOf(labelSelector), pod.metadata.labels) ? 1 : 0;
    return (counts.get(labelsOf(node)[topologyKey]!) ?? 0) + self - least > maxSkew;
  });
};

export const offers = ({ status }: Node, resource: string): number => {
  const text = status?.allocatable?.[resource] ?? '0';
  return resource === 'cpu' ? toMilli(text) : toBytes(text);
};

/** Why the node does not take the pod; undefined when it does. */
export const refusalOf = (pod: Pod, node: Node, world: NaiveWorld): string | undefined => {
  const here = world.placed.filter(({ spec }) => spec.nodeName === node.metadata.name);
  const offered = node.status?.allocatable ?? {};
  if (node.spec?.unschedulable && !tolerated(pod, { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })) return 'cordoned';
  const taint = (node.spec?.taints ?? []).find((t) => t.effect !== 'PreferNoSchedule' && !tolerated(pod, t));
  if (taint) return `taint ${taint.key}`;
  if (!selects(pod, node)) return 'selector';
  if (hostPorts(pod).some((port) => here.some((other) => hostPorts(other).includes(port)))) return 'ports';
  if (here.length + 1 > Number(offered.pods ?? 0)) return 'pods';
  for (const resource of ['cpu', 'memory', 'example.com/gpu']) {
    if (asks(pod, resource) > 0 && sum([...here, pod].map((p) => asks(p, resource))) > offers(node, resource)) return resource;
  }
  if (spreadRefuses(pod, node, world)) return 'spread';
  return affinityRefuses(pod, node, world) ? 'affinity' : undefined;
};
