/**
 * A pod whose containers shall have other sizes than the node has set aside for them: whether the node takes that on, and what the pod is until then.
 * What was set aside is in the status as last reported, so a restarted agent goes on where it was. Pure. Neighbours: kernel-sizes.ts says what
 * of it a running container lacks, plan.ts acts on it.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
import type { Container, ContainerStatus, Pod, PodCondition } from '#schema/core/pod.ts';
import { getOwn } from '#schema/dsl/own.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';
import { isSidecar, recordsOf } from './containers.ts';
import { kernelSizesOf, sizesToChange } from './kernel-sizes.ts';
import type { Observed, ObservedContainer } from './observed.ts';

type Quantities = Readonly<Record<string, string>>;

/** CPU in thousandths, memory in bytes. */
export interface Amounts {
  readonly cpu: number;
  readonly memory: number;
}

const amountsOf = (requests: Quantities | undefined): Amounts => ({
  cpu: requests?.cpu ? toMilli(requests.cpu) : 0,
  memory: requests?.memory ? toBytes(requests.memory) : 0,
});

const sumOf = (all: readonly Amounts[]): Amounts => ({
  cpu: all.reduce((sum, { cpu }) => sum + cpu, 0),
  memory: all.reduce((sum, { memory }) => sum + memory, 0),
});

const larger = (a: Amounts, b: Amounts): Amounts => ({ cpu: Math.max(a.cpu, b.cpu), memory: Math.max(a.memory, b.memory) });

const lasting = (pod: Pod): readonly Container[] => [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)];

/** Of a container that was there when the status was reported. */
const reportedOf = (status: Pod['status'], name: string): ContainerStatus | undefined => {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return all.find((one) => one.name === name && one.containerID !== undefined);
};

/** What a pod takes of its node while it runs: the larger of what it wants and what is set aside for it. */
export const heldBy = (pod: Pod): Amounts => {
  const held = lasting(pod).map((container) =>
    larger(amountsOf(container.resources?.requests), amountsOf(reportedOf(pod.status, container.name)?.allocatedResources)),
  );
  return sumOf([...held, amountsOf(pod.spec.overhead)]);
};

export interface Room {
  readonly allocatable: Amounts;
  /** What other pods of the node take. */
  readonly used: Amounts;
}

const finished = (pod: Pod): boolean => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** `pods`: those of the node, and perhaps others. */
export const roomOf = (
  pods: readonly Pod[],
  { uid, nodeName, allocatable }: { readonly uid: string; readonly nodeName: string; readonly allocatable: Quantities },
): Room => {
  const others = pods.filter((pod) => pod.spec.nodeName === nodeName && pod.metadata.uid !== uid && !finished(pod));
  return { allocatable: amountsOf(allocatable), used: sumOf(others.map(heldBy)) };
};

type Refusal = { readonly reason: 'Deferred' | 'Infeasible'; readonly message: string };

const refusalOf = (wanted: Amounts, held: Amounts, { allocatable, used }: Room): Refusal | undefined => {
  const names = ['cpu', 'memory'] as const;
  const growing = names.filter((name) => wanted[name] > held[name]);
  const impossible = growing.find((name) => wanted[name] > allocatable[name]);
  if (impossible) {
    const numbers = `requested: ${wanted[impossible]}, capacity: ${allocatable[impossible]}`;
    return { reason: 'Infeasible', message: `Node didn't have enough capacity: ${impossible}, ${numbers}` };
  }
  const crowded = growing.find((name) => wanted[name] + used[name] > allocatable[name]);
  if (!crowded) return undefined;
  const numbers = `requested: ${wanted[crowded]}, used: ${used[crowded]}, capacity: ${allocatable[crowded]}`;
  return { reason: 'Deferred', message: `Node didn't have enough resource: ${crowded}, ${numbers}` };
};

/** Containers with a size the node has not set aside yet. */
const asking = (pod: Pod, status: Pod['status']): readonly Container[] =>
  lasting(pod).filter((container) => {
    const reported = reportedOf(status, container.name);
    if (!reported) return false;
    const [wanted, held] = [amountsOf(container.resources?.requests), amountsOf(reported.allocatedResources)];
    return wanted.cpu !== held.cpu || wanted.memory !== held.memory;
  });

/** Whether the node's room must be known for `resizeOf`. */
export const asksForRoom = (pod: Pod, reported: Pod['status']): boolean => asking(pod, reported).length > 0;

export interface Resize {
  /** The pod with the sizes that hold: its own, or while a resize is refused those set aside before. */
  readonly pod: Pod;
  readonly refusal?: Refusal;
}

