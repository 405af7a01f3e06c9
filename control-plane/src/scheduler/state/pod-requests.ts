/** What a pod asks of a node: its containers together, init containers one after the other beside the sidecars started before them, overhead. */
import type { Pod } from '#schema/core/pod.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';

/** cpu in millicores, everything else in its own unit (bytes, counts). */
export type Amounts = Readonly<Record<string, number>>;
type MutableAmounts = Record<string, number>;
type Quantities = Readonly<Record<string, string>> | undefined;

const ASSUMED_CPU_MILLIS = 100;
const ASSUMED_MEMORY_BYTES = 200 * 1024 * 1024;

/** @throws QuantityError for text that is no quantity (validation refuses it before) */
export const amountsOf = (quantities: Quantities): Amounts => {
  const amounts: MutableAmounts = {};
  for (const [name, text] of Object.entries(quantities ?? {})) amounts[name] = name === 'cpu' ? toMilli(text) : toBytes(text);
  return amounts;
};

const addTo = (sum: MutableAmounts, amounts: Amounts): void => {
  for (const [name, amount] of Object.entries(amounts)) sum[name] = (sum[name] ?? 0) + amount;
};

const raiseTo = (max: MutableAmounts, amounts: Amounts): void => {
  for (const [name, amount] of Object.entries(amounts)) max[name] = Math.max(max[name] ?? 0, amount);
};

interface Requesting {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Quantities };
}

type AmountsOfContainer = (container: Requesting) => Amounts;

const total = (pod: Pod, amountsOfContainer: AmountsOfContainer): MutableAmounts => {
  const running: MutableAmounts = {};
  for (const container of pod.spec.containers ?? []) addTo(running, amountsOfContainer(container as Requesting));
  const sidecars: MutableAmounts = {};
  const starting: MutableAmounts = {};
  for (const init of (pod.spec.initContainers ?? []) as Requesting[]) {
    const amounts = amountsOfContainer(init);
    if (init.restartPolicy === 'Always') {
      addTo(sidecars, amounts);
      raiseTo(starting, sidecars);
    } else {
      const moment = { ...sidecars };
      addTo(moment, amounts);
      raiseTo(starting, moment);
    }
  }
  addTo(running, sidecars);
  raiseTo(running, starting);
  Object.assign(running, amountsOf(pod.spec.resources?.requests));
  addTo(running, amountsOf(pod.spec.overhead));
  return running;
};

/** What the node has set aside counts while a resize is under way: the larger of wish and reality. */
const heldBy = (pod: Pod): AmountsOfContainer => {
  const statuses = new Map(
    [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].map((status) => [status.name, status]),
  );
  return ({ name, resources }) => {
    const wanted: MutableAmounts = { ...amountsOf(resources?.requests) };
    const status = statuses.get(name);
    if (status) {
      raiseTo(wanted, amountsOf(status.resources?.requests));
      raiseTo(wanted, amountsOf(status.allocatedResources));
    }
    return wanted;
  };
};

export const requestsOf = (pod: Pod): Amounts => total(pod, heldBy(pod));

/** What scoring assumes where a container asks for nothing, so that such pods spread too. */
export const assumedOf = (pod: Pod): { readonly cpu: number; readonly memory: number } => {
  const held = heldBy(pod);
  const { cpu = 0, memory = 0 } = total(pod, (container) => {
    const { cpu = ASSUMED_CPU_MILLIS, memory = ASSUMED_MEMORY_BYTES } = held(container);
    return { cpu, memory };
  });
  return { cpu, memory };
};
