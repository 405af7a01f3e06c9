/** Random clusters and what can happen to them, for property tests. */
import fc from '#fast-check';

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });

export interface NodeDraft {
  readonly index: number;
  readonly object: object;
}

const anyNode = fc
  .record({
    index: fc.nat({ max: 4 }),
    cpu: fc.integer({ min: 0, max: 3000 }),
    pods: fc.integer({ min: 0, max: 6 }),
    zone: fc.constantFrom('a', 'a', 'b', 'b', null),
    disk: fc.constantFrom('ssd', 'hdd', null),
    taint: rarely(fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule')),
    unschedulable: rarely(fc.constant(true)),
    gpus: fc.nat({ max: 2 }),
  })
  .map(({ index, cpu, pods, zone, disk, taint, unschedulable, gpus }): NodeDraft => {
    const name = `n${index}`;
    return {
      index,
      object: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, uid: name, labels: { [HOST]: name, ...(zone ? { [ZONE]: zone } : {}), ...(disk ? { disk } : {}) } },
        spec: { ...(taint ? { taints: [{ key: 'own', effect: taint }] } : {}), ...(unschedulable ? { unschedulable } : {}) },
        status: { allocatable: { cpu: `${cpu}m`, memory: '8Gi', pods: String(pods), 'example.com/gpu': String(gpus) } },
      },
    };
  });

const selector = fc.constantFrom('x', 'y').map((app) => ({ matchLabels: { app } }));
const topologyKey = fc.constantFrom(ZONE, HOST);
const term = fc.record(
  {
    labelSelector: selector,
    topologyKey,
    namespaces: fc.constantFrom(['one'], ['one', 'two']),
    namespaceSelector: fc.constantFrom({}, { matchLabels: { team: 'red' } }),
  },
  { requiredKeys: ['labelSelector', 'topologyKey'] },
);
const required = term.map((t) => ({ requiredDuringSchedulingIgnoredDuringExecution: [t] }));
const preferred = fc
  .record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: term })
  .map((t) => ({ preferredDuringSchedulingIgnoredDuringExecution: [t] }));
const spread = fc.record(
  {
    maxSkew: fc.integer({ min: 1, max: 2 }),
    topologyKey,
    whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: selector,
    minDomains: fc.integer({ min: 1, max: 3 }),
    nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
    nodeAffinityPolicy: fc.constantFrom('Honor', 'Ignore'),
  },
  { requiredKeys: ['maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector'] },
);

export interface PodDraft {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: any;
}

export const anyPod = (priorities: readonly number[]): fc.Arbitrary<PodDraft> =>
  fc
    .record({
      namespace: fc.constantFrom('one', 'two'),
      app: fc.constantFrom('x', 'y'),
      cpu: fc.nat({ max: 1500 }),
      gpu: rarely(fc.constantFrom(1, 2)),
      disk: rarely(fc.constantFrom('ssd', 'hdd')),
      notDisk: rarely(fc.constantFrom('ssd', 'hdd')),
      tolerates: fc.boolean(),
      hostPort: rarely(fc.constantFrom(80, 81)),
      near: rarely(fc.oneof(required, preferred)),
      away: rarely(fc.oneof(required, preferred)),
      spreads: rarely(fc.uniqueArray(spread, { maxLength: 2, selector: (s) => s.topologyKey })),
      priority: fc.constantFrom(...priorities),
    })
    .map(({ namespace, app, cpu, gpu, disk, notDisk, tolerates, hostPort, near, away, spreads, priority }) => {
      const nodeAffinity = notDisk && {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: 'disk', operator: 'NotIn', values: [notDisk] }] }],
        },
      };
      const ports = hostPort ? [{ containerPort: hostPort, hostPort, protocol: 'TCP' }] : [];
      const requests = { cpu: `${cpu}m`, ...(gpu ? { 'example.com/gpu': String(gpu) } : {}) };
      return {
        namespace,
        labels: { app },
        spec: {
          priority,
          containers: [{ name: 'c', image: 'i', ports, resources: { requests } }],
          affinity: {
            ...(nodeAffinity ? { nodeAffinity } : {}),
            ...(near ? { podAffinity: near } : {}),
            ...(away ? { podAntiAffinity: away } : {}),
          },
          ...(disk ? { nodeSelector: { disk } } : {}),
          ...(tolerates ? { tolerations: [{ key: 'own', operator: 'Exists' }] } : {}),
          ...(spreads ? { topologySpreadConstraints: spreads } : {}),
        },
      };
    });

export type Step =
  | { readonly op: 'node'; readonly node: NodeDraft }
  | { readonly op: 'pod'; readonly pod: PodDraft }
  | { readonly op: 'dropNode' | 'dropPod' | 'finishPod' | 'relabelPod'; readonly pick: number }
  | { readonly op: 'namespace'; readonly name: string; readonly team: string };

export const anySteps = (priorities: readonly number[] = [0]): fc.Arbitrary<Step[][]> =>
  fc.array(
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: fc.record({ op: fc.constant('node' as const), node: anyNode }) },
        { weight: 6, arbitrary: fc.record({ op: fc.constant('pod' as const), pod: anyPod(priorities) }) },
        {
          weight: 3,
          arbitrary: fc.record({ op: fc.constantFrom('dropNode', 'dropPod', 'dropPod', 'finishPod', 'relabelPod'), pick: fc.nat() }),
        },
        {
          weight: 1,
          arbitrary: fc.record({
            op: fc.constant('namespace' as const),
            name: fc.constantFrom('one', 'two'),
            team: fc.constantFrom('red', 'blue'),
          }),
        },
      ),
      { minLength: 1, maxLength: 8, size: 'max' },
    ),
    { minLength: 1, maxLength: 6, size: 'max' },
  ) as fc.Arbitrary<Step[][]>;

/** Numbers to be used round and round, 0 standing for bad luck now and then; none for a world where nothing goes wrong. */
export const anyLuck: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([]),
  fc.array(fc.nat({ max: 4 }), { minLength: 3, maxLength: 12 }).map((luck) => [...luck, 1, 2]),
);
