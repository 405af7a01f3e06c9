import { expect, it } from 'vitest';
import { podWarnings, templateWarnings } from './pod-warnings.ts';
import { serviceWarnings } from './service-warnings.ts';
import { persistentVolumeClaimWarnings, persistentVolumeWarnings } from './storage-warnings.ts';

const container = (more: object) => ({ containers: [{ name: 'c', ...more }] });
const of = (spec: object, metadata: object = {}) => podWarnings({ metadata: { name: 'p', ...metadata }, spec });
const annotated = (key: string) => ({ annotations: { [key]: 'x' } });
const hides = (i: number) => `spec.containers[0].env[${i}]: hides previous definition of "a", which may be dropped when using apply`;

it.each<[string, object, object, string[]]>([
  ['nothing', container({ env: [{ name: 'a' }, { name: 'b' }], ports: [{ containerPort: 1 }, { containerPort: 2 }] }), {}, []],
  [
    'old labels of nodes',
    {
      nodeSelector: { 'beta.kubernetes.io/os': 'linux', fine: 'x' },
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/arch', operator: 'Exists' }] }],
          },
        },
      },
      topologySpreadConstraints: [{ topologyKey: 'failure-domain.beta.kubernetes.io/zone' }],
    },
    {},
    [
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/arch is deprecated since v1.14; use "kubernetes.io/arch" instead',
      'spec.topologySpreadConstraints[0].topologyKey: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
    ],
  ],
  [
    'volumes of the past',
    { volumes: [{ name: 'v', gitRepo: { repository: 'r' } }] },
    {},
    ['spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+'],
  ],
  [
    'names that come twice or are empty',
    { hostAliases: [{ ip: '1.1.1.1' }, { ip: '1.1.1.1' }], imagePullSecrets: [{ name: 'a' }, { name: 'a' }, {}] },
    {},
    [
      'spec.hostAliases[1].ip: duplicate ip "1.1.1.1"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
    ],
  ],
  [
    'parts of bytes',
    container({ resources: { limits: { memory: '1500m', 'ephemeral-storage': '1Gi' }, requests: { cpu: '100m', memory: '0.5' } } }),
    {},
    [
      'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "0.5" is invalid, must be an integer',
    ],
  ],
  [
    'variables that hide others',
    container({ env: ['1', '2', '$(a)', '$(a) more', ''].map((value) => ({ name: 'a', value })) }),
    {},
    [hides(1), hides(2), hides(4)],
  ],
  [
    'ports that come twice',
    container({
      ports: [
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 80, protocol: 'TCP' },
        { containerPort: 80, protocol: 'TCP', hostPort: 8080 },
        { containerPort: 80, protocol: 'TCP', hostPort: 8080, hostIP: '1.1.1.1' },
        { containerPort: 80, protocol: 'UDP', hostIP: '1.1.1.1' },
      ],
    }),
    {},
    [
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[0].ports[3]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[3]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[0].ports[3]: dangerously ambiguous port definition with spec.containers[0].ports[2]',
      'spec.containers[0].ports[4]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:UDP HostIP:1.1.1.1}',
    ],
  ],
  [
    'an annotation for a field',
    container({}),
    annotated('container.apparmor.security.beta.kubernetes.io/c'),
    [
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ],
  ],
  [
    'an annotation beside its field',
    { ...container({}), securityContext: { seccompProfile: { type: 'RuntimeDefault' } } },
    annotated('seccomp.security.alpha.kubernetes.io/pod'),
    [],
  ],
  [
    'terms that match nothing, and no grace',
    {
      affinity: {
        podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { topologyKey: 'x' } }] },
      },
      terminationGracePeriodSeconds: -1,
    },
    {},
    [
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
      'spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector: a null labelSelector results in matching no pod',
    ],
  ],
  [
    'a name with dots',
    {},
    { name: 'a.b' },
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ],
])('warns of %s', (_what, spec, metadata, warnings) => {
  expect(of(spec, metadata)).toEqual(warnings);
});

it('warns of a template where anything wanted changed', () => {
  const template: any = { metadata: annotated('seccomp.security.alpha.kubernetes.io/pod'), spec: container({}) };
  const object = (generation: number) => ({ metadata: { name: 'a.b', generation } });
  const about =
    'spec.template.metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead';
  expect(templateWarnings(object(1), undefined, template)).toEqual([
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]',
    about,
  ]);
  expect(templateWarnings(object(2), object(1), template)).toEqual([about]);
  expect(templateWarnings(object(1), object(1), template)).toEqual([]);
  expect(podWarnings({ metadata: { name: 'a.b' }, spec: {} }, object(1))).toEqual([]);
});

it('warns of Services whose fields do nothing', () => {
  const metadata = { name: 's' };
  expect(serviceWarnings({ metadata, spec: { clusterIP: '10.0.0.1', externalIPs: ['1.1.1.1'], sessionAffinity: 'ClientIP' } })).toEqual([]);
  const headless = { clusterIP: 'None', externalIPs: ['1.1.1.1'], loadBalancerIP: '1.1.1.1', sessionAffinity: 'ClientIP' };
  expect(serviceWarnings({ metadata, spec: headless })).toEqual([
    'spec.loadBalancerIP is ignored when spec.clusterIP is "None"',
    'spec.externalIPs is ignored when spec.clusterIP is "None"',
    'spec.SessionAffinity is ignored when spec.clusterIP is "None"',
  ]);
  expect(
    serviceWarnings({ metadata: annotated('service.kubernetes.io/topology-aware-hints'), spec: { type: 'ExternalName', externalIPs: [] } }),
  ).toEqual([
    'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
    'spec.externalIPs is ignored when spec.type is "ExternalName"',
  ]);
});

it('warns of volumes and claims', () => {
  const metadata = annotated('volume.beta.kubernetes.io/storage-class');
  const about =
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead';
  expect(persistentVolumeClaimWarnings({ metadata, spec: { resources: { requests: { storage: '100m' } } } })).toEqual([
    about,
    'spec.resources.requests[storage]: fractional byte value "100m" is invalid, must be an integer',
  ]);
  expect(persistentVolumeWarnings({ metadata, spec: { capacity: { storage: '1Gi' }, persistentVolumeReclaimPolicy: 'Recycle' } })).toEqual([
    about,
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
  ]);
});
