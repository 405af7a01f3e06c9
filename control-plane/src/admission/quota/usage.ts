/**
 * What quotas count of an object: counters named as in a ResourceQuota's `hard`, and the scopes in which they count once more, with the scope before a slash
 * (`BestEffort/pods`, `NotBestEffort,NotTerminating/requests.cpu`). Integers: CPU in thousandths, everything else in units.
 */
import { getOwn } from '#schema/dsl/own.ts';
import { compare, toMilli, value } from '#schema/quantity/quantity.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { LastMade } from '../../apiserver/last-made.ts';
import { podTotals, type Usage } from '../limits/bounds.ts';

type Counters = Readonly<Record<string, number>>;

export interface QuotaUsage {
  readonly usage: Counters;
  readonly scopes: readonly string[];
}

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
    for (const [name, quantity] of Object.entries(usage ?? {})) {
      const known = getOwn(out, name);
      if (known !== undefined && compare(known, quantity) < 0) out[name] = quantity;
    }
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

/** Every set of scopes the pod is in. Quality and deadline combine; a priority class stands alone. */
const scopesOf = (spec: any): string[] => {
  const quality = isBestEffort(spec) ? 'BestEffort' : 'NotBestEffort';
  const deadline = spec.activeDeadlineSeconds === undefined ? 'NotTerminating' : 'Terminating';
  const priority = spec.priorityClassName ? ['PriorityClass', `PriorityClass=${spec.priorityClassName}`] : [];
  return [quality, deadline, `${quality},${deadline}`, ...priority];
};

/** Name of several scopes together (sorted as `scopesOf` does); '' of none. */
export const scopeName = (scopes: readonly string[]): string =>
  [...scopes].sort((a, b) => Number(/Terminating/.test(a)) - Number(/Terminating/.test(b))).join(',');

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

const unscoped = (usage: Counters): QuotaUsage => ({ usage, scopes: [] });

/** Of specs as `countedOf` leaves them. */
const runningUsage = (asked: any, held: any): QuotaUsage => ({ usage: { pods: 1, ...computeCounters(held) }, scopes: scopesOf(asked) });

/** A pod is written many times, and many pods are of one template. */
const lastUsage = new LastMade<string, QuotaUsage>(32);

const podUsage = (pod: KubeObject): QuotaUsage => {
  const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (finished) return unscoped({});
  const spec = pod.spec ?? {};
  const held = heldSpec(pod);
  const [asked, holds] = [countedOf(spec), held === spec ? undefined : countedOf(held)];
  return lastUsage.of(JSON.stringify([asked, holds]), () => runningUsage(asked, holds ?? asked));
};

const claimUsage = ({ spec }: KubeObject): QuotaUsage => {
  const storage = value(String(spec?.resources?.requests?.storage ?? '0'));
  const name = spec?.storageClassName;
  return unscoped({
    persistentvolumeclaims: 1,
    'requests.storage': storage,
    ...(name
      ? {
          [`${name}.storageclass.storage.k8s.io/persistentvolumeclaims`]: 1,
          [`${name}.storageclass.storage.k8s.io/requests.storage`]: storage,
        }
      : {}),
  });
};

const serviceUsage = ({ spec }: KubeObject): QuotaUsage => {
  const ports: any[] = spec?.ports ?? [];
  const balanced = spec?.type === 'LoadBalancer';
  const onNodes = spec?.type === 'NodePort' || (balanced && spec?.allocateLoadBalancerNodePorts !== false);
  return unscoped({
    services: 1,
    ...(balanced ? { 'services.loadbalancers': 1 } : {}),
    ...(onNodes ? { 'services.nodeports': ports.length } : {}),
  });
};

/** Kinds that count as more than an object. */
const special: Readonly<Record<string, (object: KubeObject) => QuotaUsage>> = {
  'core/pods': podUsage,
  'core/persistentvolumeclaims': claimUsage,
  'core/services': serviceUsage,
};
const plain = new Set(['configmaps', 'secrets', 'replicationcontrollers', 'resourcequotas']);

export const quotaUsage = (definition: ResourceDefinition, object: KubeObject): QuotaUsage => {
  const { group, resource } = definition;
  const counted = { [`count/${group ? `${resource}.${group}` : resource}`]: 1 };
  const { usage, scopes } = special[storageKey(definition)]?.(object) ?? unscoped(!group && plain.has(resource) ? { [resource]: 1 } : {});
  return { usage: { ...counted, ...usage }, scopes };
};
