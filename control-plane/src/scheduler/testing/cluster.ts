/** A small cluster for tests of the scheduler: objects in a cache, passes applied to it. */
import type { Pod } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import type { Change } from '../../controller-runtime/controller.ts';
import { PlainWorld } from '../../controller-runtime/plain-world.ts';
import { testCluster } from '../../controller-runtime/testing.ts';
import { createScheduler } from '../scheduler.ts';

export class TestCluster extends PlainWorld {
  readonly scheduler = createScheduler();

  constructor() {
    super({ nowMs: 1_893_456_000_000, cluster: testCluster });
  }

  node(name: string, allocatable: object = {}, labels: object = {}, spec: object = {}, status: object = {}): void {
    const metadata = { name, labels: { 'kubernetes.io/hostname': name, ...labels } };
    const resources = { cpu: '4', memory: '8Gi', pods: '110', ...allocatable };
    this.add({ apiVersion: 'v1', kind: 'Node', metadata, spec, status: { ...status, allocatable: resources } });
  }

  pod(name: string, cpu: string, spec: object = {}, metadata: object = {}): void {
    const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu } } }];
    this.add({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, ...metadata },
      spec: { containers, ...spec },
      status: { phase: 'Pending' },
    });
  }

  /** One pass, applied. */
  pass(): readonly Change[] {
    const { changes } = this.decide(this.scheduler, { namespace: '', name: 'batch' });
    this.apply(changes);
    return changes;
  }

  nodeOf(name: string): string | undefined {
    return this.cache.get<Pod>('core/pods', 'default', name)?.spec.nodeName;
  }

  /** Why the pod waits. */
  message(name: string): string | undefined {
    return getCondition(this.cache.get<Pod>('core/pods', 'default', name)?.status?.conditions, 'PodScheduled')?.message;
  }
}
