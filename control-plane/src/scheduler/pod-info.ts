/** What scheduling needs of a pod, computed once per pod object (they are frozen and shared) and memoized on it. */
import type { Pod } from '#schema/core/pod.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';

/** cpu in millicores, everything else in its own unit (bytes, counts). */
export type Amounts = Readonly<Record<string, number>>;

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface PodInfo {
  readonly pod: Pod;
  readonly requests: Amounts;
  /** What scoring assumes where a container asks for nothing, so that such pods spread too. */
  readonly assumed: { readonly cpu: number; readonly memory: number };
  readonly hostPorts: readonly HostPort[];
}

const ASSUMED_CPU_MILLIS = 100;
const ASSUMED_MEMORY_BYTES = 200 * 1024 * 1024;

type Quantities = Readonly<Record<string, string>> | undefined;
type MutableAmounts = Record<string, number>;

/** @throws QuantityError for text that is no quantity (validation refuses it before) */
export const amountsOf = (quantities: Quantities): Amounts =>
  Object.fromEntries(Object.entries(quantities ?? {}).map(([name, text]) => [name, name === 'cpu' ? toMilli(text) : toBytes(text)]));

const addTo = (sum: MutableAmounts, amounts: Amounts): void => {
  for (const [name, amount] of Object.entries(amounts)) sum[name] = (sum[name] ?? 0) + amount;
};

const raiseTo = (max: MutableAmounts, amounts: Amounts): void => {
  for (const [name, amount] of Object.entries(amounts)) max[name] = Math.max(max[name] ?? 0, amount);
};

interface Requesting {
  readonly restartPolicy?: string;
  readonly resources?: { readonly requests?: Record<string, string> };
}

/** Containers run together; init containers one after the other beside the sidecars started before them. */
const total = (pod: Pod, amountsOfContainer: (container: Requesting) => Amounts): Amounts => {
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

const assumedOf = (container: Requesting): Amounts => {
  const { cpu = ASSUMED_CPU_MILLIS, memory = ASSUMED_MEMORY_BYTES } = amountsOf(container.resources?.requests);
  return { cpu, memory };
};

const hostPortsOf = (pod: Pod): HostPort[] =>
  (pod.spec.containers ?? []).flatMap((container) =>
    (container.ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ hostIP, hostPort, protocol }) => ({ ip: hostIP || '0.0.0.0', protocol: protocol || 'TCP', port: hostPort! })),
  );

const known = new WeakMap<Pod, PodInfo>();

export const podInfoOf = (pod: Pod): PodInfo => {
  const memo = known.get(pod);
  if (memo) return memo;
  const assumed = total(pod, assumedOf);
  const info: PodInfo = {
    pod,
    requests: total(pod, ({ resources }) => amountsOf(resources?.requests)),
    assumed: { cpu: assumed.cpu ?? 0, memory: assumed.memory ?? 0 },
    hostPorts: hostPortsOf(pod),
  };
  known.set(pod, info);
  return info;
};
