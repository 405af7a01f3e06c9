/**
 * What quotas count of an object: counters named as in a ResourceQuota's `hard`, with the scope before a slash where a scope narrows them
 * (`BestEffort/pods`, `NotTerminating,NotBestEffort/requests.cpu`). Integers: CPU in thousandths, everything else in units.
 */
import { compare, toMilli, value } from '#schema/quantity/quantity.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { LastMade } from '../../apiserver/last-made.ts';
import { podTotals, type Usage } from '../limits/bounds.ts';

export type Counters = Readonly<Record<string, number>>;

/** Integer of a quantity under this counter's unit. */
export const amount = (counter: string, quantity: string): number => {
  const resource = counter.slice(counter.lastIndexOf('/') + 1);
  return /(^|\.)cpu$/.test(resource) ? toMilli(quantity) : value(quantity);
};

const own = new Set(['cpu', 'memory', 'ephemeral-storage']);

/** While a resize is under way a container counts as what its node holds for it, where that is more than what it asks for. */
const larger = (wanted: Usage | undefined, ...held: readonly (Usage | undefined)[]): Usage => {
  const out: Record<string, string> = { ...wanted };
  for (const usage of held) {
    for (const [name, quantity] of Object.entries(usage ?? {}))
      if (out[name] !== undefined && compare(out[name], quantity) < 0) out[name] = quantity;
  }
  return out;
};

const heldSpec = ({ spec, status }: KubeObject): any => {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  if (statuses.length === 0) return spec ?? {};
  const held = (container: any) => {
    const { resources, allocatedResources } = statuses.find(({ name }: any) => name === container.name) ?? {};
    if (!resources && !allocatedResources) return container;
    const { requests, limits } = container.resources ?? {};
    const raised = { requests: larger(requests, resources?.requests, allocatedResources), limits: larger(limits, resources?.limits) };
    return { ...container, resources: raised };
  };
  return { ...spec, containers: spec?.containers?.map(held), initContainers: spec?.initContainers?.map(held) };
};

const computeCounters = (spec: any): Record<string, number> => {
  const { requests, limits } = podTotals(spec);
  const out: Record<string, number> = {};
  const put = (name: string, quantity: string) => {
    out[name] = amount(name, quantity);
  };
  for (const [name, quantity] of Object.entries(requests)) {
    put(`requests.${name}`, quantity);
    if (own.has(name) || name.startsWith('hugepages-')) put(name, quantity);
  }
  for (const [name, quantity] of Object.entries(limits)) put(`limits.${name}`, quantity);
  return out;
};

const isBestEffort = (spec: any): boolean =>
  [...(spec.containers ?? []), ...(spec.initContainers ?? [])].every(({ resources }) =>
    [resources?.requests, resources?.limits].every((usage: Usage | undefined) => !usage?.cpu && !usage?.memory),
  );

/** Every set of scopes the pod is in, '' for none. Quality and deadline combine; a priority class stands alone. */
const scopesOf = (spec: any): string[] => {
  const quality = isBestEffort(spec) ? 'BestEffort' : 'NotBestEffort';
  const deadline = spec.activeDeadlineSeconds === undefined ? 'NotTerminating' : 'Terminating';
  const priority = spec.priorityClassName ? ['PriorityClass', `PriorityClass=${spec.priorityClassName}`] : [];
  return ['', quality, deadline, `${quality},${deadline}`, ...priority];
};

/** Name of a counter within scopes (sorted as `scopesOf` does). */
export const scoped = (scopes: readonly string[], counter: string): string =>
  scopes.length === 0
    ? counter
    : `${[...scopes].sort((a, b) => Number(/Terminating/.test(a)) - Number(/Terminating/.test(b))).join(',')}/${counter}`;

/** All that quotas look at in the spec of a pod. */
const countedOf = ({ containers, initContainers, overhead, activeDeadlineSeconds, priorityClassName }: any) => {
  const resourcesOf = ({ resources, restartPolicy }: any) => ({ resources, restartPolicy });
  return {
    containers: containers?.map(resourcesOf),
    initContainers: initContainers?.map(resourcesOf),
    overhead,
    activeDeadlineSeconds,
    priorityClassName,
  };
};

/** Of specs as `countedOf` leaves them. */
const runningCounters = (asked: any, held: any): Counters => {
  const counters = { pods: 1, ...computeCounters(held) };
  const out: Record<string, number> = {};
  for (const scope of scopesOf(asked)) {
    for (const [name, count] of Object.entries(counters)) out[scope ? `${scope}/${name}` : name] = count;
  }
  return out;
};

/** A pod is written many times, and many pods are of one template. */
const lastCounters = new LastMade<string, Counters>(32);

const podCounters = (pod: KubeObject): Counters => {
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (finished) return {};
  const spec = pod.spec ?? {};
  const held = heldSpec(pod);
  const [asked, holds] = [countedOf(spec), held === spec ? undefined : countedOf(held)];
  return lastCounters.of(JSON.stringify([asked, holds]), () => runningCounters(asked, holds ?? asked));
};

const claimCounters = ({ spec }: KubeObject): Counters => {
  const storage = value(String(spec?.resources?.requests?.storage ?? '0'));
  const name = spec?.storageClassName;
  return {
    persistentvolumeclaims: 1,
    'requests.storage': storage,
    ...(name
      ? {
          [`${name}.storageclass.storage.k8s.io/persistentvolumeclaims`]: 1,
          [`${name}.storageclass.storage.k8s.io/requests.storage`]: storage,
        }
      : {}),
  };
};

const serviceCounters = ({ spec }: KubeObject): Counters => {
  const ports: any[] = spec?.ports ?? [];
  const balanced = spec?.type === 'LoadBalancer';
  const onNodes = spec?.type === 'NodePort' || (balanced && spec?.allocateLoadBalancerNodePorts !== false);
  return { services: 1, ...(balanced ? { 'services.loadbalancers': 1 } : {}), ...(onNodes ? { 'services.nodeports': ports.length } : {}) };
};

/** Kinds that count as more than an object. */
const special: Readonly<Record<string, (object: KubeObject) => Counters>> = {
  'core/pods': podCounters,
  'core/persistentvolumeclaims': claimCounters,
  'core/services': serviceCounters,
};
const plain = new Set(['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas']);

export const quotaUsage = (definition: ResourceDefinition, object: KubeObject): Counters => {
  const { group, resource } = definition;
  const counted = { [`count/${group ? `${resource}.${group}` : resource}`]: 1 };
  const more = special[storageKey(definition)]?.(object) ?? (!group && plain.has(resource) ? { [resource]: 1 } : {});
  return { ...counted, ...more };
};
