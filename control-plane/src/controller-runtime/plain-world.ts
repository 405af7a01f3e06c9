/**
 * A world for goldens and property tests without registry and store: objects in a cache, and outcomes applied to it as the API server would
 * (uids, revisions, generations, graceful pod deletion). Small on purpose; what needs the real rules uses testing.ts.
 */
import { applyDefaults } from '#schema/dsl/default.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import { type KubeObject, type ResourceDefinition, storageKey } from '#schema/resource.ts';
import { findByKind } from '#schema/resources.ts';
import type { Liveness } from '../hub/hub.ts';
import type { Change, ClusterSettings, Controller, ObjectRef, Outcome } from './controller.ts';
import type { EngineContext, Refusal } from './engine.ts';
import { canonicalJson } from './naming.ts';
import { ObjectCache } from './object-cache.ts';

/** @throws Error for a kind that is not served */
export const definitionOf = ({ apiVersion = '', kind = '' }: KubeObject): ResourceDefinition => {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  const definition = findByKind(group, kind);
  if (!definition) throw new Error(`no kind ${kind} in ${apiVersion}`);
  return definition;
};

export interface PlainWorldOptions {
  readonly nowMs: number;
  readonly cluster: ClusterSettings;
  readonly liveness?: Liveness;
}

export class PlainWorld {
  readonly cache = new ObjectCache();
  readonly cluster: ClusterSettings;
  nowMs: number;
  liveness: Liveness;
  #revision = 1000;

  constructor(options: PlainWorldOptions) {
    this.nowMs = options.nowMs;
    this.cluster = options.cluster;
    this.liveness = options.liveness ?? { nodes: [], observingSinceMs: options.nowMs };
  }

  /** Puts an object in with its defaults, and identity where it has none (uid `uid-NAME`). Status is kept. */
  add(given: object): KubeObject {
    const definition = this.cache.definitions.of(given as KubeObject) ?? definitionOf(given as KubeObject);
    const object = withDefaults(definition, given as KubeObject);
    const { metadata } = object;
    if (definition.namespaced) metadata.namespace ??= 'default';
    metadata.uid ??= `uid-${metadata.name}`;
    metadata.creationTimestamp ??= toRfc3339(this.nowMs);
    if (definition.generation !== false && object.spec !== undefined) metadata.generation ??= 1;
    return this.#put(definition, object);
  }

  #put(definition: ResourceDefinition, object: KubeObject): KubeObject {
    this.#revision++;
    const next = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
    this.cache.put(storageKey(definition), next);
    this.cache.revision = this.#revision;
    return next;
  }

  context(refusals?: readonly Refusal[]): EngineContext {
    const { cache, nowMs, liveness, cluster } = this;
    return { snapshot: cache, nowMs, liveness, cluster, ...(refusals ? { refusals } : {}) };
  }

  decide(controller: Controller, ref: ObjectRef): Outcome {
    return controller.reconcile(ref, this.context());
  }

  apply(changes: readonly Change[]): void {
    for (const change of changes) this.#apply(change);
  }

  #apply(change: Change): void {
    const { definition } = change;
    const resource = storageKey(definition);
    const { namespace = '', name = '' } = change.object.metadata;
    const current = this.cache.get(resource, namespace, name);
    if (change.op === 'create') {
      if (current) throw new Error(`${resource} ${namespace}/${name} exists already`);
      const { status: _, ...rest } = change.object;
      const object = { ...rest, metadata: { ...rest.metadata, uid: `uid-${name}-${this.#revision}` } } as KubeObject;
      this.add(resource === 'core/pods' ? { ...object, status: { phase: 'Pending' } } : object);
      return;
    }
    // there is no past here
    if (change.op === 'restore') return;
    if (!current) throw new Error(`${change.op} of ${resource} ${namespace}/${name}, which is not there`);
    if (change.op === 'delete') this.#delete(definition, current, change.request.gracePeriodSeconds);
    else this.#put(definition, updated(withDefaults(definition, change.object), current, change.subresource));
  }

  #delete(definition: ResourceDefinition, current: KubeObject, graceSeconds: number | undefined): void {
    const { namespace = '', name = '' } = current.metadata;
    const grace = Math.min(graceSeconds ?? 30, definition.gracePeriodSeconds?.(current) ?? 0);
    if (grace === 0) {
      this.cache.remove(storageKey(definition), namespace, name);
      return;
    }
    const metadata = {
      ...current.metadata,
      deletionTimestamp: toRfc3339(this.nowMs + grace * 1000),
      deletionGracePeriodSeconds: grace,
    };
    this.#put(definition, { ...current, metadata });
  }
}

const withDefaults = (definition: ResourceDefinition, given: KubeObject): KubeObject => {
  const object = structuredClone(given);
  applyDefaults(definition.versions.find(({ storage }) => storage)!.schema, object);
  definition.defaults?.(object);
  return object;
};

const updated = (object: KubeObject, current: KubeObject, subresource: string | undefined): KubeObject => {
  if (subresource === 'status') return { ...current, status: object.status };
  if (subresource === 'binding') return { ...current, spec: { ...current.spec, nodeName: object.spec.nodeName } };
  const { status: _, ...rest } = object;
  const generation = current.metadata.generation;
  const moved = generation !== undefined && canonicalJson(object.spec) !== canonicalJson(current.spec);
  return {
    ...rest,
    ...(current.status === undefined ? {} : { status: current.status }),
    metadata: { ...object.metadata, ...(moved ? { generation: generation + 1 } : {}) },
  };
};
