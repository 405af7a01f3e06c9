/**
 * Warnings about a pod or a template of pods: what is deprecated, does nothing, or is likely a mistake, in upstream's words. Told to whoever writes it; nothing is
 * refused for it. What is wrong is pod-validation.ts's.
 */
import { getOwn } from '../dsl/own.ts';
import type { ObjectMeta } from '../meta/object-meta.ts';
import { parseQuantity } from '../quantity/quantity.ts';
import type { KubeObject } from '../resource.ts';
import { isDNS1123Label } from '../validation/names.ts';
import type { Affinity, NodeSelectorTerm, PodAffinityTerm, WeightedPodAffinityTerm } from './affinity.ts';
import type { Container } from './container.ts';
import type { PodSpec } from './pod-spec.ts';
import type { PodTemplateSpec } from './pod-template.ts';
import type { Volume } from './volume.ts';

const instead = (since: string, label: string): string => `deprecated since ${since}; use "${label}" instead`;

const nodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': instead('v1.14', 'kubernetes.io/arch'),
  'beta.kubernetes.io/os': instead('v1.14', 'kubernetes.io/os'),
  'failure-domain.beta.kubernetes.io/region': instead('v1.17', 'topology.kubernetes.io/region'),
  'failure-domain.beta.kubernetes.io/zone': instead('v1.17', 'topology.kubernetes.io/zone'),
  'beta.kubernetes.io/instance-type': instead('v1.17', 'node.kubernetes.io/instance-type'),
};

const annotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const seccompGone = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const appArmorContainer = 'container.apparmor.security.beta.kubernetes.io/';
const appArmorOld = 'deprecated since v1.30; use the "appArmorProfile" field instead';

const volumes = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
} as const satisfies Partial<Record<keyof Volume, string>>;

const matchesNone = 'a null labelSelector results in matching no pod';
const quote = (text: string | undefined): string => JSON.stringify(text ?? '');

/** Items after the first of their name. */
const repeated = <T>(items: readonly T[] | undefined, nameOf: (item: T) => string | undefined): [index: number, item: T][] => {
  const seen = new Set<string | undefined>();
  return [...(items ?? []).entries()].filter(([, item]) => seen.has(nameOf(item)) || !seen.add(nameOf(item)));
};

/** `before`: what the sentence begins with. */
const ofLabel = (key: string, before: string): string[] => {
  const since = getOwn(nodeLabels, key);
  return since === undefined ? [] : [`${before} ${since}`];
};

const ofTerm = ({ matchExpressions = [] }: NodeSelectorTerm, at: string): string[] =>
  matchExpressions.flatMap(({ key }, i) => ofLabel(key, `${at}.matchExpressions[${i}].key: ${key} is`));

const required = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';

const ofNodeAffinity = ({ nodeAffinity: affinity }: Affinity, at: string): string[] => [
  ...(affinity?.[required]?.nodeSelectorTerms ?? []).flatMap((term, i) => ofTerm(term, `${at}.${required}.nodeSelectorTerms[${i}]`)),
  ...(affinity?.[preferred] ?? []).flatMap(({ preference }, i) => ofTerm(preference, `${at}.${preferred}[${i}].preference`)),
];

interface PodTerms {
  readonly [required]?: readonly PodAffinityTerm[];
  readonly [preferred]?: readonly WeightedPodAffinityTerm[];
}

const ofPodAffinity = (affinity: PodTerms | undefined, at: string): string[] => [
  ...(affinity?.[required] ?? []).flatMap(({ labelSelector }, i) =>
    labelSelector ? [] : [`${at}.${required}[${i}].labelSelector: ${matchesNone}`],
  ),
  ...(affinity?.[preferred] ?? []).flatMap(({ podAffinityTerm }, i) =>
    podAffinityTerm?.labelSelector ? [] : [`${at}.${preferred}[${i}].podAffinityTerm.labelSelector: ${matchesNone}`],
  ),
];

const ofPlacement = ({ nodeSelector, affinity, topologySpreadConstraints = [] }: PodSpec, at: string): string[] => [
  ...Object.keys(nodeSelector ?? {}).flatMap((key) => ofLabel(key, `${at}.nodeSelector[${key}]:`)),
  ...(affinity ? ofNodeAffinity(affinity, `${at}.affinity.nodeAffinity`) : []),
  ...topologySpreadConstraints.flatMap(({ topologyKey, labelSelector }, i) => [
    ...ofLabel(topologyKey, `${at}.topologySpreadConstraints[${i}].topologyKey:`),
    ...(labelSelector ? [] : [`${at}.topologySpreadConstraints[${i}].labelSelector: ${matchesNone}`]),
  ]),
];

const ofBytes = (list: Readonly<Record<string, string>> | undefined, at: string): string[] =>
  ['memory', 'ephemeral-storage'].flatMap((name) => {
    const value = list?.[name];
    const isWhole = value === undefined || parseQuantity(value).nano % 1_000_000_000n === 0n;
    return isWhole ? [] : [`${at}[${name}]: fractional byte value ${quote(value)} is invalid, must be an integer`];
  });

/** A variable may build upon one of its name that came before; otherwise that one is lost. */
const hides = ({ name, value = '', valueFrom }: NonNullable<Container['env']>[number]): boolean => {
  const reference = `$(${name})`;
  return valueFrom !== undefined || value === reference || !value.includes(reference);
};

interface Around {
  readonly meta: ObjectMeta;
  readonly spec: PodSpec;
  /** Before `metadata` and `spec`. */
  readonly path: string;
}

