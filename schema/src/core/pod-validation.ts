/**
 * What a pod must be, at create and at update, and what a pod template must be. Structure (required fields, enums) was checked before.
 * Paths and wording are upstream's.
 */
import { decode } from '../dsl/decode.ts';
import { applyDefaults } from '../dsl/default.ts';
import { equalJson } from '../dsl/own.ts';
import { utf8Length } from '../dsl/utf8.ts';
import { between, nonNegative, problems } from '../meta/checks.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, notSupported, required } from '../validation/errors.ts';
import { validateIP } from '../validation/ip.ts';
import { isDNS1123Label, isDNS1123Subdomain, isDNS1123SubdomainWithUnderscore, isQualifiedName } from '../validation/names.ts';
import { validateAnnotations, validateLabels, validateObjectMeta } from '../validation/object-meta.ts';
import { validateContainers, validateResources } from './container-validation.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './placement-validation.ts';
import type { Pod } from './pod.ts';
import { PodSpec } from './pod-spec.ts';
import type { PodTemplateSpec } from './pod-template.ts';
import { validatePodSecurity } from './security-validation.ts';
import { validateVolumes } from './volume-validation.ts';

const MAX_INT32 = 2_147_483_647;
const MAX_NAMESERVERS = 3;
const MAX_SEARCHES = 32;
/** Of all of them, with spaces between. */
const MAX_SEARCH_CHARACTERS = 2048;

export const validatePodSpec = (spec: PodSpec, path: string): FieldError[] => {
  const errors: FieldError[] = [
    ...validateVolumes(spec.volumes, `${path}.volumes`),
    ...validateContainers(spec, path),
    ...validateResources(spec.resources, `${path}.resources`),
    ...nonNegative(`${path}.terminationGracePeriodSeconds`, spec.terminationGracePeriodSeconds),
    ...between(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, MAX_INT32),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validateTolerations(spec.tolerations, `${path}.tolerations`),
    ...validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`),
    ...validateAffinity(spec.affinity, `${path}.affinity`),
    ...validatePodSecurity(spec, `${path}.securityContext`),
    ...validateDNS(spec, path),
    ...validateNames(spec, path),
  ];
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(invalid(`${path}.shareProcessNamespace`, true, 'ShareProcessNamespace and HostPID cannot both be enabled'));
  }
  for (const [i, { ip, hostnames = [] }] of (spec.hostAliases ?? []).entries()) {
    const at = `${path}.hostAliases[${i}]`;
    errors.push(...validateIP(`${at}.ip`, ip));
    errors.push(...hostnames.flatMap((name, j) => problems(`${at}.hostnames[${j}]`, name, isDNS1123Subdomain(name))));
  }
  return errors;
};

const validateNames = (spec: PodSpec, path: string): FieldError[] => {
  const errors: FieldError[] = [];
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const) {
    const name = spec[field];
    if (name) errors.push(...problems(`${path}.${field}`, name, isDNS1123Subdomain(name)));
  }
  for (const field of ['hostname', 'subdomain'] as const) {
    const name = spec[field];
    if (name) errors.push(...problems(`${path}.${field}`, name, isDNS1123Label(name)));
  }
  for (const [i, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    errors.push(...problems(`${path}.readinessGates[${i}].conditionType`, conditionType, isQualifiedName(conditionType)));
  }
  const gates = new Set<string>();
  for (const [i, { name }] of (spec.schedulingGates ?? []).entries()) {
    errors.push(...problems(`${path}.schedulingGates[${i}]`, name, isQualifiedName(name)));
    if (gates.has(name)) errors.push(duplicate(`${path}.schedulingGates[${i}].name`, name));
    gates.add(name);
  }
  return errors;
};

const validateDNS = ({ dnsPolicy, dnsConfig }: PodSpec, path: string): FieldError[] => {
  const nameservers = dnsConfig?.nameservers ?? [];
  const at = `${path}.dnsConfig`;
  const errors = nameservers.flatMap((ip, i) => validateIP(`${at}.nameservers[${i}]`, ip));
  if (dnsPolicy === 'None' && !dnsConfig) errors.push(required(at, 'must provide `dnsConfig` when `dnsPolicy` is None'));
  else if (dnsPolicy === 'None' && nameservers.length === 0) {
    errors.push(required(`${at}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'));
  }
  if (nameservers.length > MAX_NAMESERVERS) {
    errors.push(invalid(`${at}.nameservers`, nameservers, `must not have more than ${MAX_NAMESERVERS} nameservers`));
  }
  errors.push(...validateSearches(dnsConfig?.searches ?? [], `${at}.searches`));
  for (const [i, { name }] of (dnsConfig?.options ?? []).entries()) {
    if (!name) errors.push(required(`${at}.options[${i}]`, 'must not be empty'));
  }
  return errors;
};