const withHeldSizes = (pod: Pod, status: Pod['status']): Pod => {
  const held = (container: Container): Container => {
    const reported = reportedOf(status, container.name);
    if (!reported || (pod.spec.initContainers?.includes(container) && !isSidecar(container))) return container;
    const { allocatedResources: requests, resources } = reported;
    return { ...container, resources: { ...(requests ? { requests } : {}), ...(resources?.limits ? { limits: resources.limits } : {}) } };
  };
  const { containers, initContainers } = pod.spec;
  return {
    ...pod,
    spec: { ...pod.spec, containers: containers.map(held), ...(initContainers ? { initContainers: initContainers.map(held) } : {}) },
  };
};

export const resizeOf = (pod: Pod, observed: Observed): Resize => {
  const status = observed.reported ?? pod.status;
  const { room } = observed;
  if (!room || !asksForRoom(pod, status)) return { pod };
  const overhead = amountsOf(pod.spec.overhead);
  const wanted = sumOf([...lasting(pod).map(({ resources }) => amountsOf(resources?.requests)), overhead]);
  const before = lasting(pod).map(({ name, resources }) =>
    amountsOf(reportedOf(status, name) ? reportedOf(status, name)!.allocatedResources : resources?.requests),
  );
  const refusal = refusalOf(wanted, sumOf([...before, overhead]), room);
  return refusal ? { pod: withHeldSizes(pod, status), refusal } : { pod };
};

const same = (a: Quantities | undefined, b: Quantities | undefined): boolean => {
  const [one, other] = [amountsOf(a), amountsOf(b)];
  return one.cpu === other.cpu && one.memory === other.memory;
};

/** An engine may round sizes or not know them: what was reported to be in force is not questioned. */
const isSettled = (container: Container, record: ObservedContainer, reported: ContainerStatus | undefined): boolean =>
  record.sizesRead === true &&
  reported?.containerID?.endsWith(record.id) === true &&
  same(reported.resources?.requests, container.resources?.requests) &&
  same(reported.resources?.limits, container.resources?.limits);

/** How a running container gets the sizes of its spec; undefined: it has them. `reported`: its status as last reported. */
export const resizeStep = (
  container: Container,
  record: ObservedContainer,
  reported: ContainerStatus | undefined,
): 'inPlace' | 'restart' | undefined => {
  const { cpu, memory } = sizesToChange(record.sizes, kernelSizesOf(container));
  if ((!cpu && !memory) || isSettled(container, record, reported)) return undefined;
  const restarts = (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) =>
      restartPolicy === 'RestartContainer' && (resourceName === 'cpu' ? cpu : resourceName === 'memory' && memory),
  );
  return restarts ? 'restart' : 'inPlace';
};

/** Running containers of the pod that lack a size. */
const lacking = (pod: Pod, observed: Observed): readonly Container[] =>
  lasting(pod).filter((container) => {
    const record = recordsOf(observed, container.name)[0];
    const reported = reportedOf(observed.reported ?? pod.status, container.name);
    return record?.state === 'running' && resizeStep(container, record, reported) !== undefined;
  });

/** What the pod's conditions say of it; `pod` as `resizeOf` gave it. */
export const resizeConditions = ({ pod, refusal }: Resize, observed: Observed): Omit<PodCondition, 'lastTransitionTime'>[] => {
  const conditions: Omit<PodCondition, 'lastTransitionTime'>[] = [];
  if (refusal) conditions.push({ type: 'PodResizePending', status: 'True', ...refusal });
  const late = lacking(pod, observed);
  if (late.length === 0) return conditions;
  const failure = late.flatMap(({ name }) => getOwn(observed.resizeErrors, name) ?? [])[0];
  conditions.push({ type: 'PodResizeInProgress', status: 'True', ...(failure ? { reason: 'Error', message: failure } : {}) });
  return conditions;
};

/** Sizes in a container's status: what is set aside, and what is in force as far as it is known. */
export const sizesInStatus = (
  container: Container,
  record: ObservedContainer | undefined,
  reported: ContainerStatus | undefined,
): Pick<ContainerStatus, 'allocatedResources' | 'resources'> => {
  const { requests, limits } = container.resources ?? {};
  const inForce = requests || limits ? { ...(limits ? { limits } : {}), ...(requests ? { requests } : {}) } : undefined;
  const late = record?.state === 'running' && resizeStep(container, record, reported) !== undefined;
  const known = late ? (reported?.containerID?.endsWith(record.id) ? reported.resources : undefined) : inForce;
  return { ...(requests ? { allocatedResources: requests } : {}), ...(known ? { resources: known } : {}) };
};
