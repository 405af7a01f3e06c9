/** The nodes and pods of kube-scheduler's public performance workloads, rebuilt by what they ask for. */
import type { KubeObject } from '#schema/resource.ts';

const ZONE = 'topology.kubernetes.io/zone';
const HOSTNAME = 'kubernetes.io/hostname';

export interface NodeOptions {
  readonly zone?: string;
  readonly pods?: number;
  readonly name?: string;
}

export const node = (index: number, { zone, pods = 110, name = `scheduler-perf-${index}` }: NodeOptions = {}): KubeObject => {
  const resources = { cpu: '4', memory: '32Gi', pods: String(pods) };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { [HOSTNAME]: name, ...(zone ? { [ZONE]: zone } : {}) } },
    spec: {},
    status: { capacity: resources, allocatable: resources, conditions: [{ type: 'Ready', status: 'True' }] },
  };
};

export interface PodOptions {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly cpu?: string;
  readonly memory?: string;
  readonly spec?: object;
}

export const pod = (
  name: string,
  { namespace = 'sched-1', labels, cpu = '100m', memory = '500Mi', spec }: PodOptions = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, ...(labels ? { labels } : {}) },
  spec: {
    containers: [
      {
        name: 'pause',
        image: 'registry.k8s.io/pause:3.10',
        ports: [{ containerPort: 80 }],
        resources: { requests: { cpu, memory }, limits: { cpu, memory } },
      },
    ],
    schedulerName: 'default-scheduler',
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    ...spec,
  },
  status: { phase: 'Pending' },
});

const term = (labels: object, topologyKey: string) => ({
  labelSelector: { matchLabels: labels },
  topologyKey,
  namespaces: ['sched-1', 'sched-0'],
});
const required = (...terms: object[]) => ({ requiredDuringSchedulingIgnoredDuringExecution: terms });
const preferred = (podAffinityTerm: object) => ({ preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm }] });

const green = { color: 'green' };
const blue = { color: 'blue' };
const red = { color: 'red' };
const yellow = { color: 'yellow' };

export type Template = (name: string, namespace?: string) => KubeObject;
const template =
  (options: PodOptions): Template =>
  (name, namespace) =>
    pod(name, { ...options, ...(namespace ? { namespace } : {}) });

export const templates = {
  default: template({}),
  affinity: template({ labels: blue, spec: { affinity: { podAffinity: required(term(blue, ZONE)) } } }),
  antiAffinity: template({ labels: { ...green, name: 'test' }, spec: { affinity: { podAntiAffinity: required(term(green, HOSTNAME)) } } }),
  preferredAffinity: template({ labels: red, spec: { affinity: { podAffinity: preferred(term(red, HOSTNAME)) } } }),
  preferredAntiAffinity: template({ labels: yellow, spec: { affinity: { podAntiAffinity: preferred(term(yellow, HOSTNAME)) } } }),
  nodeAffinity: template({
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, operator: 'In', values: ['zone1', 'zone2'] }] }],
          },
        },
      },
    },
  }),
  spread: template({
    labels: blue,
    spec: {
      topologySpreadConstraints: [
        { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: blue } },
      ],
    },
  }),
  preferredSpread: template({
    labels: blue,
    spec: {
      topologySpreadConstraints: [
        { maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: blue } },
      ],
    },
  }),
  lowPriority: template({ cpu: '900m', memory: '500Mi', spec: { priority: 0, terminationGracePeriodSeconds: 0 } }),
  highPriority: template({ cpu: '3000m', memory: '500Mi', spec: { priority: 10 } }),
  large: template({ cpu: '9', memory: '500Mi' }),
  secret: template({ spec: { volumes: [{ name: 'secret', secret: { secretName: 'secret' } }] } }),
  daemon: template({
    spec: {
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['scheduler-perf-node'] }] }],
          },
        },
      },
    },
    cpu: '0',
    memory: '0',
  }),
  antiAffinityNamespaces: template({
    labels: green,
    spec: {
      affinity: {
        podAntiAffinity: required({
          labelSelector: { matchLabels: green },
          topologyKey: HOSTNAME,
          namespaceSelector: { matchLabels: { team: 'devops' } },
        }),
      },
    },
  }),
} as const satisfies Readonly<Record<string, Template>>;
