/**
 * What is known of one pod on this node, as plain values: the runtime's records, and what the worker remembers of its own attempts. `plan` and `status`
 * are pure functions over it. Shapes are structural (a runtime record fits), because this folder knows neither the runtime nor time.
 */

import type { Pod } from '#schema/core/pod.ts';
import type { KernelSizes } from './kernel-sizes.ts';
import type { Room } from './resize.ts';

export interface ObservedSandbox {
  readonly id: string;
  readonly attempt: number;
  readonly ready: boolean;
  readonly ip: string;
  readonly createdAtMs: number;
}

export interface ObservedContainer {
  readonly id: string;
  readonly sandboxId: string;
  readonly container: string;
  readonly attempt: number;
  readonly specHash: string;
  readonly state: 'created' | 'running' | 'exited';
  readonly image: string;
  /** `sha256:...`, or `repo@sha256:...` where the image came from a registry. */
  readonly imageId: string;
  readonly startedAtMs?: number;
  readonly finishedAtMs?: number;
  readonly exitCode?: number;
  readonly oomKilled: boolean;
  readonly error?: string;
  /** What the container left as its last words. */
  readonly terminationMessage?: string;
  /** What the kernel holds it to; absent: not known. */
  readonly sizes?: KernelSizes;
  /** Another process gave it these, and its report of what is in force counts. */
  readonly sizesRead?: boolean;
  /** It was stopped to get other sizes: it runs again whatever its policy. */
  readonly stoppedForResize?: boolean;
  /** Its postStart hook has not succeeded: it has not started, and is not ready. */
  readonly inPostStart?: boolean;
}

/** Why a container could not be made, and when to try again. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
  readonly retryAtMs: number;
  /** Image failures show their own reason until then, and ImagePullBackOff after. */
  readonly backOffFromMs?: number;
}

export interface BackOff {
  readonly delayMs: number;
  /** When a start last counted against it. */
  readonly updatedAtMs: number;
}

export interface ProbeResults {
  /** Absent: no result yet. */
  readonly startup?: boolean;
  readonly readiness?: boolean;
  /** Set when liveness or startup failed for good: the container must be stopped. */
  readonly kill?: { readonly message: string; readonly graceSeconds?: number };
}

export type VolumesState =
  | { readonly state: 'none' | 'ready' }
  | { readonly state: 'failed'; readonly message: string; readonly retryAtMs: number };

export interface Observed {
  /** Every sandbox of the pod, any order. */
  readonly sandboxes: readonly ObservedSandbox[];
  /** A sandbox that exists and is being started: its containers may be created already. */
  readonly startingSandboxId?: string;
  /** The last attempt to make a sandbox failed; not before then again. */
  readonly sandboxRetryAtMs?: number;
  readonly containers: readonly ObservedContainer[];
  readonly volumes: VolumesState;
  /** By container name. */
  readonly waiting: Readonly<Record<string, Waiting>>;
  /** By container name. */
  readonly backOff: Readonly<Record<string, BackOff>>;
  /** By container id. */
  readonly probes: Readonly<Record<string, ProbeResults>>;
  /** Grace of the stop under way, by container id. */
  readonly stopping: Readonly<Record<string, { readonly graceSeconds: number }>>;
  /** A creation or a start is under way: nothing may be removed yet. */
  readonly creating: boolean;
  /** The pod has left this node's service proxy. */
  readonly drained: boolean;
  /** The pod's object is gone (trusted view): everything of it must go, nothing is reported. */
  readonly vanished: boolean;
  /** The node cannot keep it any longer, and why. */
  readonly evicted?: { readonly message: string };
  /** The node has promised to stop the pod when it is cut off (it says so in a condition). */
  readonly promised?: boolean;
  /** Nobody is known to have heard that promise: no container may be started yet. */
  readonly held?: boolean;
  /** The promise is due: the containers end, by force when the grace is 0. The pod has ended when none runs and, with `ended`, none can elsewhere. */
  readonly fenced?: { readonly graceSeconds: number; readonly ended: boolean; readonly why: string };
  /** Its directory is gone too. */
  readonly cleaned: boolean;
  /** When this node took the pod up. */
  readonly startedAtMs: number;
  readonly hostIP: string;
  /** Status as last reported, where that is newer than the pod's. */
  readonly reported?: Pod['status'];
  /** The node's, while the pod wants other sizes. */
  readonly room?: Room;
  /** By container name: why it could not be given its sizes. */
  readonly resizeErrors?: Readonly<Record<string, string>>;
}
