/** How a planned write looks to webhooks and policies, and how what they made of it comes back. Pure. */
import { type KubeObject, type ResourceDefinition, storedApiVersion } from '#schema/resource.ts';
import type { AwaitedRequest, MutatingPasses } from '../admission/awaited.ts';
import { cloneObject } from './clone.ts';
import type { Intent } from './intent.ts';
import type { Pause } from './plan.ts';

export interface Asked {
  readonly request: AwaitedRequest;
  /** The object to go on with. */
  readonly back: (changed: KubeObject) => KubeObject | undefined;
}

const options = (intent: Intent): Record<string, unknown> => {
  const kind = { create: 'CreateOptions', update: intent.tracking?.applied ? 'PatchOptions' : 'UpdateOptions', delete: 'DeleteOptions' };
  const common = { apiVersion: 'meta.k8s.io/v1', kind: kind[intent.op], ...(intent.dryRun ? { dryRun: ['All'] } : {}) };
  if (intent.op !== 'delete') return { ...common, ...(intent.actor.fieldManager ? { fieldManager: intent.actor.fieldManager } : {}) };
  const { gracePeriodSeconds, propagation, preconditions } = intent.request;
  return {
    ...common,
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(propagation ? { propagationPolicy: propagation } : {}),
    ...(preconditions ? { preconditions } : {}),
  };
};

/** Before a create is complete nobody knows what the server will add. */
const unborn = (intent: Intent, object: KubeObject): KubeObject => {
  const { uid: _uid, creationTimestamp: _time, generation: _generation, name, ...rest } = object.metadata;
  const generated = intent.op === 'create' && !intent.object.metadata.name;
  return { ...object, metadata: { ...rest, ...(generated ? {} : { name }) } as KubeObject['metadata'] };
};

const bindingOf = ({ metadata, spec }: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid } as KubeObject['metadata'],
  target: { kind: 'Node', name: spec.nodeName },
});

const scaleOf = ({ scale }: ResourceDefinition, object: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = scale!.selector(object);
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubeObject['metadata'],
    spec: { replicas: scale!.replicas(object) },
    status: { replicas: scale!.statusReplicas(object), ...(selector ? { selector } : {}) },
  };
};

export const askedOf = (intent: Intent, { phase, request }: Pause, passes: MutatingPasses): Asked => {
  const { definition, object, old } = request;
  const common = {
    ...request,
    apiVersion: intent.tracking?.apiVersion ?? storedApiVersion(definition),
    dryRun: intent.dryRun ?? false,
    options: options(intent),
    passes,
  };
  if (request.subresource === 'binding') {
    const sentKind = { group: '', version: 'v1', kind: 'Binding' };
    const { old: _, ...fresh } = common;
    return { request: { ...fresh, operation: 'create', object: bindingOf(object), sentKind }, back: () => undefined };
  }
  if (intent.tracking?.subresource === 'scale' && definition.scale) {
    const sentKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
    const views = { object: scaleOf(definition, object), ...(old ? { old: scaleOf(definition, old) } : {}) };
    return {
      request: { ...common, ...views, subresource: 'scale', sentKind },
      back: (changed) => {
        const next = cloneObject(object);
        definition.scale!.setReplicas(next, Number(changed.spec?.replicas ?? 0));
        return next;
      },
    };
  }
  if (intent.op === 'create') {
    const named = intent.object.metadata.name ?? '';
    if (phase === 'validate') return { request: { ...common, name: named }, back: (changed) => changed };
    return { request: { ...common, name: named, object: unborn(intent, object) }, back: (changed) => changed };
  }
  return { request: common, back: (changed) => changed };
};
