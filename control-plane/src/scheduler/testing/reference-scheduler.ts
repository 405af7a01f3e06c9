/**
 * kube-scheduler's algorithm written down plainly from its documentation, to compare placements with: one pod at a time, nodes looked at in turn until
 * enough fit (percentageOfNodesToScore), default plugins' scores normalized over those and added by weight, chance among the best. Nothing is kept between
 * pods but what is on each node, and nothing is shared with the scheduler.
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/scheduler-perf-tuning/ @see https://kubernetes.io/docs/reference/scheduling/config/
 */
import type { Node } from '#schema/core/node.ts';
import type { Pod } from '#schema/core/pod.ts';
import { labelSelectorOf, matches } from '#schema/selectors/label.ts';
import { asks, hostPorts, offers, selects, tolerated } from './naive-checker.ts';

type Labels = Readonly<Record<string, string>>;
type Term = { readonly labelSelector?: object; readonly topologyKey: string };

interface Host {
  readonly node: Node;
  readonly labels: Labels;
  readonly pods: Pod[];
  readonly used: Record<string, number>;
  /** With 100m and 200Mi for containers that ask for nothing: what scores go by. */
  readonly assumed: Record<string, number>;
}

const RESOURCES = ['cpu', 'memory'] as const;
const ASSUMED: Readonly<Record<string, number>> = { cpu: 100, memory: 200 * 1024 * 1024 };
const HOST = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

const labelsOf = ({ metadata }: Pod | Node): Labels => (metadata.labels as Labels | undefined) ?? {};
const assumedOf = (pod: Pod, resource: string): number => asks(pod, resource) || ASSUMED[resource]! * (pod.spec.containers ?? []).length;
const names = (selector: object | undefined, pod: Pod): boolean => matches(labelSelectorOf(selector as never), labelsOf(pod));

const requiredTerms = (pod: Pod, kind: 'podAffinity' | 'podAntiAffinity'): readonly Term[] =>
  (pod.spec.affinity?.[kind]?.requiredDuringSchedulingIgnoredDuringExecution ?? []) as readonly Term[];

const preferredTerms = (pod: Pod): { term: Term; weight: number }[] =>
  (['podAffinity', 'podAntiAffinity'] as const).flatMap((kind) =>
    (pod.spec.affinity?.[kind]?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) => ({
      term: podAffinityTerm as Term,
      weight: kind === 'podAffinity' ? weight : -weight,
    })),
  );

type Strategy = 'least' | 'most';

export class ReferenceScheduler {
  readonly hosts: readonly Host[];
  readonly #byName: ReadonlyMap<string, Host>;
  readonly #random: () => number;
  readonly #strategy: Strategy;
  #next = 0;

  /** `random` gives 0 up to 1. */
  constructor(nodes: readonly Node[], random: () => number, strategy: Strategy = 'least') {
    this.#random = random;
    this.#strategy = strategy;
    const hosts = nodes.map((node): Host => ({ node, labels: labelsOf(node), pods: [], used: {}, assumed: {} }));
    this.hosts = inTurnByZone(hosts);
    this.#byName = new Map(hosts.map((host) => [host.node.metadata.name!, host]));
  }

