/**
 * One pod on this node. Each wake observes, plans, begins the planned actions that are not under way, and reports what changed; an action's end is the next
 * wake. So decisions are always made on the newest knowledge, one at a time, while slow work (pulls, graceful stops) does not hold up the rest.
 * An action that fails is tried again with growing pauses. Ends when nothing of the pod is left.
 */
import { readFile } from 'node:fs/promises';
import type { Pod, PodStatus } from '#schema/core/pod.ts';
import { getCondition } from '#schema/meta/conditions.ts';
import type { ContainerStatusRecord, RuntimeEvent, SandboxStatus } from '../runtime/runtime.ts';
import { exceededLimit, hasSizeLimit } from '../volumes/size-limit.ts';
import type { PodReference } from './events.ts';
import { executeAction } from './execute.ts';
import { describe, keyOf, type PodAction } from './plan/action.ts';
import { findContainer, isSidecar, listOf } from './plan/containers.ts';
import { isEnding, isPastDeadline } from './plan/ending.ts';
import type { Observed } from './plan/observed.ts';
import { plan } from './plan/plan.ts';
import { asksForRoom, resizeOf } from './plan/resize.ts';
import { status } from './plan/status.ts';
import { PodState } from './pod-state.ts';
import { hasProbes, probeContainer } from './probes/prober.ts';
import { terminationLog } from './spec/mounts.ts';
import { statusEvents } from './status-events.ts';
import type { WorkerDeps } from './worker-deps.ts';

const CREATING: readonly PodAction['type'][] = ['createSandbox', 'createContainer', 'startContainer', 'prepareVolumes'];
const MAX_PAUSE_MS = 30_000;
const LAST_WORDS_BYTES = 4096;

interface Operation {
  readonly action: PodAction;
  readonly stop: AbortController;
}

export class PodWorker {
  readonly reference: PodReference;
  readonly state: PodState;
  readonly imageFailures = new Map<string, number>();
  pod: Pod | undefined;
  readonly #deps: WorkerDeps;
  readonly #operations = new Map<string, Operation>();
  readonly #failures = new Map<string, { count: number; retryAtMs: number }>();
  readonly #probing = new Map<string, AbortController>();
  readonly #settled: () => void;
  /** Ends pulls and hooks when the pod comes to its end. */
  readonly #ending = new AbortController();
  #sent: PodStatus | undefined;
  #sequence: number;
  #timer: AbortController | undefined;
  #scheduled = false;
  #leaving = false;
  #goneReported = false;
  #finished = false;
  #disposed = false;

  /** `onFinished`: nothing of the pod is left. */
  constructor(reference: PodReference, deps: WorkerDeps, onFinished: () => void) {
    this.reference = reference;
    this.#deps = deps;
    this.state = new PodState(deps.clock.now());
    // Rises across restarts of the agent, as an older sequence is dropped.
    this.#sequence = deps.clock.now();
    this.#settled = onFinished;
  }

  /** The object as the newest view has it. */
  update(pod: Pod): void {
    this.pod = pod;
    this.state.vanished = false;
    this.wake();
  }

  /** The object is gone, on a view that may be trusted. */
  vanish(): void {
    this.state.vanished = true;
    this.wake();
  }

  adopt(sandboxes: readonly SandboxStatus[], containers: readonly ContainerStatusRecord[]): void {
    this.state.reset(sandboxes, containers);
    for (const record of containers) if (record.state === 'exited') void this.#take(record).then(() => this.wake());
    this.wake();
  }

  /** Something the pod's volumes or environment come from has changed. */
  refreshInputs(): void {
    for (const [name, waiting] of this.state.waiting)
      if (waiting.reason === 'CreateContainerConfigError') this.state.waiting.set(name, { ...waiting, retryAtMs: 0 });
    // `none` prepares again, which also brings the files of a running pod up to date.
    this.state.volumes = { state: 'none' };
    this.wake();
  }

  async onRuntimeEvent(event: RuntimeEvent): Promise<void> {
    const { state } = this;
    if (event.type === 'sandboxStopped') {
      const sandbox = state.sandboxes.get(event.containerId);
      if (sandbox && state.startingSandboxId !== sandbox.id) state.sandboxes.set(sandbox.id, { ...sandbox, ready: false });
    } else if (event.type === 'removed') {
      state.containers.delete(event.containerId);
    } else if (event.type === 'exited') {
      await this.inspect(event.containerId);
    } else return;
    this.wake();
  }

