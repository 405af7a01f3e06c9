/**
 * What a write of `pods/NAME/resize` may change: CPU and memory of containers and sidecars, never taken away, never another class of service.
 * The strategy has dropped everything else before. Paths and wording are upstream's.
 * @see https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 */
import { equalJson } from '../dsl/own.ts';
import type { FieldError } from '../resource.ts';
import { forbidden, invalid } from '../validation/errors.ts';
import { validateObjectMeta } from '../validation/object-meta.ts';
import type { Container } from './container.ts';
import type { Pod } from './pod.ts';
import type { PodSpec } from './pod-spec.ts';
import { validatePodSpec } from './pod-validation.ts';
import { qosClassOf } from './qos.ts';
import type { ResourceRequirements } from './resources.ts';

const resizable = ['cpu', 'memory'] as const;

/** The spec of `old` with the resources that `wanted` gives its containers, by name. */
export const withResourcesOf = (old: PodSpec, wanted: PodSpec | undefined): PodSpec => {
  const all = [...(wanted?.containers ?? []), ...(wanted?.initContainers ?? [])];
  const given = new Map(all.map(({ name, resources }) => [name, resources]));
  const resized = (container: Container): Container => {
    if (!given.has(container.name)) return container;
    const { resources: _, ...rest } = container;
    const resources = given.get(container.name);
    return { ...rest, ...(resources ? { resources } : {}) } as Container;
  };
  return {
    ...old,
    containers: old.containers.map(resized),
    ...(old.initContainers ? { initContainers: old.initContainers.map(resized) } : {}),
  };
};

const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

const validateRemoval = (now: Container, before: Container, path: string): FieldError[] =>
  (['requests', 'limits'] as const).flatMap((kind) => {
    const missing = resizable.some((name) => before.resources?.[kind]?.[name] !== undefined && now.resources?.[kind]?.[name] === undefined);
    return missing ? [forbidden(`${path}.resources.${kind}`, `resource ${kind} cannot be removed`)] : [];
  });

/** The resources without what may change. */
const frozen = (resources: ResourceRequirements | undefined): unknown => {
  const rest = (list: Readonly<Record<string, string>> | undefined) =>
    Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => !resizable.some((one) => one === name)));
  return { claims: resources?.claims ?? [], limits: rest(resources?.limits), requests: rest(resources?.requests) };
};

const mirror = 'kubernetes.io/config.mirror';

export const validatePodResize = (pod: Pod, old: Pod): FieldError[] => {
  const errors = validateObjectMeta(pod.metadata, { namespaced: true }, old.metadata);
  if (equalJson(pod.spec, old.spec)) return errors;
  errors.push(...validatePodSpec(pod.spec, 'spec'));
  if (old.metadata.annotations?.[mirror] !== undefined) return [forbidden('', 'static pods cannot be resized')];
  if (old.spec.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
  const qos = old.status?.qosClass ?? qosClassOf(old.spec);
  if (qosClassOf(pod.spec) !== qos) errors.push(invalid('spec', qos, 'Pod QOS Class may not change as a result of resizing'));
  const others: string[] = [];
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [i, before] of (old.spec[list] ?? []).entries()) {
      const now = pod.spec[list]![i]!;
      const path = `spec.${list}[${i}]`;
      const may = list === 'containers' || isSidecar(before);
      if (may) errors.push(...validateRemoval(now, before, path));
      const same = may
        ? equalJson(frozen(now.resources), frozen(before.resources))
        : equalJson(now.resources ?? {}, before.resources ?? {});
      if (!same) others.push(`${path}.resources`);
    }
  }
  if (others.length > 0) errors.push(forbidden('spec', `only cpu and memory resources are mutable\nchanged: ${others.join(', ')}`));
  return errors;
};
