/**
 * What containers must be: app containers, init containers and ephemeral ones. Paths and wording are upstream's.
 */
import { getOwn } from '../dsl/own.ts';
import { problems } from '../meta/checks.ts';
import { compare, value } from '../quantity/quantity.ts';
import type { FieldError } from '../resource.ts';
import { duplicate, forbidden, invalid, notFound, notSupported, required } from '../validation/errors.ts';
import { isDNS1123Label, isQualifiedName, isValidPortName, isValidPortNum } from '../validation/names.ts';
import type { Container, VolumeMount } from './container.ts';
import { validateEnv, validateEnvFrom } from './env-validation.ts';
import type { EphemeralContainer } from './ephemeral-container.ts';
import type { PodSpec } from './pod-spec.ts';
import { validateLifecycle, validateProbe, validateSingleSuccess } from './probe-validation.ts';
import type { ResourceRequirements } from './resources.ts';
import { validateSecurityContext } from './security-validation.ts';
import { validateLocalPath } from './volume-validation.ts';

const restartPolicies = ['Always', 'Never', 'OnFailure'];

interface PodFacts {
  readonly volumes: ReadonlySet<string>;
  /** Names in spec.resourceClaims. */
  readonly claims: readonly string[];
  readonly hostNetwork: boolean;
  readonly graceSeconds: number | undefined;
  readonly restartPolicy: string | undefined;
}

export const validateContainers = (spec: PodSpec, path: string): FieldError[] => {
  const facts: PodFacts = {
    volumes: new Set((spec.volumes ?? []).map((volume) => volume.name)),
    claims: (spec.resourceClaims ?? []).map((claim) => claim.name),
    hostNetwork: spec.hostNetwork ?? false,
    graceSeconds: spec.terminationGracePeriodSeconds,
    restartPolicy: spec.restartPolicy,
  };
  const names = new Set<string>();
  const uniqueName = (name: string, at: string): FieldError[] => {
    if (names.has(name)) return [duplicate(`${at}.name`, name)];
    names.add(name);
    return [];
  };
  const errors: FieldError[] = [];
  if (!spec.containers?.length) errors.push(required(`${path}.containers`));
  for (const [i, container] of (spec.containers ?? []).entries()) {
    const at = `${path}.containers[${i}]`;
    errors.push(...uniqueName(container.name, at), ...validateCommon(container, at, facts), ...validateRunning(container, at, facts));
  }
  for (const [i, container] of (spec.initContainers ?? []).entries()) {
    const at = `${path}.initContainers[${i}]`;
    errors.push(...uniqueName(container.name, at), ...validateCommon(container, at, facts));
    errors.push(...(container.restartPolicy === 'Always' ? validateRunning(container, at, facts) : forbidRunningFields(container, at)));
  }
  for (const [i, container] of (spec.ephemeralContainers ?? []).entries()) {
    const at = `${path}.ephemeralContainers[${i}]`;
    errors.push(...uniqueName(container.name, at), ...validateEphemeral(container, spec, at, facts));
  }
  return [...errors, ...hostPortConflicts(spec, path)];
};

