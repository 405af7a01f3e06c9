/** Requests and limits as the kernel's terms, by the kubelet's rules for cgroups and OOM scores. */
import type { Container, Pod } from '#schema/core/pod.ts';
import { qosClassOf } from '#schema/core/qos.ts';
import { toBytes } from '#schema/quantity/quantity.ts';
import type { ContainerSpec } from '../../runtime/runtime.ts';
import { kernelSizesOf } from '../plan/kernel-sizes.ts';

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

export const containerResources = (pod: Pod, container: Container, nodeMemoryBytes: number): ContainerSpec['resources'] => ({
  ...kernelSizesOf(container),
  oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
});
