import { describe, expect, it } from 'vitest';
import { accept } from '../conformance/accept.ts';
import { type Pod, pods } from './pod.ts';

const metadata = { name: 'web', namespace: 'default' };
const container = { name: 'c', image: 'nginx' };
const errorsOf = (spec: object): string[] => accept(pods, { metadata, spec: { containers: [container], ...spec } }).errors;
const errorsOfContainer = (more: object): string[] => errorsOf({ containers: [{ ...container, ...more }] });

describe('a pod at create', () => {
  it('needs containers', () => {
    expect(accept(pods, { metadata }).errors).toEqual(['spec.containers: Required value']);
    expect(errorsOf({ containers: [] })).toEqual(['spec.containers: Required value']);
  });

  it('needs names and images', () => {
    expect(errorsOf({ containers: [{ image: 'x' }] })).toEqual(['spec.containers[0].name: Required value']);
    expect(errorsOf({ containers: [{ name: 'c' }] })).toEqual(['spec.containers[0].image: Required value']);
    expect(errorsOfContainer({ image: ' x' })).toEqual([
      'spec.containers[0].image: Invalid value: " x": must not have leading or trailing whitespace',
    ]);
  });

  it('searches a bounded number of domains of bounded length', () => {
    const many = Array.from({ length: 33 }, (_, i) => `d${i}.example`);
    expect(errorsOf({ dnsConfig: { searches: many } })).toEqual([
      `spec.dnsConfig.searches: Invalid value: ${JSON.stringify(many)}: must not have more than 32 search paths`,
    ]);
    const long = Array.from({ length: 30 }, (_, i) => `${'a'.repeat(60)}.${'b'.repeat(10)}${i}`);
    expect(errorsOf({ dnsConfig: { searches: long } })).toEqual([
      `spec.dnsConfig.searches: Invalid value: ${JSON.stringify(long)}: must not have more than 2048 characters (including spaces) in the search list`,
    ]);
  });

  it.each<[string, object, string[]]>([
    ['duplicate names', { containers: [container, container] }, ['spec.containers[1].name: Duplicate value: "c"']],
    ['init container of the same name', { initContainers: [container] }, ['spec.initContainers[0].name: Duplicate value: "c"']],
    [
      'unknown restart policy',
      { restartPolicy: 'Sometimes' },
      ['spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"'],
    ],
    [
      'negative grace',
      { terminationGracePeriodSeconds: -1 },
      ['spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0'],
    ],
    [
      'zero deadline',
      { activeDeadlineSeconds: 0 },
      ['spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive'],
    ],
    [
      'ephemeral containers',
      { ephemeralContainers: [{ name: 'e', image: 'x' }] },
      ['spec.ephemeralContainers: Forbidden: cannot be set on create'],
    ],
    [
      'gates on a bound pod',
      { schedulingGates: [{ name: 'g' }], nodeName: 'n' },
      ['spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared'],
    ],
    [
      'search domains that are none',
      { dnsConfig: { searches: ['.', 'a.example.', '_tcp.example', 'A.example'] } },
      [
        `spec.dnsConfig.searches[3]: Invalid value: "A.example": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')`,
      ],
    ],
    [
      'an affinity to a namespace that cannot be, and keys without a selector',
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', namespaces: ['a.b'], matchLabelKeys: ['app'] }],
          },
        },
      },
      [
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: Invalid value: "a.b": must not contain dots',
        'spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
      ],
    ],
    [
      'a claim that the pod does not have',
      { containers: [{ ...container, resources: { claims: [{ name: 'gpu' }] } }] },
      ['spec.containers[0].resources.claims[0]: Not found: "gpu": must be one of the names in pod.spec.resourceClaims which is empty'],
    ],
    ['duplicate volumes', { volumes: [{ name: 'v' }, { name: 'v' }] }, ['spec.volumes[1].name: Duplicate value: "v"']],
    [
      'two sources',
      { volumes: [{ name: 'v', emptyDir: {}, hostPath: { path: '/x' } }] },
      ['spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type'],
    ],
    ['a secret volume without a name', { volumes: [{ name: 'v', secret: {} }] }, ['spec.volumes[0].secret.secretName: Required value']],
    [
      'a path out of the volume',
      { volumes: [{ name: 'v', configMap: { name: 'm', items: [{ key: 'k', path: '../k' }] } }] },
      ['spec.volumes[0].configMap.items[0].path: Invalid value: "../k": must not contain \'..\''],
    ],
    [
      'a toleration of nothing',
      { tolerations: [{ effect: 'NoSchedule' }] },
      [
        'spec.tolerations[0].operator: Invalid value: "": operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ],
    ],
    [
      'toleration seconds without NoExecute',
      { tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoSchedule', tolerationSeconds: 1 }] },
      ['spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be \'NoExecute\' when `tolerationSeconds` is set'],
    ],
    [
      'a spread without skew',
      { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero'],
    ],
    [
      'an affinity without values',
      {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'k', operator: 'In' }] }] },
          },
        },
      },
      [
        "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ],
    ],
    [
      'dnsPolicy None without servers',
      { dnsPolicy: 'None' },
      ['spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None'],
    ],
    [
      'more requested than allowed for the whole pod',
      { resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } },
      ['spec.resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      'two worlds in one',
      { hostPID: true, shareProcessNamespace: true },
      ['spec.shareProcessNamespace: Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled'],
    ],
    [
      'a probe on an init container',
      { initContainers: [{ name: 'i', image: 'x', readinessProbe: { exec: { command: ['true'] } } }] },
      ['spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without restartPolicy=Always'],
    ],
    [
      'two containers on one host port',
      {
        containers: [
          { name: 'a', image: 'x', ports: [{ containerPort: 1, hostPort: 80 }] },
          { name: 'b', image: 'x', ports: [{ containerPort: 2, hostPort: 80 }] },
        ],
      },
      ['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//80"'],
    ],
  ])('refuses %s', (_, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });

  it.each<[string, object, string[]]>([
    ['no port number', { ports: [{}] }, ['spec.containers[0].ports[0].containerPort: Required value']],
    [
      'a port too high',
      { ports: [{ containerPort: 70000 }] },
      ['spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
    ],
    [
      'a mount of no volume',
      { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "v"'],
    ],
    [
      'an empty value source',
      { env: [{ name: 'A', valueFrom: {} }] },
      [
        'spec.containers[0].env[0].valueFrom: Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ],
    ],
    [
      'value and source',
      { env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }] },
      ['spec.containers[0].env[0].valueFrom: Invalid value: "": may not be specified when `value` is not empty'],
    ],
    ['a probe of nothing', { livenessProbe: {} }, ['spec.containers[0].livenessProbe: Required value: must specify a handler type']],
    [
      'a probe of two kinds',
      { livenessProbe: { exec: { command: ['true'] }, tcpSocket: { port: 80 } } },
      ['spec.containers[0].livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type'],
    ],
    [
      'a liveness probe that must succeed twice',
      { livenessProbe: { tcpSocket: { port: 80 }, successThreshold: 2 } },
      ['spec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1'],
    ],
    [
      'more requested than allowed',
      { resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } },
      ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1'],
    ],
    [
      'an unknown resource',
      { resources: { limits: { gpu: '1' } } },
      [
        'spec.containers[0].resources.limits[gpu]: Invalid value: "gpu": must be a standard resource for containers',
        'spec.containers[0].resources.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers',
      ],
    ],
  ])('refuses a container with %s', (_, more, expected) => {
    expect(errorsOfContainer(more)).toEqual(expected);
  });
});