const validateSearches = (searches: readonly string[], path: string): FieldError[] => {
  const errors: FieldError[] = [];
  if (searches.length > MAX_SEARCHES) errors.push(invalid(path, searches, `must not have more than ${MAX_SEARCHES} search paths`));
  if (utf8Length(searches.join(' ')) > MAX_SEARCH_CHARACTERS) {
    const rule = `must not have more than ${MAX_SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalid(path, searches, rule));
  }
  for (const [i, search] of searches.entries()) {
    if (search === '.') continue;
    const domain = search.replace(/\.$/, '');
    errors.push(...problems(`${path}[${i}]`, domain, isDNS1123SubdomainWithUnderscore(domain)));
  }
  return errors;
};

/** Any pod template: labels, annotations and the spec, whatever its restart policy. */
export const validatePodTemplateSpec = ({ metadata, spec }: PodTemplateSpec, path: string): FieldError[] => {
  const errors = [
    ...validateLabels(metadata?.labels, `${path}.metadata.labels`),
    ...validateAnnotations(metadata?.annotations, `${path}.metadata.annotations`),
  ];
  if (!spec) return errors;
  errors.push(...validatePodSpec(spec, `${path}.spec`));
  if (spec.ephemeralContainers?.length) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
  }
  return errors;
};

/** The template of a workload whose pods run for ever. `owner` is the kind in the messages. */
export const validatePodTemplate = (template: PodTemplateSpec, path: string, owner: string): FieldError[] => {
  const errors = validatePodTemplateSpec(template, path);
  const { spec } = template;
  if (!spec) return errors;
  if (spec.restartPolicy && spec.restartPolicy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always']));
  }
  if (spec.activeDeadlineSeconds !== undefined) {
    errors.push(forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`));
  }
  return errors;
};

export const validatePod = (pod: Pod): FieldError[] => {
  const errors = [...validateObjectMeta(pod.metadata, { namespaced: true }), ...validatePodSpec(pod.spec, 'spec')];
  if (pod.spec.ephemeralContainers?.length) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (pod.spec.schedulingGates?.length && pod.spec.nodeName) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
};

const mutable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export const validatePodUpdate = (pod: Pod, old: Pod): FieldError[] => {
  const errors = validateObjectMeta(pod.metadata, { namespaced: true }, old.metadata);
  // what was accepted once stays acceptable, so only what changed is checked
  if (equalJson(pod.spec, old.spec)) return errors;
  errors.push(...validatePodSpec(pod.spec, 'spec'), ...validateCounts(pod.spec, old.spec));
  if (errors.length > 0) return errors;
  return [
    ...validateDeadline(pod.spec, old.spec),
    ...validateTolerationUpdate(pod.spec, old.spec),
    ...validateGateUpdate(pod.spec, old.spec),
    ...validateEphemeralUpdate(pod.spec, old.spec),
    ...validateFrozen(pod.spec, old.spec),
  ];
};

const validateCounts = (spec: PodSpec, old: PodSpec): FieldError[] =>
  (['containers', 'initContainers'] as const)
    .filter((field) => (spec[field] ?? []).length !== (old[field] ?? []).length)
    .map((field) => forbidden(`spec.${field}`, 'pod updates may not add or remove containers'));

