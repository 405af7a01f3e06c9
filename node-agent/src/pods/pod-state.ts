/**
 * What a worker knows of its pod: the runtime's records kept in step with events and own actions, and the memory of failed attempts. Record states only
 * move forward (created, running, exited), so late news never undoes newer.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { Standing } from '../fencing/fencing.ts';
import type { ContainerStatusRecord, SandboxStatus } from '../runtime/runtime.ts';
import type { PreparedVolume } from '../volumes/volume.ts';
import { assumeBackOff } from './plan/back-off.ts';
import type { BackOff, Observed, ObservedContainer, ObservedSandbox, ProbeResults, VolumesState, Waiting } from './plan/observed.ts';

/** The kubelet's longest pause between tries, and so between events, of what a pod waits for. */
const TELL_AGAIN_MS = 122_000;

const order = { created: 0, running: 1, exited: 2 } as const;

const observedStanding = (standing: Standing): Pick<Observed, 'promised' | 'held' | 'fenced'> => {
  if (standing.state === 'free') return {};
  if (standing.state !== 'fenced') return { promised: true, held: standing.state === 'held' };
  const { graceSeconds, ended, why } = standing;
  return { promised: true, fenced: { graceSeconds, ended, why } };
};

/** What this process did to a container it knows better than an inspection. */
const sizesOf = ({ sizes, sizesRead }: ObservedContainer): Partial<ObservedContainer> =>
  sizes ? { sizes, ...(sizesRead ? { sizesRead } : {}) } : {};

const keptOf = (old: ObservedContainer): Partial<ObservedContainer> => ({
  ...sizesOf(old),
  ...(old.stoppedForResize ? { stoppedForResize: true } : {}),
  ...(old.inPostStart ? { inPostStart: true } : {}),
});

export class PodState {
  readonly sandboxes = new Map<string, ObservedSandbox>();
  readonly containers = new Map<string, ObservedContainer>();
  readonly waiting = new Map<string, Waiting>();
  readonly backOff = new Map<string, BackOff>();
  readonly probes = new Map<string, ProbeResults>();
  /** By container name: why its sizes could not be changed. */
  readonly resizeErrors = new Map<string, string>();
  readonly stopping = new Map<string, { graceSeconds: number }>();
  startingSandboxId: string | undefined;
  sandboxRetryAtMs: number | undefined;
  volumes: VolumesState = { state: 'none' };
  /** When the files of the volumes must be looked at again (tokens run out). */
  refreshAtMs: number | undefined;
  readonly #told = new Map<string, { readonly message: string; readonly atMs: number }>();
  /** The volumes were ready before. */
  mounted = false;
  prepared: ReadonlyMap<string, PreparedVolume> = new Map();
  /** Why the node cannot keep the pod. */
  evicted: { readonly message: string } | undefined;
  standing: Standing = { state: 'free' };
  drained = false;
  vanished = false;
  cleaned = false;
  readonly startedAtMs: number;

  constructor(startedAtMs: number) {
    this.startedAtMs = startedAtMs;
  }

  /** Takes a record over; what is known of last words and registry digest stays. */
  put(record: ObservedContainer): void {
    const old = this.containers.get(record.id);
    if (old && order[old.state] > order[record.state]) return;
    const imageId = old?.imageId.includes('@') ? old.imageId : record.imageId;
    this.containers.set(record.id, {
      ...record,
      imageId,
      ...(old ? keptOf(old) : {}),
      ...(old?.terminationMessage === undefined ? {} : { terminationMessage: old.terminationMessage }),
    });
  }

  /** Replaces all records by what the runtime lists. */
  reset(sandboxes: readonly SandboxStatus[], containers: readonly ContainerStatusRecord[]): void {
    this.sandboxes.clear();
    for (const sandbox of sandboxes) this.sandboxes.set(sandbox.id, sandbox);
    const listed = new Set(containers.map((record) => record.id));
    for (const id of this.containers.keys()) if (!listed.has(id)) this.containers.delete(id);
    for (const record of containers) {
      this.put(this.containers.has(record.id) ? record : { ...record, sizesRead: true });
      const back = assumeBackOff(record.attempt, record.startedAtMs ?? record.createdAtMs);
      if (back && !this.backOff.has(record.container)) this.backOff.set(record.container, back);
    }
  }

  /** Is a failure to be told? When it is another than the last one of its subject, and every few minutes, as events pass away and the failure has not. */
  isNews(subject: string, message: string, now: number): boolean {
    const last = this.#told.get(subject);
    if (last?.message === message && now - last.atMs < TELL_AGAIN_MS) return false;
    this.#told.set(subject, { message, atMs: now });
    return true;
  }

  /** Changes what is known of a container, if it is still there. */
  amend(id: string, change: Partial<Pick<ObservedContainer, 'sizes' | 'sizesRead' | 'stoppedForResize' | 'inPostStart'>>): void {
    const record = this.containers.get(id);
    if (record) this.containers.set(id, { ...record, ...change });
  }

  observe(options: Pick<Observed, 'creating' | 'hostIP' | 'reported' | 'room'>): Observed {
    return {
      sandboxes: [...this.sandboxes.values()],
      ...(this.startingSandboxId === undefined ? {} : { startingSandboxId: this.startingSandboxId }),
      ...(this.sandboxRetryAtMs === undefined ? {} : { sandboxRetryAtMs: this.sandboxRetryAtMs }),
      containers: [...this.containers.values()],
      volumes: this.volumes,
      waiting: Object.fromEntries(this.waiting),
      backOff: Object.fromEntries(this.backOff),
      probes: Object.fromEntries(this.probes),
      stopping: Object.fromEntries(this.stopping),
      creating: options.creating,
      drained: this.drained,
      vanished: this.vanished,
      cleaned: this.cleaned,
      ...(this.evicted ? { evicted: this.evicted } : {}),
      ...observedStanding(this.standing),
      startedAtMs: this.startedAtMs,
      hostIP: options.hostIP,
      ...(options.reported ? { reported: options.reported } : {}),
      ...(options.room ? { room: options.room } : {}),
      ...(this.resizeErrors.size > 0 ? { resizeErrors: Object.fromEntries(this.resizeErrors) } : {}),
    };
  }

  /** The address of the pod, '' while it has none. */
  podIP(pod: Pod | undefined, hostIP: string): string {
    if (pod?.spec.hostNetwork) return hostIP;
    return [...this.sandboxes.values()].find((sandbox) => sandbox.ready)?.ip ?? '';
  }
}