describe('a pod at update', () => {
  const created = (spec: object = {}): Pod => accept<Pod>(pods, { metadata, spec: { containers: [container], ...spec } }).object;
  const update = (old: Pod, change: (pod: Pod) => unknown): string[] => {
    const next = structuredClone(old);
    change(next);
    return accept(pods, next, old).errors;
  };
  const frozen = (fields: string): string =>
    `spec: Forbidden: pod updates may not change fields other than \`spec.containers[*].image\`,\`spec.initContainers[*].image\`,\`spec.activeDeadlineSeconds\`,\`spec.tolerations\` (only additions to existing tolerations),\`spec.terminationGracePeriodSeconds\` (allow it to be set to 1 if it was previously negative)\nchanged: ${fields}`;

  it('may change labels, images, deadline and add tolerations', () => {
    const errors = update(created(), (pod) => {
      pod.metadata.labels = { a: 'b' };
      pod.spec.containers[0]!.image = 'nginx:2';
      pod.spec.activeDeadlineSeconds = 10;
      pod.spec.tolerations = [{ key: 'k', operator: 'Exists' }];
    });
    expect(errors).toEqual([]);
  });

  it.each<[string, (pod: Pod) => unknown, string]>([
    ['the node', (pod) => Object.assign(pod.spec, { nodeName: 'n2' }), frozen('nodeName')],
    ['a command', (pod) => Object.assign(pod.spec.containers[0]!, { command: ['sh'] }), frozen('containers')],
    [
      'the number of containers',
      (pod) => pod.spec.containers.push({ name: 'd', image: 'x' }),
      'spec.containers: Forbidden: pod updates may not add or remove containers',
    ],
    ['the name', (pod) => Object.assign(pod.metadata, { name: 'other' }), 'metadata.name: Invalid value: "other": field is immutable'],
  ])('may not change %s', (_, change, expected) => {
    expect(update(created({ nodeName: 'n1' }), change)).toEqual([expected]);
  });

  it('is compared as it would be written today, however it was stored', () => {
    const old = created({
      containers: [{ ...container, env: [{ name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }] }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-0' } }],
    });
    // as a controller wrote it, and before the divisor had a default
    old.spec.volumes![0]!.persistentVolumeClaim!.readOnly = false;
    delete old.spec.containers[0]!.env![0]!.valueFrom!.resourceFieldRef!.divisor;
    expect(update(old, (pod) => Object.assign(pod.metadata, { labels: { role: 'primary' } }))).toEqual([]);
    expect(update(old, (pod) => Object.assign(pod.spec, { hostname: 'other' }))).toEqual([frozen('hostname')]);
  });

  it('may not lengthen a deadline or drop it', () => {
    const old = created({ activeDeadlineSeconds: 10 });
    expect(update(old, (pod) => Object.assign(pod.spec, { activeDeadlineSeconds: 20 }))).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: 20: must be less than or equal to previous value',
    ]);
    expect(update(old, (pod) => Object.assign(pod.spec, { activeDeadlineSeconds: undefined }))).toEqual([
      'spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value',
    ]);
  });

  it('may not change a toleration but for its seconds', () => {
    const old = created({ tolerations: [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }] });
    expect(update(old, (pod) => Object.assign(pod.spec.tolerations![0]!, { tolerationSeconds: 5 }))).toEqual([]);
    expect(update(old, (pod) => Object.assign(pod.spec, { tolerations: [] }))).toEqual([
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    ]);
  });

  it('may open gates, not add them', () => {
    const old = created({ schedulingGates: [{ name: 'a' }, { name: 'b' }] });
    expect(update(old, (pod) => Object.assign(pod.spec, { schedulingGates: [{ name: 'a' }] }))).toEqual([]);
    expect(update(old, (pod) => Object.assign(pod.spec, { nodeSelector: { disk: 'ssd' } }))).toEqual([]);
    expect(update(old, (pod) => Object.assign(pod.spec, { schedulingGates: [{ name: 'c' }] }))).toEqual([
      "spec.schedulingGates[0]: Forbidden: only deletion is allowed, but found new scheduling gate 'c'",
    ]);
  });

  it('may gain ephemeral containers through the subresource, and keeps those it has', () => {
    const old = created();
    const next = structuredClone(old);
    next.spec.ephemeralContainers = [{ name: 'debug', image: 'busybox' }];
    expect(pods.validate!(next, old)).toEqual([]);
    expect(pods.validate!(old, next).map((e) => e.detail)).toEqual(['existing ephemeral containers "debug" may not be removed']);
  });
});
