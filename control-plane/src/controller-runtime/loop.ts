/**
 * The control loop: when passes run, under which epoch, and what the store remembers of it. Three triggers: a poke after a write, the due time
 * of a key, and the tick each minute that repairs whatever the other two lost. One pass runs at a time; pokes during it are coalesced.
 * Losing this object at any moment costs nothing but time: a cold start reads everything and looks at every key again, spread over passes.
 */
import { events as eventDefinition } from '#schema/core/event.ts';
import { toRfc3339 } from '#schema/meta/time.ts';
import type { Platform } from '../platform/platform.ts';
import type { Actor, Registry } from '../registry/registry.ts';
import type { BodyCodec } from '../registry/sealed.ts';
import { BoundMet, StoreError } from '../store/store.ts';
import type { Controller } from './controller.ts';
import { createEventRecorder } from './event-recorder.ts';
import type { DirtyEvent, InformerCache } from './informer-cache.ts';
import { measurementsOf } from './measurements.ts';
import { askMetrics, type MetricAnswers, type MetricsCall } from './metric-queries.ts';
import { Quarantine, type RunMark } from './quarantine.ts';
import { MAX_ROUNDS } from './restless.ts';
import { pastOf } from './restore.ts';
import { Runner } from './runner.ts';
import type { StorageKey } from './snapshot.ts';
import type { Tasks } from './tasks.ts';
import { sweepVolatile } from './volatile-sweep.ts';

/** Wakes the loop: setTimeout on Node.js, the object's alarm on Workers. */
export interface LoopTimer {
  /** Arms for `atMs` (Unix ms), replacing what was armed; undefined disarms. When it fires, call `Loop.wake()` or `Loop.tick()`. */
  setDue(atMs: number | undefined): void;
}

/** Where others may not have been told of a commit, since who made it died or could not reach them: what they do not know does not count as processed. */
export interface Told {
  /** Everybody was told of what was committed up to here. */
  through: number;
  /** Tells them. */
  tell(revision: number): Promise<void>;
}

export interface LoopOptions {
  readonly platform: Pick<Platform, 'store' | 'hub' | 'cluster' | 'clock' | 'log' | 'background' | 'telemetry'>;
  readonly cache: InformerCache;
  /** `bodies` opens what is restored. */
  readonly registry: Registry & { readonly bodies?: BodyCodec };
  readonly controllers: readonly Controller[];
  readonly timer?: LoopTimer;
  /** Calls `run` once, soon: one pass for what is changed meanwhile. Default: at once. */
  readonly joinPasses?: (run: () => void) => void;
  /** The hub folds every change into `cache` by itself (in process). False: each poke reads the change log. Default true. */
  readonly fedByHub?: boolean;
  /** Absent: the hub is in this process, and looks by itself. */
  readonly told?: Told;
  /** True when an invocation has done all it may: what is left goes on at once in the next, which `timer` begins. Default: never. */
  readonly spent?: () => boolean;
  /** What decisions may ask for that is not pure. Default: nothing. */
  readonly tasks?: Tasks;
  /** Asks metrics APIs that the cluster serves through APIServices. Absent: there are none. */
  readonly metricsCall?: MetricsCall | undefined;
  /** Where it is noted what is being decided, for the case that it ends the loop. Absent: such a decision ends each loop anew. */
  readonly mark?: RunMark | undefined;
}

export interface Loop {
  /** Something was written. Returns at once; runs in the background. */
  poke(): void;
  /** A due time has come: as poke, without reading the store for news. */
  wake(): void;
  /** The safety net, each minute: reads the loop's row once and does what was missed. Never throws. */
  tick(): Promise<void>;
  /** Loads the cache, looks at everything once and runs until `signal` aborts. Resolves after the first pass; failures are retried by ticks. */
  start(signal: AbortSignal): Promise<void>;
  /** Runs until nothing is ready and all events are written. Keys that wait for a later time stay. For tests. @throws what made a pass fail */
  settle(): Promise<void>;
  /** Unix ms when the next key is due. */
  readonly nextDueMs: number | undefined;
}

export const loopActor: Actor = {
  user: { name: 'system:kube-controller-manager', groups: ['system:masters', 'system:authenticated'] },
  fieldManager: 'kube-controller-manager',
};

