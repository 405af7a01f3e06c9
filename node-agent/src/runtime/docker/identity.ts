/**
 * How a pod's identity is written on Docker containers: labels carry all of it, and the name is unique per (cluster, pod uid, container, attempt), so that
 * doing the same thing twice meets the engine's name conflict instead of making a second container.
 */
import { createHash } from 'node:crypto';
import type { PodIdentity } from '../runtime.ts';

export const LABEL = {
  cluster: 'kedge.dev/cluster',
  podUid: 'kedge.dev/pod-uid',
  podName: 'kedge.dev/pod-name',
  podNamespace: 'kedge.dev/pod-namespace',
  /** `sandbox`, `container`, or `probe` of the engine's abilities. */
  role: 'kedge.dev/role',
  container: 'kedge.dev/container',
  attempt: 'kedge.dev/attempt',
  specHash: 'kedge.dev/spec-hash',
  /** On a sandbox: the pod's containers share its process namespace. */
  sharePid: 'kedge.dev/share-pid',
  /** On a sandbox: of the control plane that asked for the pod. */
  incarnation: 'kedge.dev/incarnation',
  /** On a sandbox that the agent itself connects to the pod network: its address there. */
  address: 'kedge.dev/address',
} as const;

export type Labels = Readonly<Record<string, string>>;

const identityLabels = (pod: PodIdentity): Record<string, string> => ({
  [LABEL.cluster]: pod.clusterUid,
  [LABEL.podUid]: pod.uid,
  [LABEL.podName]: pod.name,
  [LABEL.podNamespace]: pod.namespace,
});

export const sandboxLabels = (pod: PodIdentity & { attempt: number; shareProcessNamespace: boolean; incarnation: string }): Labels => ({
  ...identityLabels(pod),
  [LABEL.role]: 'sandbox',
  [LABEL.attempt]: String(pod.attempt),
  ...(pod.shareProcessNamespace ? { [LABEL.sharePid]: 'true' } : {}),
  [LABEL.incarnation]: pod.incarnation,
});

export const containerLabels = (pod: PodIdentity & { container: string; attempt: number; specHash: string }): Labels => ({
  ...identityLabels(pod),
  [LABEL.role]: 'container',
  [LABEL.container]: pod.container,
  [LABEL.attempt]: String(pod.attempt),
  [LABEL.specHash]: pod.specHash,
});

export const identityOf = (labels: Labels): PodIdentity & { attempt: number } => ({
  clusterUid: labels[LABEL.cluster] ?? '',
  uid: labels[LABEL.podUid] ?? '',
  name: labels[LABEL.podName] ?? '',
  namespace: labels[LABEL.podNamespace] ?? '',
  attempt: Number(labels[LABEL.attempt] ?? 0),
});

/** 8 characters for one pod of one cluster: both uids go in, as two clusters may hold the same pod uid after an import. */
const uid8 = (pod: PodIdentity): string => createHash('sha256').update(`${pod.clusterUid}/${pod.uid}`).digest('hex').slice(0, 8);

/** `kedge_<container>_<pod>_<namespace>_<uid8>_<attempt>`; the sandbox's container is `POD`, which is no valid container name. */
export const containerName = (pod: PodIdentity & { container: string; attempt: number }): string =>
  `kedge_${pod.container}_${pod.name}_${pod.namespace}_${uid8(pod)}_${pod.attempt}`;

export const sandboxName = (pod: PodIdentity & { attempt: number }): string => containerName({ ...pod, container: 'POD' });

export const ofCluster = (clusterUid: string): string => JSON.stringify({ label: [`${LABEL.cluster}=${clusterUid}`] });
