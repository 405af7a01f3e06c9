/**
 * A cluster in memory for the scheduler's bench: the real cache, the real scheduler, and what the API server would make of its decisions. Nothing
 * is mocked of the scheduler itself; binds come back to it as they do from the store, as changes of the cache.
 */

import type { Controller } from '#control-plane/controller-runtime/controller.ts';
import { ObjectCache } from '#control-plane/controller-runtime/object-cache.ts';
import { testCluster } from '#control-plane/controller-runtime/testing.ts';
import { createScheduler } from '#control-plane/scheduler/scheduler.ts';
import type { KubeObject } from '#schema/resource.ts';

const PODS = 'core/pods';

export class BenchWorld {
  readonly cache = new ObjectCache();
  readonly scheduler: Controller = createScheduler();
  nowMs = Date.UTC(2030, 0, 1);
  bound = 0;
  evicted = 0;
  #revision = 1;
  #uid = 1;

  add(resource: string, object: KubeObject): void {
    const revision = ++this.#revision;
    object.metadata.uid ??= `00000000-0000-4000-a000-${String(this.#uid++).padStart(12, '0')}`;
    object.metadata.resourceVersion = String(revision);
    object.metadata.generation ??= 1;
    object.metadata.creationTimestamp ??= '2030-01-01T00:00:00Z';
    this.cache.put(resource, object);
    this.cache.revision = revision;
  }

  /** One pass, and its changes as the cache hears of them. Returns how many there were. */
  pass(): number {
    const context = { snapshot: this.cache, nowMs: this.nowMs, liveness: { nodes: [], observingSinceMs: 0 }, cluster: testCluster };
    const { changes, requeueAtMs } = this.scheduler.reconcile({ namespace: '', name: 'batch' }, context);
    for (const change of changes) {
      const { namespace = '', name = '' } = change.object.metadata;
      if (change.op === 'delete') {
        this.cache.remove(PODS, namespace, name);
        this.evicted++;
        continue;
      }
      if (change.op !== 'update') throw new Error('the scheduler makes nothing');
      const current = this.cache.get(PODS, namespace, name)!;
      const metadata = { ...current.metadata, resourceVersion: String(++this.#revision) };
      if (change.subresource === 'binding') {
        this.cache.put(PODS, { ...current, metadata, spec: { ...current.spec, nodeName: change.object.spec.nodeName } });
        this.bound++;
      } else this.cache.put(PODS, { ...current, metadata, status: change.object.status });
    }
    this.cache.revision = this.#revision;
    if (changes.length === 0 && requeueAtMs !== undefined && requeueAtMs > this.nowMs) return 0;
    return changes.length || (requeueAtMs === this.nowMs ? 1 : 0);
  }

  /** Passes until nothing moves. */
  settle(): void {
    while (this.pass() > 0);
  }
}
