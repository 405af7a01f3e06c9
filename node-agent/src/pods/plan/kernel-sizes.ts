/** Requests and limits of one container in the kernel's terms, by the kubelet's rules for cgroups; what of them a running one may get anew. Pure. */
import type { Container } from '#schema/core/pod.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';

const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
/** 100 ms; a quota under 1 ms is refused by the kernel. */
const PERIOD_MICROS = 100_000;
const MIN_QUOTA_MICROS = 1_000;

export interface KernelSizes {
  readonly cpuShares?: number;
  readonly cpuQuotaMicros?: number;
  readonly memoryLimitBytes?: number;
}

export const kernelSizesOf = ({ resources }: Pick<Container, 'resources'>): KernelSizes => {
  const { limits, requests } = resources ?? {};
  const cpuLimit = limits?.cpu ? toMilli(limits.cpu) : 0;
  const cpuRequest = requests?.cpu ? toMilli(requests.cpu) : cpuLimit;
  const memory = limits?.memory ? toBytes(limits.memory) : 0;
  return {
    cpuShares: Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((cpuRequest * 1024) / 1000))),
    ...(cpuLimit > 0 ? { cpuQuotaMicros: Math.max(MIN_QUOTA_MICROS, Math.floor((cpuLimit * PERIOD_MICROS) / 1000)) } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
  };
};

/** What of a container's sizes is not what its spec says. Limits cannot be taken away, so those a spec does not name stay. */
export const sizesToChange = (has: KernelSizes | undefined, wanted: KernelSizes): { readonly cpu: boolean; readonly memory: boolean } => {
  const differs = (field: keyof KernelSizes): boolean => has !== undefined && wanted[field] !== undefined && wanted[field] !== has[field];
  return { cpu: differs('cpuShares') || differs('cpuQuotaMicros'), memory: differs('memoryLimitBytes') };
};
