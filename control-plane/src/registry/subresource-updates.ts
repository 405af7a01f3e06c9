/**
 * What a write through a subresource takes from the given object; everything else stays as stored. `next` is a copy of the stored object
 * and is returned changed.
 */
import type { Container } from '#schema/core/container.ts';
import { withResourcesOf } from '#schema/core/pod-resize-validation.ts';
import { setCondition } from '#schema/meta/conditions.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { KubeObject, PrepareContext, ResourceDefinition } from '#schema/resource.ts';
import { conflict } from '../apiserver/errors.ts';

export type SubresourceUpdate = (
  definition: ResourceDefinition,
  object: KubeObject,
  next: KubeObject,
  context: PrepareContext,
) => KubeObject;

/** Subresources whose writes are defaulted and validated like those of the main resource. */
export const changesSpec: ReadonlySet<string> = new Set(['ephemeralcontainers', 'resize']);

const sizesOf = (containers: readonly Container[] | undefined) =>
  containers?.map(({ name, resources, resizePolicy }) => ({
    name,
    ...(resources ? { resources } : {}),
    ...(resizePolicy ? { resizePolicy } : {}),
  }));

/** What an applied configuration says to a subresource; the rest of it is not written, and so not owned. */
export const saidTo: Readonly<Record<string, (config: KubeObject) => KubeObject>> = {
  resize: ({ apiVersion, kind, metadata: { name, namespace, uid, resourceVersion }, spec = {} }) => {
    const [containers, initContainers] = [sizesOf(spec.containers), sizesOf(spec.initContainers)];
    const metadata = { name, namespace, uid, resourceVersion };
    return {
      apiVersion,
      kind,
      metadata: Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined)),
      spec: { ...(containers ? { containers } : {}), ...(initContainers ? { initContainers } : {}) },
    } as KubeObject;
  },
};

export const subresourceUpdates: Readonly<Record<string, SubresourceUpdate>> = {
  status: (_definition, object, next) => {
    if (object.status === undefined) delete next.status;
    else next.status = structuredClone(object.status);
    return next;
  },

  approval: (_definition, object, next) => {
    const { conditions } = object.status ?? {};
    next.status = { ...next.status, ...(conditions ? { conditions: structuredClone(conditions) } : {}) };
    return next;
  },

  finalize: (_definition, object, next) => {
    next.spec = { ...next.spec, finalizers: [...(object.spec?.finalizers ?? [])] };
    return next;
  },

  ephemeralcontainers: (_definition, object, next) => {
    const added = object.spec?.ephemeralContainers;
    next.spec = { ...next.spec, ...(added ? { ephemeralContainers: structuredClone(added) } : {}) };
    if (!added) delete next.spec.ephemeralContainers;
    return next;
  },

  resize: (_definition, object, next) => {
    next.spec = withResourcesOf(next.spec, object.spec);
    return next;
  },

  binding: (definition, object, next, context) => {
    const name = next.metadata.name!;
    if (next.metadata.deletionTimestamp) throw conflict(definition, name, `pod ${name} is being deleted, cannot be assigned to a host`);
    if (next.spec.nodeName) throw conflict(definition, name, `pod ${name} is already assigned to node "${next.spec.nodeName}"`);
    next.spec.nodeName = object.spec?.nodeName;
    if (object.metadata.annotations) next.metadata.annotations = { ...next.metadata.annotations, ...object.metadata.annotations };
    next.status = {
      ...next.status,
      conditions: bound(next.status?.conditions ?? [], context.nowMs),
    };
    return next;
  },
};

const bound = (conditions: readonly any[], nowMs: number): any[] =>
  setCondition(conditions as any, { type: 'PodScheduled', status: 'True', lastTransitionTime: toRfc3339(nowMs) } as any, nowMs) as any[];