  /** The node's name; undefined when the pod fits nowhere. */
  place(pod: Pod): string | undefined {
    const best = this.best(pod);
    const name = best[Math.floor(this.#random() * best.length)];
    if (name !== undefined) this.put(pod, name);
    return name;
  }

  put(pod: Pod, name: string): void {
    const host = this.#byName.get(name)!;
    host.pods.push(pod);
    for (const resource of [...RESOURCES, 'example.com/gpu']) host.used[resource] = (host.used[resource] ?? 0) + asks(pod, resource);
    for (const resource of RESOURCES) host.assumed[resource] = (host.assumed[resource] ?? 0) + assumedOf(pod, resource);
  }

  /** The nodes with the highest score of those looked at; none where the pod fits nowhere. */
  best(pod: Pod): string[] {
    const near = this.#near(pod);
    const spread = this.#hardSpread(pod);
    const left = this.#enough((host) => fitsAlone(pod, host) && near(host) && spread(host));
    if (left.length === 0) return [];
    const totals = new Float64Array(left.length);
    const add = (weight: number, scores: readonly number[]): void => {
      for (const [i, score] of scores.entries()) totals[i]! += weight * score;
    };
    add(
      1,
      left.map((host) => this.#fit(pod, host)),
    );
    add(
      1,
      left.map((host) => balance(pod, host)),
    );
    add(3, lessIsBetter(left.map((host) => softTaints(pod, host))));
    add(2, moreIsBetter(left.map((host) => preference(pod, host))));
    add(2, this.#softSpread(pod, left));
    add(2, this.#preferred(pod, left));
    const top = Math.max(...totals);
    return left.filter((_, i) => totals[i] === top).map(({ node }) => node.metadata.name!);
  }

  /** From where the last pod stopped, until as many fit as are to be scored: all of a small cluster, half and less of a large one. */
  #enough(fits: (host: Host) => boolean): Host[] {
    const count = this.hosts.length;
    const share = Math.max(5, Math.floor(50 - count / 125));
    const wanted = count < 100 ? count : Math.max(100, Math.floor((count * share) / 100));
    const left: Host[] = [];
    let looked = 0;
    for (; looked < count && left.length < wanted; looked++) {
      const host = this.hosts[(this.#next + looked) % count]!;
      if (fits(host)) left.push(host);
    }
    this.#next = (this.#next + looked) % count;
    return left;
  }

  #eachPod(visit: (pod: Pod, host: Host) => void): void {
    for (const host of this.hosts) for (const pod of host.pods) visit(pod, host);
  }

  #near(pod: Pod): (host: Host) => boolean {
    const wanted = requiredTerms(pod, 'podAffinity');
    const unwanted = requiredTerms(pod, 'podAntiAffinity');
    /** `key=value` of domains. */
    const good = wanted.map(() => new Set<string>());
    const bad = new Set<string>();
    const domain = ({ labels }: Host, key: string): string => `${key}=${labels[key]}`;
    this.#eachPod((other, host) => {
      if (other.metadata.namespace !== pod.metadata.namespace) return;
      if (wanted.length > 0 && wanted.every((term) => names(term.labelSelector, other)))
        for (const [i, { topologyKey }] of wanted.entries())
          if (host.labels[topologyKey] !== undefined) good[i]!.add(domain(host, topologyKey));
      for (const term of unwanted) if (names(term.labelSelector, other)) bad.add(domain(host, term.topologyKey));
      for (const term of requiredTerms(other, 'podAntiAffinity'))
        if (names(term.labelSelector, pod)) bad.add(domain(host, term.topologyKey));
    });
    const first = good.every(({ size }) => size === 0) && wanted.every((term) => names(term.labelSelector, pod));
    return (host) => {
      if (wanted.some((term, i) => host.labels[term.topologyKey] === undefined || !(first || good[i]!.has(domain(host, term.topologyKey)))))
        return false;
      return bad.size === 0 || !Object.keys(host.labels).some((key) => bad.has(domain(host, key)));
    };
  }

  /** Pods the selector names by domain, over nodes that count. */
  #counts(pod: Pod, key: string, selector: object | undefined): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { node, labels, pods } of this.hosts) {
      const value = labels[key];
      if (value === undefined || !selects(pod, node)) continue;
      const here = pods.filter((other) => other.metadata.namespace === pod.metadata.namespace && names(selector, other)).length;
      counts.set(value, (counts.get(value) ?? 0) + here);
    }
    return counts;
  }

  #hardSpread(pod: Pod): (host: Host) => boolean {
    const hard = (pod.spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule');
    const bounds = hard.map(({ topologyKey, maxSkew, labelSelector }) => {
      const counts = this.#counts(pod, topologyKey, labelSelector);
      const most = maxSkew + Math.min(...counts.values()) - (names(labelSelector, pod) ? 1 : 0);
      return { topologyKey, counts, most };
    });
    return ({ labels }) =>
      bounds.every(({ topologyKey, counts, most }) => (counts.get(labels[topologyKey] ?? '') ?? Number.POSITIVE_INFINITY) <= most);
  }

