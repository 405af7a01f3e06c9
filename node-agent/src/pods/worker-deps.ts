/** What every pod worker of a node shares. */
import type { KubeObject } from '#schema/resource.ts';
import type { AgentSettings, Clock, Logger, PodNetwork, ReportSink } from '../context.ts';
import type { Fencing } from '../fencing/fencing.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { EventRecorder } from './events.ts';
import type { ImagePuller } from './images/image-puller.ts';
import type { Room } from './plan/resize.ts';

export interface NodeFacts {
  readonly hostIP: string;
  readonly memoryBytes: number;
  readonly allocatable: Readonly<Record<string, string>>;
}

export interface WorkerDeps {
  readonly runtime: ContainerRuntime;
  readonly reports: ReportSink;
  readonly network: PodNetwork;
  readonly volumes: PodVolumes;
  readonly images: ImagePuller;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settings: AgentSettings;
  readonly node: NodeFacts;
  readonly fencing: Pick<Fencing, 'standing'>;
  /** What this pod may grow into; costs a look at every pod of the node. */
  room(uid: string): Room;
  /** Of the newest view. */
  incarnation(): string;
  /** From the newest view. */
  object<T extends KubeObject>(resource: string, namespace: string, name: string): T | undefined;
  list<T extends KubeObject>(resource: string): readonly T[];
}