const validateDeadline = ({ activeDeadlineSeconds: next }: PodSpec, { activeDeadlineSeconds: before }: PodSpec): FieldError[] => {
  if (before === undefined || next === before) return [];
  if (next === undefined) return [invalid('spec.activeDeadlineSeconds', null, 'must not update from a positive integer to nil value')];
  return next > before ? [invalid('spec.activeDeadlineSeconds', next, 'must be less than or equal to previous value')] : [];
};

const withoutSeconds = (toleration: object): object => ({ ...toleration, tolerationSeconds: undefined });

const validateTolerationUpdate = ({ tolerations = [] }: PodSpec, { tolerations: before = [] }: PodSpec): FieldError[] => {
  const kept = before.every((old) => tolerations.some((t) => equalJson(withoutSeconds(t), withoutSeconds(old))));
  return kept ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
};

const validateGateUpdate = ({ schedulingGates = [] }: PodSpec, { schedulingGates: before = [] }: PodSpec): FieldError[] =>
  schedulingGates
    .map((gate, i) => [gate.name, i] as const)
    .filter(([name]) => !before.some((gate) => gate.name === name))
    .map(([name, i]) => forbidden(`spec.schedulingGates[${i}]`, `only deletion is allowed, but found new scheduling gate '${name}'`));

const validateEphemeralUpdate = ({ ephemeralContainers = [] }: PodSpec, { ephemeralContainers: before = [] }: PodSpec): FieldError[] =>
  before.flatMap((container) => {
    const now = ephemeralContainers.find((c) => c.name === container.name);
    if (!now) return [forbidden('spec.ephemeralContainers', `existing ephemeral containers "${container.name}" may not be removed`)];
    return equalJson(now, container)
      ? []
      : [forbidden('spec.ephemeralContainers', `existing ephemeral containers "${container.name}" may not be changed`)];
  });

/** The spec as it would be had only mutable fields been changed. */
const withMutableFieldsOf = (spec: PodSpec, old: PodSpec): PodSpec => {
  const withImages = <C extends { image?: string }>(now: C[] | undefined, before: C[] | undefined): C[] | undefined =>
    now?.map((container, i) => ({ ...container, image: before?.[i]?.image }));
  const gated = (old.schedulingGates ?? []).length > 0;
  const restored: Record<string, unknown> = {
    ...spec,
    containers: withImages(spec.containers, old.containers),
    initContainers: withImages(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    tolerations: old.tolerations,
    schedulingGates: old.schedulingGates,
    ephemeralContainers: old.ephemeralContainers,
  };
  if ((old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1) {
    restored.terminationGracePeriodSeconds = old.terminationGracePeriodSeconds;
  }
  // a gated pod was not scheduled yet: its placement may still become narrower
  if (gated && Object.entries(old.nodeSelector ?? {}).every(([key, value]) => spec.nodeSelector?.[key] === value)) {
    restored.nodeSelector = old.nodeSelector;
  }
  if (gated && equalJson({ ...spec.affinity, nodeAffinity: undefined }, { ...old.affinity, nodeAffinity: undefined })) {
    restored.affinity = old.affinity;
  }
  return restored as unknown as PodSpec;
};

/** As it would be written today: what controllers and earlier versions stored may hold zero values, or lack a default, that no change made. */
const asWritten = (old: PodSpec): PodSpec => {
  const { value } = decode<PodSpec>(PodSpec, old, { path: 'spec', strict: false });
  applyDefaults(PodSpec, value);
  return value;
};

/** Names of the fields that differ and may not. */
const frozenChanges = (spec: PodSpec, old: PodSpec): string[] => {
  const restored = withMutableFieldsOf(spec, old) as Record<string, unknown>;
  const before = old as Record<string, unknown>;
  return [...new Set([...Object.keys(restored), ...Object.keys(before)])].filter((f) => !equalJson(restored[f], before[f]));
};

const validateFrozen = (spec: PodSpec, stored: PodSpec): FieldError[] => {
  // most writes leave the spec as it is stored, and cost no second decoding
  if (frozenChanges(spec, stored).length === 0) return [];
  const changed = frozenChanges(spec, asWritten(stored));
  if (changed.length === 0) return [];
  return [forbidden('spec', `pod updates may not change fields other than ${mutable}\nchanged: ${changed.sort().join(', ')}`)];
};