  /** Evicts a pod whose volumes outgrew their limits. */
  async checkVolumes(): Promise<void> {
    const { pod, state } = this;
    if (!pod || !hasSizeLimit(pod) || isEnding(pod, state.observe({ creating: false, hostIP: '' }), this.#deps.clock.now())) return;
    const message = await exceededLimit(pod, state.prepared);
    if (message === undefined || state.evicted || state.vanished) return;
    state.evicted = { message };
    this.event('Warning', 'Evicted', message);
    this.wake();
  }

  /** Takes over the runtime's newest record of a container. */
  async inspect(id: string): Promise<void> {
    const found = await this.#deps.runtime.inspectContainer(id);
    if (found) await this.#take(found);
    else this.state.containers.delete(id);
  }

  /** An end is known together with its last words: whoever reads of it in the status finds them there. */
  async #take(record: ContainerStatusRecord): Promise<void> {
    const { containers } = this.state;
    const known = containers.has(record.id);
    const words = record.state === 'exited' ? await this.#lastWords(record).catch(() => '') : '';
    // removed meanwhile
    if (known && !containers.has(record.id)) return;
    this.state.put(words === '' ? record : { ...record, terminationMessage: words });
  }

  /** Forgets everything without touching a container (the agent stops). */
  dispose(): void {
    this.#disposed = true;
    this.#timer?.abort();
    for (const probing of this.#probing.values()) probing.abort();
    for (const { action, stop } of this.#operations.values()) if (action.type === 'stopContainer') stop.abort();
    this.#ending.abort();
  }

  wake(): void {
    if (this.#scheduled || this.#disposed) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      if (!this.#disposed) this.#evaluate();
    });
  }

  /** Actions under way, for `describe` and tests. */
  get busy(): readonly string[] {
    return [...this.#operations.values()].map(({ action }) => describe(action));
  }

  event(type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void {
    const list = container === undefined ? undefined : listOf(this.pod, container);
    this.#deps.events.send(this.reference, { type, reason, message, ...(container && list ? { container, list } : {}) });
  }

  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  get #isCreating(): boolean {
    return [...this.#operations.values()].some(({ action }) => CREATING.includes(action.type));
  }

  /** With what is needed to judge a resize. */
  #observe(creating: boolean): Observed {
    const reported = this.#sent ?? this.pod?.status;
    return this.state.observe({
      creating,
      hostIP: this.#deps.node.hostIP,
      ...(this.#sent ? { reported: this.#sent } : {}),
      ...(this.pod && asksForRoom(this.pod, reported) ? { room: this.#deps.room(this.reference.uid) } : {}),
    });
  }

  /** The pod with the sizes that hold for what is made now. */
  get sizedPod(): Pod {
    return resizeOf(this.pod!, this.#observe(this.#isCreating)).pod;
  }

  #evaluate(): void {
    const { clock } = this.#deps;
    const now = clock.now();
    const creating = this.#isCreating;
    this.#takeOverResults();
    const standing = this.pod ? this.#deps.fencing.standing(this.pod, this.state.containers.size > 0) : this.state.standing;
    if (standing.state === 'fenced' && this.state.standing.state !== 'fenced' && this.pod?.status?.phase !== 'Failed')
      this.event('Warning', 'SelfFenced', standing.why);
    this.state.standing = standing;
    const { refreshAtMs } = this.state;
    const mustRefresh = refreshAtMs !== undefined && refreshAtMs <= now;
    if (mustRefresh && this.state.volumes.state === 'ready') {
      this.state.volumes = { state: 'none' };
      this.state.refreshAtMs = undefined;
    }
    const observed = this.#observe(creating);
    if (isEnding(this.pod, observed, now)) this.#ending.abort();
    const { actions, wakeAtMs } = plan(this.pod, observed, now);
    const refresh = isEnding(this.pod, observed, now) ? undefined : this.state.refreshAtMs;
    let earliest = refresh === undefined ? wakeAtMs : Math.min(wakeAtMs ?? refresh, refresh);
    const again = standing.state === 'fenced' && standing.lookAgainInMs !== undefined ? now + standing.lookAgainInMs : undefined;
    if (again !== undefined) earliest = Math.min(earliest ?? again, again);
    for (const action of actions) {
      const retry = this.#begin(action, now);
      if (retry !== undefined) earliest = Math.min(earliest ?? retry, retry);
    }
    // The last report shows the containers' end; their removal is not news.
    if (this.pod && !this.state.vanished && !this.#leaving) this.#report(this.pod, now);
    const deleted = this.pod?.metadata.deletionTimestamp !== undefined;
    this.#leaving ||= deleted && actions.some(({ type }) => type === 'removeContainer' || type === 'removeSandbox' || type === 'cleanUp');
    this.#followProbes(now);
    this.#arm(earliest, now);
    if (this.state.cleaned && (this.state.vanished || !this.pod) && this.#operations.size === 0 && !this.#finished) {
      this.#finished = true;
      this.#settled();
    }
  }

  /** Returns when to look again for an action that must pause after its failure. */
  #begin(action: PodAction, now: number): number | undefined {
    if (action.type === 'reportGone') {
      if (!this.#goneReported) this.#deps.reports.send({ kind: 'podGone', ...this.reference });
      this.#goneReported = true;
      return undefined;
    }
    const key = keyOf(action);
    const running = this.#operations.get(key);
    const hastened = running && action.type === 'stopContainer' && running.action.type === 'stopContainer';
    if (running && !(hastened && action.graceSeconds < (running.action as typeof action).graceSeconds)) return undefined;
    const failure = this.#failures.get(key);
    if (failure && failure.retryAtMs > now) return failure.retryAtMs;
    running?.stop.abort();
    const operation: Operation = { action, stop: new AbortController() };
    this.#operations.set(key, operation);
    this.#deps.log.debug(describe(action), { pod: `${this.reference.namespace}/${this.reference.name}` });
    executeAction(action, this, this.#deps, operation.stop.signal)
      .then(
        () => this.#failures.delete(key),
        (error: unknown) => this.#failed(key, action, error as Error),
      )
      .finally(() => {
        if (this.#operations.get(key) === operation) this.#operations.delete(key);
        this.wake();
      });
    return undefined;
  }

  #failed(key: string, action: PodAction, error: Error): void {
    if (this.#disposed) return;
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    const pause = Math.min(500 * 2 ** Math.min(count, 10), MAX_PAUSE_MS);
    this.#failures.set(key, { count, retryAtMs: this.#deps.clock.now() + pause });
    this.#deps.log.warn(`cannot ${describe(action)}: ${error.message}`, { pod: `${this.reference.namespace}/${this.reference.name}` });
    // Once may be an engine on its way back; from then on it is the pod's trouble, which its owner sees nowhere else.
    const message = `Error syncing pod, skipping: cannot ${describe(action)}: ${error.message}`;
    if (count > 1 && this.state.isNews(key, message, this.#deps.clock.now())) this.event('Warning', 'FailedSync', message);
  }

  #report(pod: Pod, now: number): void {
    const { reports } = this.#deps;
    const observed = this.#observe(this.#isCreating);
    const previous = this.#sent ?? (pod.status?.containerStatuses || pod.status?.conditions ? pod.status : undefined);
    const next = status(pod, observed, now, previous);
    const same = (other: PodStatus | undefined) => other !== undefined && sameOwned(next, other);
    // What the view says counts once nothing of ours is on its way.
    if (same(this.#sent) || (!this.#sent && same(pod.status))) return;
    for (const event of statusEvents(pod, previous, next, isPastDeadline(pod, observed, now)))
      this.event(event.type, event.reason, event.message, event.container);
    this.#sent = next;
    reports.send({ kind: 'podStatus', ...this.reference, sequence: ++this.#sequence, status: next as Record<string, unknown> });
  }

  /** After a reconnect or when the view's status is another: says again what was last said. */
  reportAgain(): void {
    if (!this.#sent || !this.pod || sameOwned(this.#sent, this.pod.status ?? {})) return;
    const status = this.#sent as Record<string, unknown>;
    this.#deps.reports.send({ kind: 'podStatus', ...this.reference, sequence: ++this.#sequence, status });
  }

  #arm(at: number | undefined, now: number): void {
    this.#timer?.abort();
    this.#timer = undefined;
    if (at === undefined) return;
    const timer = new AbortController();
    this.#timer = timer;
    void this.#deps.clock.sleep(Math.max(at - now, 1), timer.signal).then(() => {
      if (!timer.signal.aborted) this.wake();
    });
  }

  /** A container found running is as ready as it was last reported, until its probes say otherwise: a restarted agent takes nobody out of service. */
  #takeOverResults(): void {
    const { state, pod } = this;
    if (this.#sent || !pod) return;
    for (const reported of [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])]) {
      const record = [...state.containers.values()].find((one) => `docker://${one.id}` === reported.containerID);
      if (record?.state === 'running' && !state.probes.has(record.id))
        state.probes.set(record.id, { ...(reported.started ? { startup: true } : {}), readiness: reported.ready });
    }
  }

  /** Starts probing what runs, ends it for what does not. */
  #followProbes(now: number): void {
    const { pod, state } = this;
    const ending = isEnding(pod, state.observe({ creating: false, hostIP: '' }), now);
    for (const [id, probing] of this.#probing) {
      if (state.containers.get(id)?.state === 'running' && !(ending && state.stopping.has(id))) continue;
      probing.abort();
      this.#probing.delete(id);
    }
    if (!pod || ending) return;
    const probed = [...pod.spec.containers, ...(pod.spec.initContainers ?? []).filter(isSidecar)].filter(hasProbes);
    for (const record of state.containers.values()) {
      const container = probed.find((one) => one.name === record.container);
      if (!container || record.state !== 'running' || record.inPostStart || this.#probing.has(record.id)) continue;
      const stop = new AbortController();
      this.#probing.set(record.id, stop);
      void probeContainer({
        target: { container, containerId: record.id, podIP: state.podIP(pod, this.#deps.node.hostIP) },
        runtime: this.#deps.runtime,
        clock: this.#deps.clock,
        signal: stop.signal,
        initial: state.probes.get(record.id) ?? {},
        onResults: (results) => {
          state.probes.set(record.id, results);
          this.wake();
        },
        onUnhealthy: (message) => this.event('Warning', 'Unhealthy', message, container.name),
      });
    }
  }

  /** What the container wrote to its termination message path. */
  async #lastWords({ id, container: name, attempt, exitCode }: ContainerStatusRecord): Promise<string> {
    const { volumes, runtime } = this.#deps;
    const text = (await readFile(terminationLog(volumes.podDir(this.reference.uid), name, attempt)).catch(() => Buffer.alloc(0)))
      .subarray(0, LAST_WORDS_BYTES)
      .toString();
    if (text !== '' || exitCode === 0 || findContainer(this.pod, name)?.terminationMessagePolicy !== 'FallbackToLogsOnError') return text;
    let log = '';
    const lines = runtime.logs(id, { follow: false, tailLines: 80, timestamps: false }, new AbortController().signal);
    for await (const line of lines) log += Buffer.from(line).toString();
    return log.slice(-2048);
  }
}

/** Conditions that go when what they tell of is over. */
const passing: readonly string[] = ['PodResizePending', 'PodResizeInProgress'];

/** Equal in every field the node owns; the server may add others. */
const sameOwned = (own: PodStatus, other: PodStatus): boolean => {
  const seen = other as Record<string, unknown>;
  return Object.entries(own).every(([field, value]) => {
    if (field !== 'conditions') return canonical(value) === canonical(seen[field]);
    const conditions = other.conditions ?? [];
    if (passing.some((type) => getCondition(conditions, type) && !getCondition(own.conditions, type))) return false;
    return own.conditions!.every((condition) => canonical(condition) === canonical(conditions.find((one) => one.type === condition.type)));
  });
};

/** JSON with sorted keys, without what decoding drops (empty objects and strings). */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, one]) => one !== '' && one !== undefined && !(one && typeof one === 'object' && Object.keys(one).length === 0))
            .sort(([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  ) ?? '';