const validateCommon = (container: Container, path: string, facts: PodFacts): FieldError[] => {
  const errors = problems(`${path}.name`, container.name, isDNS1123Label(container.name));
  const { image, restartPolicy } = container;
  if (!image) errors.push(required(`${path}.image`));
  else if (image.trim() !== image) errors.push(invalid(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  if (restartPolicy !== undefined && !restartPolicies.includes(restartPolicy)) {
    errors.push(notSupported(`${path}.restartPolicy`, restartPolicy, restartPolicies));
  }
  return [
    ...errors,
    ...validatePorts(container, path, facts),
    ...validateEnv(container.env, `${path}.env`),
    ...validateEnvFrom(container.envFrom, `${path}.envFrom`),
    ...validateMounts(container, `${path}.volumeMounts`, facts.volumes),
    ...validateResources(container.resources, `${path}.resources`),
    ...validateClaimNames(container.resources, `${path}.resources.claims`, facts.claims),
    ...validateResizePolicy(container, `${path}.resizePolicy`, facts),
    ...validateSecurityContext(container.securityContext, `${path}.securityContext`),
  ];
};

const validateResizePolicy = ({ resizePolicy = [] }: Container, path: string, { restartPolicy }: PodFacts): FieldError[] =>
  resizePolicy.flatMap((policy, i) => {
    const { resourceName: name } = policy;
    const errors: FieldError[] = [];
    if (resizePolicy.findIndex(({ resourceName }) => resourceName === name) < i) errors.push(duplicate(`${path}[${i}]`, name));
    if (name !== 'cpu' && name !== 'memory') errors.push(notSupported(path, name, ['cpu', 'memory']));
    if (restartPolicy === 'Never' && policy.restartPolicy !== 'NotRequired')
      errors.push(invalid(path, policy.restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    return errors;
  });

/** Hooks and probes: of containers that keep running. */
const validateRunning = (container: Container, path: string, { graceSeconds }: PodFacts): FieldError[] => {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  const errors = [
    ...validateLifecycle(lifecycle, `${path}.lifecycle`, graceSeconds),
    ...validateProbe(livenessProbe, `${path}.livenessProbe`),
    ...validateSingleSuccess(livenessProbe, `${path}.livenessProbe`),
    ...validateProbe(readinessProbe, `${path}.readinessProbe`),
    ...validateProbe(startupProbe, `${path}.startupProbe`),
    ...validateSingleSuccess(startupProbe, `${path}.startupProbe`),
  ];
  const grace = readinessProbe?.terminationGracePeriodSeconds;
  if (grace !== undefined) {
    errors.push(invalid(`${path}.readinessProbe.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
  }
  return errors;
};

const forbidRunningFields = (container: Container, path: string): FieldError[] => [
  ...(['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((field) => container[field] !== undefined)
    .map((field) => forbidden(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always')),
  ...(container.resizePolicy?.length
    ? [invalid(`${path}.resizePolicy`, container.resizePolicy, 'must not be set for init containers')]
    : []),
];

const forbiddenInEphemeral = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'restartPolicy',
  'resizePolicy',
] as const;

const validateEphemeral = (container: EphemeralContainer, spec: PodSpec, path: string, facts: PodFacts): FieldError[] => {
  const target = container.targetContainerName;
  const targets = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((c) => c.name);
  const errors = validateCommon(container as Container, path, facts);
  if (target && !targets.includes(target)) errors.push(notFound(`${path}.targetContainerName`, target));
  for (const field of forbiddenInEphemeral) {
    if (container[field] !== undefined) errors.push(forbidden(`${path}.${field}`, 'cannot be set for an Ephemeral Container'));
  }
  for (const resource of ['limits', 'requests'] as const) {
    if (container.resources?.[resource]) errors.push(forbidden(`${path}.resources`, 'cannot be set for an Ephemeral Container'));
  }
  return errors;
};

const validatePorts = ({ ports = [] }: Container, path: string, { hostNetwork }: PodFacts): FieldError[] => {
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const at = `${path}.ports[${i}]`;
    const errors: FieldError[] = [];
    if (port.name) {
      errors.push(...problems(`${at}.name`, port.name, isValidPortName(port.name)));
      if (names.has(port.name)) errors.push(duplicate(`${at}.name`, port.name));
      names.add(port.name);
    }
    if (!port.containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...problems(`${at}.containerPort`, port.containerPort, isValidPortNum(port.containerPort)));
    if (port.hostPort) errors.push(...problems(`${at}.hostPort`, port.hostPort, isValidPortNum(port.hostPort)));
    if (hostNetwork && (port.hostPort ?? 0) !== port.containerPort) {
      errors.push(invalid(`${at}.containerPort`, port.containerPort, 'must match `hostPort` when `hostNetwork` is true'));
    }
    return errors;
  });
};

const hostPortConflicts = (spec: PodSpec, path: string): FieldError[] => {
  const taken = new Set<string>();
  return (spec.containers ?? []).flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol = 'TCP' }, j) => {
      if (!hostPort) return [];
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) return [duplicate(`${path}.containers[${i}].ports[${j}].hostPort`, key)];
      taken.add(key);
      return [];
    }),
  );
};

/** What may pass between the mounts of the node and of the container. */
const validatePropagation = (mount: VolumeMount, path: string, privileged: boolean): FieldError[] => {
  const { mountPropagation: propagation = 'None', recursiveReadOnly = 'Disabled', readOnly } = mount;
  const at = `${path}.recursiveReadOnly`;
  const errors: FieldError[] = [];
  if (propagation === 'Bidirectional' && !privileged)
    errors.push(forbidden(`${path}.mountPropagation`, 'Bidirectional mount propagation is available only to privileged containers'));
  if (recursiveReadOnly === 'Disabled') return errors;
  if (!readOnly) errors.push(forbidden(at, 'may only be specified when readOnly is true'));
  if (propagation !== 'None') errors.push(forbidden(at, 'may only be specified when mountPropagation is None or not specified'));
  return errors;
};

const validateMounts = ({ volumeMounts = [], securityContext }: Container, path: string, volumes: ReadonlySet<string>): FieldError[] => {
  const paths = new Set<string>();
  return volumeMounts.flatMap((mount, i) => {
    const { name, mountPath, subPath, subPathExpr } = mount;
    const at = `${path}[${i}]`;
    const errors = volumes.has(name) ? [] : [notFound(`${at}.name`, name)];
    if (paths.has(mountPath)) errors.push(invalid(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    if (subPath) errors.push(...validateLocalPath(`${at}.subPath`, subPath));
    if (subPathExpr) errors.push(...validateLocalPath(`${at}.subPathExpr`, subPathExpr));
    if (subPath && subPathExpr) errors.push(invalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
    return [...errors, ...validatePropagation(mount, at, securityContext?.privileged ?? false)];
  });
};

const standardResources = new Set(['cpu', 'memory', 'ephemeral-storage']);
const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isStandard = (name: string): boolean => standardResources.has(name) || isHugePages(name);
/** Of a domain of its own, such as nvidia.com/gpu: whole pieces, given to one container alone. */
const isExtended = (name: string): boolean => name.includes('/') && !/(^|\.)kubernetes\.io\//.test(name);

const validateResourceList = (list: Readonly<Record<string, string>> | undefined, path: string): FieldError[] =>
  Object.entries(list ?? {}).flatMap(([name, quantity]) => {
    const at = `${path}[${name}]`;
    const errors = problems(at, name, isQualifiedName(name));
    if (!name.includes('/') && !isStandard(name)) errors.push(invalid(at, name, 'must be a standard resource for containers'));
    if (compare(quantity, '0') < 0) errors.push(invalid(at, quantity, 'must be greater than or equal to 0'));
    if (isExtended(name) && compare(quantity, String(value(quantity))) !== 0) errors.push(invalid(at, quantity, 'must be an integer'));
    return errors;
  });

const validateClaimNames = (resources: ResourceRequirements | undefined, path: string, known: readonly string[]): FieldError[] =>
  (resources?.claims ?? []).flatMap(({ name }, i) => {
    if (known.includes(name)) return [];
    const names = known.length === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
    return [notFound(`${path}[${i}]`, name, `must be one of the names in pod.spec.resourceClaims${names}`)];
  });

export const validateResources = (resources: ResourceRequirements | undefined, path: string): FieldError[] => {
  const { limits, requests } = resources ?? {};
  const errors = [...validateResourceList(limits, `${path}.limits`), ...validateResourceList(requests, `${path}.requests`)];
  for (const [name, request] of Object.entries(requests ?? {})) {
    const limit = getOwn(limits, name);
    const isShared = !isExtended(name) && !isHugePages(name);
    if (limit === undefined) {
      if (!isShared) errors.push(required(`${path}.limits`, 'Limit must be set for non overcommitable resources'));
    } else if (!isShared && compare(request, limit) !== 0) {
      errors.push(invalid(`${path}.requests`, request, `must be equal to ${name} limit of ${limit}`));
    } else if (compare(request, limit) > 0) {
      errors.push(invalid(`${path}.requests`, request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  return errors;
};