/** Every key is looked at again after this long, whatever happened. */
const RESYNC_MS = 10 * 3_600_000;
/** Objects of a cold start or resync that are replayed before one pass. */
const REPLAY_CHUNK = 1000;
/** The loop's row is written at most this often, unless a tick asks. */
const SAVE_INTERVAL_MS = 5_000;
const MAX_ERROR_DELAY_MS = 30_000;
/** A loop that follows one that died sees to it that it is followed, too. */
const AFTER_DEATH_MS = 5_000;
/** What pods use is asked for at most this often. */
const MEASURE_MS = 10_000;

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);

type Replay = { readonly resource: StorageKey; readonly object: DirtyEvent['object'] };

export const createLoop = (options: LoopOptions): Loop => {
  const { platform, cache, registry, controllers, timer, told, fedByHub = true, spent = () => false, tasks = {}, metricsCall } = options;
  const { joinPasses = (run) => run() } = options;
  const { store, hub, clock, log } = platform;
  const recorder = createEventRecorder({ registry, definition: eventDefinition, actor: loopActor, log });
  const quarantine =
    options.mark &&
    new Quarantine(
      options.mark,
      controllers.map(({ name }) => name),
    );
  const runner = new Runner({
    quarantine,
    controllers,
    cache,
    registry,
    events: recorder,
    actor: loopActor,
    cluster: platform.cluster,
    clock,
    log,
    past: pastOf(store.history, registry.bodies),
    tasks,
  });
  if (quarantine) {
    platform.telemetry?.gauge(
      'kedge_loop_left_out',
      'Keys that ended the control loop and are left out for a while.',
      'controller',
      async () => {
        const counts = new Map<string, number>();
        for (const { controller } of quarantine.leftOut) counts.set(controller, (counts.get(controller) ?? 0) + 1);
        return counts;
      },
    );
  }
  let epoch: number | undefined;
  let incarnation = '';
  let running: Promise<void> | undefined;
  /** A pass is due that waits for others to join. */
  let joining = false;
  let poked = false;
  /** What was read or written is unknown: the change log must be read before the next decision. */
  let unsure = false;
  let aborted = false;
  let replay: Replay[] = [];
  let nextResyncMs = 0;
  let savedAtMs = 0;
  let savedRevision = -1;
  let savedDueMs: number | undefined;
  let errors = 0;
  /** The last run broke off because its invocation may do no more, not because anything failed. */
  let boundMet = false;
  let retryAtMs: number | undefined;
  let lastError: unknown;
  /** When the next node would fall silent. Never saved: a hub elsewhere wakes the loop for it. */
  let silenceAtMs: number | undefined;

  /** What is being measured now, and what decisions will be made of it. */
  let measured: Promise<void> = Promise.resolve();
  let measuring = false;
  let metricAnswers: MetricAnswers | undefined;
  let measuredAtMs = Number.NEGATIVE_INFINITY;

  let sweeping: Promise<void> = Promise.resolve();
  const sweep = (namespace: string): void => {
    sweeping = sweeping
      .then(() => sweepVolatile(namespace, { store, registry, actor: loopActor }))
      .catch((error: unknown) => log.warn('volatile objects of a namespace stay behind', { namespace, error: String(error) }));
    platform.background(sweeping);
  };

  cache.onFold((events) => {
    for (const { type, resource, object } of events) {
      if (type === 'DELETED' && resource === 'core/namespaces') sweep(object.metadata.name ?? '');
    }
    runner.enqueue(events);
    if (incarnation !== '' && !running) schedule();
  });

  /** Replays every cached object as if it had just appeared; what moved since `processed` first. */
  const replayAll = (processed: number): void => {
    const all = [...cache.entries()];
    const revision = (item: Replay): number => Number(item.object.metadata.resourceVersion ?? 0);
    // taken from the end, so the newest come last in the list
    replay = [...all.filter((item) => revision(item) <= processed), ...all.filter((item) => revision(item) > processed)];
    nextResyncMs = clock.now() + RESYNC_MS;
    runner.seed();
  };

  const replayChunk = (): void => {
    const chunk = replay.splice(-REPLAY_CHUNK, REPLAY_CHUNK);
    runner.enqueue(chunk.map(({ resource, object }) => ({ type: 'ADDED', resource, object, previous: undefined })));
  };

  /** What ended the loop before this one, if a decision did. */
  const findCulprit = async (): Promise<void> => {
    if (!quarantine) return;
    const nowMs = clock.now();
    const { died, culprit } = await quarantine.begin(nowMs);
    // should this one die as well, the next begins by itself
    if (died) timer?.setDue(nowMs + AFTER_DEATH_MS);
    if (!culprit) return;
    const { controller, key, deaths, atMs } = culprit;
    const [namespace = '', name = ''] = key?.split('\n') ?? [];
    const what = { controller, ...(key === undefined ? {} : { namespace, name }), deaths, retryMs: atMs - nowMs };
    log.error('a reconciler ended the control loop; it is left out', what);
    const primary = controllers.find((one) => one.name === controller)?.primary ?? '';
    const about = cache.snapshot.get(primary, namespace, name);
    if (!about) return;
    const message = `The control loop was ended ${deaths} times while ${controller} decided about this; it is tried again at ${toRfc3339(atMs)}`;
    recorder.record([{ component: controller, note: { about, type: 'Warning', reason: 'ReconcilerLeftOut', message } }], nowMs);
  };

  /** The cache is loaded, from the present incarnation, and the epoch is ours. */
  const prepare = async (): Promise<void> => {
    if (!cache.loaded) await cache.load();
    if (epoch === undefined || incarnation !== cache.incarnation) {
      const state = await store.loopState();
      if (incarnation !== cache.incarnation) {
        runner.clear();
        if (incarnation === '') await findCulprit();
        if (told) {
          if (incarnation !== '') told.through = 0;
          else if (state.head.incarnation === cache.incarnation) told.through = Math.max(told.through, state.processed);
        }
        incarnation = cache.incarnation;
        replayAll(state.processed);
      }
      epoch ??= await store.acquireEpoch();
    }
    if (clock.now() >= nextResyncMs) replayAll(cache.snapshot.revision);
  };

  const save = async (force: boolean): Promise<void> => {
    const { revision } = cache.snapshot;
    const dueMs = runner.queue.readyCount > 0 ? clock.now() : nextDue();
    if (epoch === undefined || replay.length > 0 || (revision === savedRevision && dueMs === savedDueMs)) return;
    if (!force && clock.now() - savedAtMs < SAVE_INTERVAL_MS) return;
    if (told && told.through < revision) {
      await told.tell(revision);
      told.through = Math.max(told.through, revision);
    }
    const held = await store.saveLoopState({ epoch, processed: revision, ...(dueMs === undefined ? {} : { nextDueMs: dueMs }) });
    savedAtMs = clock.now();
    if (held) {
      savedRevision = revision;
      savedDueMs = dueMs;
    } else epoch = undefined;
  };

  const nextDue = (): number | undefined => {
    const due = runner.queue.nextDueMs;
    if (retryAtMs === undefined) return due;
    return due === undefined ? retryAtMs : Math.max(due, retryAtMs);
  };

  /** Asks what pods use, where something hangs on it; the answer comes later and starts a pass of its own. */
  const measure = (): void => {
    if (measuring || !hub.metrics || clock.now() - measuredAtMs < MEASURE_MS || !runner.wantsMeasurements) return;
    measuring = true;
    measuredAtMs = clock.now();
    const queries = metricsCall ? runner.metricQueries : [];
    const asked = Promise.all([hub.metrics(), metricsCall ? askMetrics(queries, metricsCall, metricAnswers) : undefined]).then(
      ([{ samples }, answers]) => {
        metricAnswers = answers;
        runner.measured(measurementsOf(samples, answers));
        schedule();
      },
    );
    measured = asked
      .catch((error) => log.warn('pods could not be measured', { error: String(error) }))
      .finally(() => {
        measuring = false;
      });
    platform.background(measured);
  };

  /** Of the passes of one run. */
  let done = { decided: 0, written: 0 };

  /** Rounds until nothing is ready, at most MAX_ROUNDS. True when work is left. */
  const pass = async (): Promise<boolean> => {
    await prepare();
    if (unsure || (poked && !fedByHub)) {
      poked = false;
      await cache.catchUp();
      unsure = false;
    }
    poked = false;
    if (runner.queue.readyCount === 0) replayChunk();
    measure();
    const liveness = await hub.liveness();
    silenceAtMs = runner.hear(liveness);
    for (let round = 0; round < MAX_ROUNDS && !spent(); round++) {
      const report = await runner.round(liveness, epoch!);
      if (report.fenced) {
        log.info('another control loop was active; taking over');
        epoch = undefined;
        return true;
      }
      done = { decided: done.decided + report.decided, written: done.written + report.written };
      if (report.error) throw report.error;
      if (report.decided === 0 && report.written === 0) break;
    }
    return runner.queue.readyCount > 0 || replay.length > 0 || poked;
  };

  /** What is known of the state: another number after each step of its load, and with each change. */
  const known = (): number => (cache.loaded ? cache.snapshot.revision : -cache.size);

  /** Passes until idle. Never throws. */
  const run = async (): Promise<void> => {
    const counted = platform.telemetry?.pass();
    done = { decided: 0, written: 0 };
    boundMet = false;
    const knownBefore = known();
    try {
      let more = true;
      while (more && !aborted) {
        more = await pass();
        if (spent()) break;
      }
      await save(false);
      if (!more) await quarantine?.rest(clock.now());
      errors = 0;
      retryAtMs = undefined;
      lastError = undefined;
    } catch (error) {
      unsure = true;
      lastError = error;
      // without any progress the next would end as this one did
      boundMet = error instanceof BoundMet && (error.committed || done.written > 0 || known() !== knownBefore);
      if (boundMet) errors = 0;
      const delayMs = boundMet ? 0 : Math.min(1000 * 2 ** Math.min(errors++, 10), MAX_ERROR_DELAY_MS);
      retryAtMs = boundMet ? undefined : clock.now() + delayMs;
      const reason = error instanceof StoreError ? error.reason : 'error';
      if (!boundMet) log.error('the control loop could not finish a pass', { reason, error: String(error), delayMs });
    }
    counted?.({ ...done, failed: lastError !== undefined && !boundMet, depth: runner.queue.readyCount });
  };

  const runOnce = (): Promise<void> => {
    running ??= run().finally(() => {
      running = undefined;
      if (aborted) return;
      const left = poked || runner.queue.readyCount > 0 || replay.length > 0;
      if (boundMet || (timer && spent() && retryAtMs === undefined && left)) return timer?.setDue(clock.now());
      timer?.setDue(retryAtMs !== undefined ? retryAtMs : earlier(nextDue(), fedByHub ? silenceAtMs : undefined));
      // news that came between the last look and now
      if (retryAtMs === undefined && (poked || runner.queue.readyCount > 0)) schedule();
    });
    return running;
  };

  const begin = (): void => {
    joining = false;
    if (!running && !aborted) platform.background(runOnce());
  };

  const schedule = (): void => {
    if (running || joining || aborted) return;
    joining = true;
    joinPasses(begin);
  };

  const poke = (): void => {
    poked = true;
    if (retryAtMs === undefined || clock.now() >= retryAtMs) schedule();
  };

  const tick = async (): Promise<void> => {
    try {
      const state = await store.loopState();
      if (epoch !== undefined && state.epoch !== epoch) epoch = undefined;
      if (cache.loaded && (state.head.incarnation !== cache.incarnation || state.head.revision > cache.snapshot.revision))
        await cache.catchUp();
      retryAtMs = undefined;
      await (running ?? runOnce());
      await save(true);
    } catch (error) {
      log.error('a tick failed', { error: String(error) });
    }
  };

  return {
    poke,
    wake: schedule,
    tick,
    async start(signal) {
      const stop = (): void => {
        aborted = true;
        timer?.setDue(undefined);
      };
      if (signal.aborted) return stop();
      signal.addEventListener('abort', stop, { once: true });
      await runOnce();
    },
    async settle() {
      do {
        await runOnce();
        await recorder.flush();
        await sweeping;
        await measured;
        if (lastError !== undefined) throw lastError;
      } while (running || poked || runner.queue.readyCount > 0 || replay.length > 0);
    },
    get nextDueMs() {
      return nextDue();
    },
  };
};
