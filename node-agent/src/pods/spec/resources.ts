/** Requests and limits as the kernel's terms, by the kubelet's rules for cgroups and OOM scores. */
import type { Container, Pod } from '#schema/core/pod.ts';
import { qosClassOf } from '#schema/core/qos.ts';
import { toBytes, toMilli } from '#schema/quantity/quantity.ts';
import type { ContainerSpec } from '../../runtime/runtime.ts';

const MIN_SHARES = 2;
const MAX_SHARES = 262_144;
/** 100 ms; a quota under 1 ms is refused by the kernel. */
const PERIOD_MICROS = 100_000;
const MIN_QUOTA_MICROS = 1_000;

/** `priority` of node-critical pods. */
const NODE_CRITICAL = 2_000_000_000;

const oomScoreAdj = (pod: Pod, container: Container, nodeMemoryBytes: number): number => {
  if ((pod.spec.priority ?? 0) >= NODE_CRITICAL) return -997;
  const qos = qosClassOf(pod.spec);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = toBytes(container.resources?.requests?.memory ?? '0');
  return Math.min(999, Math.max(2, 1000 - Math.floor((1000 * request) / Math.max(nodeMemoryBytes, 1))));
};

export const containerResources = (pod: Pod, container: Container, nodeMemoryBytes: number): ContainerSpec['resources'] => {
  const { limits, requests } = container.resources ?? {};
  const cpuLimit = limits?.cpu ? toMilli(limits.cpu) : 0;
  const cpuRequest = requests?.cpu ? toMilli(requests.cpu) : cpuLimit;
  const memory = limits?.memory ? toBytes(limits.memory) : 0;
  return {
    cpuShares: Math.min(MAX_SHARES, Math.max(MIN_SHARES, Math.floor((cpuRequest * 1024) / 1000))),
    ...(cpuLimit > 0 ? { cpuQuotaMicros: Math.max(MIN_QUOTA_MICROS, Math.floor((cpuLimit * PERIOD_MICROS) / 1000)) } : {}),
    ...(memory > 0 ? { memoryLimitBytes: memory } : {}),
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
};