  #softSpread(pod: Pod, left: readonly Host[]): readonly number[] {
    const soft = (pod.spec.topologySpreadConstraints ?? []).filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'ScheduleAnyway');
    if (soft.length === 0) return [];
    const parts = soft.map(({ topologyKey, maxSkew, labelSelector }) => {
      const domains = topologyKey === HOST ? left.length : new Set(left.map(({ labels }) => labels[topologyKey])).size;
      return { topologyKey, add: maxSkew - 1, weight: Math.log(domains + 2), counts: this.#counts(pod, topologyKey, labelSelector) };
    });
    const raw = left.map(({ labels }) =>
      Math.round(
        parts.reduce((sum, { topologyKey, add, weight, counts }) => sum + (counts.get(labels[topologyKey] ?? '') ?? 0) * weight + add, 0),
      ),
    );
    const [max, min] = [Math.max(...raw), Math.min(...raw)];
    return raw.map((value) => (max === 0 ? 100 : Math.floor((100 * (max + min - value)) / max)));
  }

  #preferred(pod: Pod, left: readonly Host[]): readonly number[] {
    const sums = new Map<string, number>();
    const own = preferredTerms(pod);
    const add = ({ labels }: Host, key: string, weight: number): void => {
      if (labels[key] !== undefined) sums.set(`${key}=${labels[key]}`, (sums.get(`${key}=${labels[key]}`) ?? 0) + weight);
    };
    this.#eachPod((other, host) => {
      if (other.metadata.namespace !== pod.metadata.namespace) return;
      for (const { term, weight } of own) if (names(term.labelSelector, other)) add(host, term.topologyKey, weight);
      for (const { term, weight } of preferredTerms(other)) if (names(term.labelSelector, pod)) add(host, term.topologyKey, weight);
      for (const term of requiredTerms(other, 'podAffinity')) if (names(term.labelSelector, pod)) add(host, term.topologyKey, 1);
    });
    if (sums.size === 0) return [];
    const raw = left.map(({ labels }) => Object.keys(labels).reduce((sum, key) => sum + (sums.get(`${key}=${labels[key]}`) ?? 0), 0));
    const [max, min] = [Math.max(...raw), Math.min(...raw)];
    return raw.map((value) => (max > min ? Math.floor((100 * (value - min)) / (max - min)) : 0));
  }

  #fit(pod: Pod, { node, assumed }: Host): number {
    const parts = RESOURCES.map((resource) => {
      const offered = offers(node, resource);
      const used = (assumed[resource] ?? 0) + assumedOf(pod, resource);
      if (this.#strategy === 'most') return Math.floor((Math.min(used, offered) * 100) / offered);
      return used > offered ? 0 : Math.floor(((offered - used) * 100) / offered);
    });
    return Math.floor((parts[0]! + parts[1]!) / 2);
  }
}

/** One node of each zone after the other, as they are looked at. */
const inTurnByZone = (hosts: readonly Host[]): Host[] => {
  const zones = new Map<string, Host[]>();
  for (const host of hosts) {
    const zone = host.labels[ZONE] ?? '';
    zones.set(zone, [...(zones.get(zone) ?? []), host]);
  }
  const turns: Host[] = [];
  for (let i = 0; turns.length < hosts.length; i++) for (const zone of zones.values()) if (zone[i]) turns.push(zone[i]!);
  return turns;
};

const fitsAlone = (pod: Pod, { node, pods, used }: Host): boolean => {
  if (pods.length + 1 > offers(node, 'pods')) return false;
  for (const resource of [...RESOURCES, 'example.com/gpu']) {
    const asked = asks(pod, resource);
    if (asked > 0 && (used[resource] ?? 0) + asked > offers(node, resource)) return false;
  }
  if (!(node.spec?.taints ?? []).every((taint) => taint.effect === 'PreferNoSchedule' || tolerated(pod, taint))) return false;
  if (!selects(pod, node)) return false;
  const ports = hostPorts(pod);
  return ports.length === 0 || !pods.some((other) => hostPorts(other).some((port) => ports.includes(port)));
};

const balance = (pod: Pod, { node, used }: Host): number => {
  if (RESOURCES.every((resource) => asks(pod, resource) === 0)) return 0;
  const [cpu, memory] = RESOURCES.map((resource) => Math.min(1, ((used[resource] ?? 0) + asks(pod, resource)) / offers(node, resource)));
  return Math.floor((1 - Math.abs(cpu! - memory!) / 2) * 100);
};

const softTaints = (pod: Pod, { node }: Host): number =>
  (node.spec?.taints ?? []).filter((taint) => taint.effect === 'PreferNoSchedule' && !tolerated(pod, taint)).length;

const preference = (pod: Pod, { node }: Host): number =>
  (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).reduce((sum, { weight, preference }) => {
    const like = {
      spec: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [preference] } } } },
    };
    return sum + (selects(like as Pod, node) ? weight : 0);
  }, 0);

const moreIsBetter = (raw: readonly number[]): number[] => {
  const max = Math.max(...raw);
  return raw.map((value) => (max === 0 ? 0 : Math.floor((value * 100) / max)));
};

const lessIsBetter = (raw: readonly number[]): number[] => {
  const max = Math.max(...raw);
  return raw.map((value) => (max === 0 ? 100 : 100 - Math.floor((value * 100) / max)));
};
