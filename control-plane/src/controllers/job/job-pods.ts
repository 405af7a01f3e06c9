/** A Job's pods: what each counts as, and the pod to make. */
import type { Job } from '#schema/batch/job.ts';
import { type Pod, pods as podDefinition } from '#schema/core/pod.ts';
import { parseTime } from '#schema/meta/time.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { generatedName } from '../../controller-runtime/naming.ts';
import { controllerReference } from '../ownership.ts';
import { isTerminating } from '../pod-state.ts';

/** A pod holds it until it is counted in the Job's status. */
export const TRACKING_FINALIZER = 'batch.kubernetes.io/job-tracking';
export const JOB_NAME_LABEL = 'batch.kubernetes.io/job-name';
export const INDEX_ANNOTATION = 'batch.kubernetes.io/job-completion-index';
export const FAILURE_COUNT = 'batch.kubernetes.io/job-index-failure-count';
export const IGNORED_FAILURE_COUNT = 'batch.kubernetes.io/job-index-ignored-failure-count';

export const isIndexed = (job: Job): boolean => job.spec.completionMode === 'Indexed';
export const completionsOf = (job: Job): number => job.spec.completions ?? Number.POSITIVE_INFINITY;

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(TRACKING_FINALIZER) ?? false;
export const isSucceeded = (pod: Pod): boolean => pod.status?.phase === 'Succeeded';

/** A terminating pod counts as failed at once unless the Job replaces only what has really failed. */
export const isFailed = (job: Job, pod: Pod): boolean => {
  if (pod.status?.phase === 'Failed') return true;
  if (job.spec.podReplacementPolicy === 'Failed' || isSucceeded(pod)) return false;
  return isTerminating(pod);
};

/** -1 for a pod without an index. */
export const indexOf = (pod: Pod): number => {
  const text = pod.metadata.annotations?.[INDEX_ANNOTATION] ?? '';
  return /^\d{1,10}$/.test(text) ? Number(text) : -1;
};

const numberOf = (pod: Pod | undefined, annotation: string): number => {
  const text = pod?.metadata.annotations?.[annotation] ?? '0';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
};
export const indexFailures = (pod: Pod | undefined): number => numberOf(pod, FAILURE_COUNT);
export const indexIgnoredFailures = (pod: Pod | undefined): number => numberOf(pod, IGNORED_FAILURE_COUNT);

/** When its last container ended, else when it was told to, else when it was made. Unix ms. */
export const finishedAtMs = (pod: Pod): number => {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => parseTime(state?.terminated?.finishedAt ?? ''));
  if (ends.length > 0 && ends.every((end) => !Number.isNaN(end))) return Math.max(...ends);
  return parseTime(pod.metadata.deletionTimestamp ?? pod.metadata.creationTimestamp ?? '') || 0;
};

export const withoutTracking = (pod: Pod): Change => {
  const finalizers = (pod.metadata.finalizers ?? []).filter((name) => name !== TRACKING_FINALIZER);
  const { finalizers: _, ...metadata } = pod.metadata;
  const object: Pod = { ...pod, metadata: finalizers.length > 0 ? { ...metadata, finalizers } : metadata };
  return { op: 'update', definition: podDefinition, object };
};

const indexEnvironment = {
  name: 'JOB_COMPLETION_INDEX',
  valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${INDEX_ANNOTATION}']` } },
};

const withIndexEnvironment = <C extends { readonly env?: readonly { readonly name: string }[] }>(containers: readonly C[]): C[] =>
  containers.map((container) =>
    container.env?.some(({ name }) => name === indexEnvironment.name)
      ? container
      : ({ ...container, env: [...(container.env ?? []), indexEnvironment] } as unknown as C),
  );

export interface PodSeed {
  /** Undefined for a Job that is not indexed. */
  readonly index: number | undefined;
  /** Failures of the index before, when backoffLimitPerIndex is set. */
  readonly failures?: { readonly counted: number; readonly ignored: number };
  readonly seed: string;
}

export const podFor = (job: Job, { index, failures, seed }: PodSeed): Pod => {
  const { template } = job.spec;
  const { name = '', namespace = '' } = job.metadata;
  const base = index === undefined ? `${name}-` : `${name.slice(0, 51)}-${index}-`;
  const number: Record<string, string> = index === undefined ? {} : { [INDEX_ANNOTATION]: String(index) };
  const counts: Record<string, string> = failures ? { [FAILURE_COUNT]: String(failures.counted) } : {};
  const ignored: Record<string, string> = failures?.ignored ? { [IGNORED_FAILURE_COUNT]: String(failures.ignored) } : {};
  const annotations: Record<string, string> = { ...template.metadata?.annotations, ...number, ...counts, ...ignored };
  const spec = template.spec ?? { containers: [] };
  const indexed = {
    hostname: spec.hostname ?? `${name.slice(0, 52)}-${index}`,
    containers: withIndexEnvironment(spec.containers ?? []),
    ...(spec.initContainers ? { initContainers: withIndexEnvironment(spec.initContainers) } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: generatedName(base, seed),
      generateName: base,
      namespace,
      labels: { ...template.metadata?.labels, ...number },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      finalizers: [...(template.metadata?.finalizers ?? []), TRACKING_FINALIZER],
      ownerReferences: [controllerReference(job)],
    },
    spec: index === undefined ? spec : { ...spec, ...indexed },
  };
};