const ofContainer = (container: Container, { meta, spec, path }: Around, at: string): string[] => {
  const { name, resources, env, securityContext } = container;
  const given = (key: string, field: unknown, text: string) =>
    field === undefined && meta.annotations?.[key] !== undefined ? [`${path}metadata.annotations[${key}]: ${text}`] : [];
  return [
    ...given(`${seccompContainer}${name}`, securityContext?.seccompProfile, seccompGone),
    ...given(`${appArmorContainer}${name}`, spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile, appArmorOld),
    ...ofBytes(resources?.limits, `${at}.resources.limits`),
    ...ofBytes(resources?.requests, `${at}.resources.requests`),
    ...repeated(env, (one) => one.name)
      .filter(([, one]) => hides(one))
      .map(([i, one]) => `${at}.env[${i}]: hides previous definition of ${quote(one.name)}, which may be dropped when using apply`),
  ];
};

type Port = NonNullable<Container['ports']>[number];

const clash = (a: Port, b: Port): string | undefined => {
  const [aIP = '', bIP = ''] = [a.hostIP, b.hostIP];
  const [aPort = 0, bPort = 0] = [a.hostPort, b.hostPort];
  if (aIP === bIP && aPort === bPort) return 'duplicate';
  if (aPort === 0 || bPort === 0) return 'overlapping';
  return aPort === bPort && (aIP === '') !== (bIP === '') ? 'dangerously ambiguous' : undefined;
};

const ofPorts = (containers: readonly (readonly [at: string, container: Container])[]): string[] => {
  const seen = new Map<string, { readonly at: string; readonly port: Port }[]>();
  const warnings: string[] = [];
  for (const [path, { ports = [] }] of containers) {
    for (const [i, port] of ports.entries()) {
      const at = `${path}.ports[${i}]`;
      const { name = '', hostPort = 0, containerPort, protocol = '', hostIP = '' } = port;
      if (hostIP && !hostPort) {
        const shown = `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
        warnings.push(`${at}: hostIP set without hostPort: ${shown}`);
      }
      const key = `${containerPort}/${protocol}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const how = clash(port, other.port);
        if (how) warnings.push(`${at}: ${how} port definition with ${other.at}`);
      }
      seen.set(key, [...others, { at, port }]);
    }
  }
  return warnings;
};

const warningsOf = (meta: ObjectMeta, spec: PodSpec, path: string): string[] => {
  const at = `${path}spec`;
  const { hostAliases, imagePullSecrets, overhead, affinity, terminationGracePeriodSeconds: grace } = spec;
  const containers = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((kind) =>
    (spec[kind] ?? []).map((container, i) => [`${at}.${kind}[${i}]`, container as Container] as const),
  );
  return [
    ...ofPlacement(spec, at),
    ...Object.entries(annotations).flatMap(([key, text]) =>
      meta.annotations?.[key] === undefined ? [] : [`${path}metadata.annotations[${key}]: ${text}`],
    ),
    ...(spec.volumes ?? []).flatMap((volume, i) =>
      Object.entries(volumes).flatMap(([kind, text]) =>
        volume[kind as keyof typeof volumes] ? [`${at}.volumes[${i}].${kind}: ${text}`] : [],
      ),
    ),
    ...repeated(hostAliases, ({ ip }) => ip).map(([i, { ip }]) => `${at}.hostAliases[${i}].ip: duplicate ip ${quote(ip)}`),
    ...repeated(imagePullSecrets, ({ name }) => name).map(
      ([i, { name }]) => `${at}.imagePullSecrets[${i}].name: duplicate name ${quote(name)}`,
    ),
    ...(imagePullSecrets ?? []).flatMap(({ name }, i) => (name ? [] : [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`])),
    ...ofBytes(overhead, `${at}.overhead`),
    ...(!spec.securityContext?.seccompProfile && meta.annotations?.[seccompPod] !== undefined
      ? [`${path}metadata.annotations[${seccompPod}]: ${seccompGone}`]
      : []),
    ...containers.flatMap(([where, container]) => ofContainer(container, { meta, spec, path }, where)),
    ...ofPorts(containers),
    ...(grace !== undefined && grace < 0
      ? [`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...ofPodAffinity(affinity?.podAffinity as PodTerms | undefined, `${at}.affinity.podAffinity`),
    ...ofPodAffinity(affinity?.podAntiAffinity as PodTerms | undefined, `${at}.affinity.podAntiAffinity`),
  ];
};

const ofName = ({ name = '' }: ObjectMeta, where: string): string[] => {
  const problems = isDNS1123Label(name);
  if (problems.length === 0) return [];
  return [
    `metadata.name: this is used in ${where}, which can result in surprising behavior; a DNS label is recommended: [${problems.join(' ')}]`,
  ];
};

/** Of a pod that is made; those who change one are told nothing. */
export const podWarnings = ({ metadata, spec }: KubeObject, old?: KubeObject): string[] =>
  old ? [] : [...ofName(metadata, "the Pod's hostname"), ...warningsOf(metadata, spec, '')];

/** Of an object with a template at `path`, when it is made and when anything wanted of it changes. */
export const templateWarnings = (
  { metadata }: KubeObject,
  old: KubeObject | undefined,
  template: PodTemplateSpec | undefined,
  path = 'spec.template',
): string[] => {
  if (old && old.metadata.generation === metadata.generation) return [];
  const about = template?.spec ? warningsOf(template.metadata ?? {}, template.spec, `${path}.`) : [];
  return old ? about : [...ofName(metadata, 'Pod names and hostnames'), ...about];
};
