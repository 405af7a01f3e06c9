/**
 * Defaults of a pod that Kubernetes codes rather than declares. `defaultPodSpec` is for templates too; `defaultPod` adds what only real pods get.
 * All mutate and are idempotent.
 */
import type { Container } from './container.ts';
import type { Pod } from './pod.ts';
import type { PodSpec } from './pod-spec.ts';
import type { HTTPGetAction, Probe } from './probe.ts';
import type { Volume } from './volume.ts';

/** Files of a volume made from API objects: 0644. */
const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;

export const defaultPodSpec = (spec: PodSpec): void => {
  spec.restartPolicy ??= 'Always';
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ??= 'default-scheduler';
  // the deprecated alias always mirrors the field
  spec.serviceAccountName ??= spec.serviceAccount;
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else delete spec.serviceAccountName;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container as Container);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
};

export const defaultPod = (pod: Pod): void => {
  pod.spec ??= { containers: [] };
  const { spec, status } = pod;
  defaultPodSpec(spec);
  spec.enableServiceLinks ??= true;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const { resources } = container;
    if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
    if (spec.hostNetwork) for (const port of container.ports ?? []) port.hostPort ??= port.containerPort;
  }
  if (status?.podIP && !status.podIPs?.length) status.podIPs = [{ ip: status.podIP }];
  else if (status?.podIPs?.length) status.podIP = status.podIPs[0]!.ip;
};

/** `Always` for an image without tag and digest or with the tag `latest`, else `IfNotPresent`. */
export const imagePullPolicyOf = (image: string | undefined): 'Always' | 'IfNotPresent' => {
  if (!image) return 'IfNotPresent';
  const [name = '', digest] = image.split('@');
  const tag = /:([^:/]+)$/.exec(name)?.[1];
  return tag === 'latest' || (tag === undefined && digest === undefined) ? 'Always' : 'IfNotPresent';
};

const defaultContainer = (container: Container): void => {
  container.imagePullPolicy ??= imagePullPolicyOf(container.image);
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.resources ??= {};
  for (const { valueFrom } of container.env ?? []) if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ??= 'v1';
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) defaultProbe(probe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
};

const defaultProbe = (probe: Probe): void => {
  probe.timeoutSeconds ??= 1;
  probe.periodSeconds ??= 10;
  probe.successThreshold ??= 1;
  probe.failureThreshold ??= 3;
  defaultHttpGet(probe.httpGet);
};

const defaultHttpGet = (action: HTTPGetAction | undefined): void => {
  if (!action) return;
  action.path ??= '/';
  action.scheme ??= 'HTTP';
};

const defaultVolume = (volume: Volume): void => {
  const sources = Object.keys(volume).filter((key) => key !== 'name' && volume[key as keyof Volume] !== undefined);
  if (sources.length === 0) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= FILE_MODE;
  if (volume.configMap) volume.configMap.defaultMode ??= FILE_MODE;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= FILE_MODE;
    for (const { fieldRef } of volume.downwardAPI.items ?? []) if (fieldRef) fieldRef.apiVersion ??= 'v1';
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= FILE_MODE;
    for (const { serviceAccountToken, downwardAPI } of volume.projected.sources ?? []) {
      if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
      for (const { fieldRef } of downwardAPI?.items ?? []) if (fieldRef) fieldRef.apiVersion ??= 'v1';
    }
  }
  if (volume.ephemeral?.volumeClaimTemplate) {
    volume.ephemeral.volumeClaimTemplate.spec ??= {};
    volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem';
  }
};
