/**
 * Are two pod templates of one revision? Equal JSON, but that a divisor of 0 is none: clients written in Go send it, `kubectl rollout undo` too, and
 * revisions from before it had a default lack it. Neither may replace a pod.
 */
import type { PodTemplateSpec } from '#schema/core/pod-template.ts';
import { equalJson } from '#schema/dsl/own.ts';

interface Containers {
  readonly env?: readonly { readonly valueFrom?: { readonly resourceFieldRef?: object | undefined } | undefined }[];
}

const readsResources = ({ spec }: PodTemplateSpec): boolean => {
  const containers: readonly Containers[] = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return (
    containers.some(({ env }) => env?.some(({ valueFrom }) => valueFrom?.resourceFieldRef)) ||
    (spec?.volumes ?? []).some(({ downwardAPI, projected }) => downwardAPI || projected)
  );
};

const withoutZeros = (template: PodTemplateSpec): PodTemplateSpec =>
  JSON.parse(JSON.stringify(template), (key, value) => (key === 'divisor' && value === '0' ? undefined : value));

export const samePodTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean =>
  equalJson(a, b) || (readsResources(a) && readsResources(b) && equalJson(withoutZeros(a), withoutZeros(b)));
