/**
 * What a volume type is: it makes a path on this machine that containers of the pod mount. Preparing is idempotent and also brings a prepared volume
 * up to date, so the same call serves the first mount, a changed ConfigMap and an agent that came back. The list is volume-types.ts.
 */
import type { Pod, Volume } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { ApiClient, Clock } from '../context.ts';

export interface VolumeContext {
  readonly pod: Pod;
  readonly clock: Clock;
  readonly api: ApiClient;
  /** An object of the pod's namespace from the view, such as `core/configmaps`. */
  object<T extends KubeObject>(resource: string, name: string): T | undefined;
  /** A cluster-scoped object from the view. */
  clusterObject<T extends KubeObject>(resource: string, name: string): T | undefined;
  /** The node's folder for volumes that outlive pods. */
  readonly volumesDir: string;
  /** The first time that this agent makes the pod's volumes. */
  readonly first: boolean;
  /** Folder of this volume on disk, and one that is in memory only where the machine has such. Neither is made yet. */
  readonly diskDir: string;
  readonly memoryDir: string;
  readonly hostIP: string;
  readonly nodeName: string;
  /** The pod's address, '' while unknown. */
  readonly podIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

export interface PreparedVolume {
  readonly hostPath: string;
  readonly readOnly?: boolean;
  /** When the content must be looked at again (tokens). */
  readonly refreshAtMs?: number;
}

export interface VolumeType {
  /** Field of the volume that holds its source. */
  readonly field: keyof Volume;
  /** Upstream's plugin name, part of the path: `empty-dir`. */
  readonly plugin: string;
  prepare(volume: Volume, context: VolumeContext): Promise<PreparedVolume>;
}

/** The volume cannot be made now; the message is the FailedMount event's. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}
