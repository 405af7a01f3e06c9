/**
 * The runner: rounds of "decide from the cache, commit one batch, fold the results, decide again". Changes of the cache become keys through
 * the controllers' watches. Nothing is decided on an uncommitted object; a key that throws, or still moves after 20 rounds, is set aside with
 * back-off and reported while the rest goes on. loop.ts says when to run.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { Liveness } from '../hub/hub.ts';
import type { Clock, Logger } from '../platform/platform.ts';
import type { Actor, OperationResult, Registry } from '../registry/registry.ts';
import { BoundMet } from '../store/store.ts';
import { applyBatch, type Planned, planBatch, writtenOf } from './applier.ts';
import type { ClusterSettings, Controller, ObjectRef, Outcome, Watch } from './controller.ts';
import { countedSnapshot } from './counted-snapshot.ts';
import {
  type ActingController,
  ANY_RESOURCE,
  type BatchController,
  type ConditionalNote,
  describeChange,
  type EngineContext,
  type LivenessController,
  type MeasuringController,
  type Refusal,
  type SeededController,
} from './engine.ts';
import type { EventRecorder, RecordedNote } from './event-recorder.ts';
import type { DirtyEvent, InformerCache } from './informer-cache.ts';
import type { Measurements, MetricQuery } from './measurements.ts';
import type { Quarantine } from './quarantine.ts';
import { Restless } from './restless.ts';
import type { Past } from './restore.ts';
import { type Tasks, withTasksDone } from './tasks.ts';
import { WorkQueue } from './work-queue.ts';

/** From this many changes of one key on a round is part of a large piece of work, which may take this many times as many rounds. */
const BULK = 200;
const BULK_ROUNDS = 200;
/** Keys decided and changes committed in one round, at most (the last key may exceed the second). */
const MAX_KEYS = 500;
const MAX_CHANGES = 500;
/** Tasks done in one round, at most: each may cost calls of the store. */
const MAX_TASKS = 5;
/** Changes of one decision, at most: more would not fit into the memory of a Worker. */
const MAX_OUTCOME = 20_000;
/** A key that wants to be looked at again this soon, and again, is treated as one that moves. */
const HURRY_MS = 1_000;

export interface RoundReport {
  /** Keys that were decided. */
  readonly decided: number;
  /** Changes that were committed. */
  readonly written: number;
  /** Another loop holds the epoch: nothing of this round counts. */
  readonly fenced: boolean;
  /** The store could not be asked or did not answer; the keys wait with back-off. */
  readonly error?: unknown;
}

export interface RunnerOptions {
  readonly controllers: readonly Controller[];
  readonly cache: InformerCache;
  readonly registry: Registry;
  readonly events: EventRecorder;
  readonly actor: Actor;
  readonly cluster: ClusterSettings;
  readonly clock: Clock;
  readonly log: Logger;
  /** Absent: nothing can be restored. */
  readonly past?: Past | undefined;
  /** Absent: no decision may ask for any. */
  readonly tasks?: Tasks;
  /** Absent: nothing outlives the loop. */
  readonly quarantine?: Quarantine | undefined;
}

interface Decision {
  readonly key: string;
  readonly controller: Controller;
  readonly outcome: Outcome;
}

interface Listener {
  readonly index: number;
  readonly keys: Watch['keys'];
}

const ownKey: Watch['keys'] = (object) => [{ namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }];

export class Runner {
  readonly queue = new WorkQueue();
  readonly #options: RunnerOptions;
  readonly #listeners = new Map<string, Listener[]>();
  readonly #refusals = new Map<string, readonly Refusal[]>();
  /** Nodes by key, and whether they were silent when last looked at. */
  readonly #silent = new Map<string, boolean>();
  readonly #restless = new Restless();
  readonly #counted;
  #measurements: Measurements | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#counted = countedSnapshot(options.cache.snapshot);
    options.controllers.forEach((controller, index) => {
      if (controller.primary) this.#listen(controller.primary, { index, keys: ownKey });
      for (const watch of controller.watches) this.#listen(watch.resource, { index, keys: watch.keys });
    });
  }

  #listen(resource: string, listener: Listener): void {
    const listeners = this.#listeners.get(resource);
    if (listeners) listeners.push(listener);
    else this.#listeners.set(resource, [listener]);
  }

  /** Makes ready what these changes concern. */
  enqueue(events: readonly DirtyEvent[]): void {
    const { snapshot } = this.#options.cache;
    const any = this.#listeners.get(ANY_RESOURCE) ?? [];
    for (const event of events) {
      for (const { index, keys } of [...(this.#listeners.get(event.resource) ?? []), ...any]) {
        try {
          for (const ref of keys(event.object, event.previous, snapshot)) this.queue.add(keyOf(index, ref));
        } catch (error) {
          this.#options.log.error('a watch failed', { controller: this.#options.controllers[index]!.name, error: describe(error) });
        }
      }
    }
  }

  /** Makes ready the keys that no object need name. */
  seed(): void {
    this.#options.controllers.forEach((controller, index) => {
      for (const ref of (controller as SeededController).seeds ?? []) this.queue.add(keyOf(index, ref));
    });
  }

  /**
   * Makes ready the keys of nodes that fell silent or spoke again since the last call.
   * Returns Unix ms when the next node that speaks now would fall silent.
   */
  hear(liveness: Liveness): number | undefined {
    const nowMs = this.#options.clock.now();
    let next: number | undefined;
    this.#options.controllers.forEach((controller, index) => {
      const { silenceMs } = controller as LivenessController;
      if (silenceMs === undefined) return;
      for (const { node, lastHeardMs } of liveness.nodes) {
        const atMs = Math.max(lastHeardMs, liveness.observingSinceMs) + silenceMs;
        const silent = atMs <= nowMs;
        const key = keyOf(index, { namespace: '', name: node });
        if (this.#silent.get(key) !== silent) this.queue.add(key);
        this.#silent.set(key, silent);
        if (!silent && (next === undefined || atMs < next)) next = atMs;
      }
    });
    return next;
  }

  /** Somebody's decisions hang on what pods use. */
  get wantsMeasurements(): boolean {
    return this.#options.controllers.some((controller) => this.#measures(controller).length > 0);
  }

  /** What decisions that hang on measurements will ask of metrics APIs. */
  get metricQueries(): readonly MetricQuery[] {
    const { snapshot } = this.#options.cache;
    return this.#options.controllers.flatMap((controller) =>
      this.#measures(controller).flatMap((object) => (controller as MeasuringController).queries?.(object, snapshot) ?? []),
    );
  }

  /** What pods use now, and makes ready the keys that hang on it. */
  measured(measurements: Measurements): void {
    this.#measurements = measurements;
    this.#options.controllers.forEach((controller, index) => {
      for (const { metadata } of this.#measures(controller)) {
        this.queue.add(keyOf(index, { namespace: metadata.namespace ?? '', name: metadata.name ?? '' }));
      }
    });
  }

  #measures(controller: Controller): readonly KubeObject[] {
    return (controller as MeasuringController).measures ? this.#options.cache.snapshot.all(controller.primary) : [];
  }

  /** Forgets everything that waits (another incarnation). */
  clear(): void {
    this.queue.clear();
    this.#refusals.clear();
    this.#restless.clear();
    this.#silent.clear();
  }

  /** One round over what is ready now. */
  async round(liveness: Liveness, epoch: number): Promise<RoundReport> {
    const { cache, registry, actor, clock, log, events } = this.#options;
    await cache.unsealed();
    const nowMs = clock.now();
    const decisions = await this.#withTasks(await this.#decide(nowMs, liveness), nowMs);
    const planned = decisions.flatMap(({ key, controller, outcome }) =>
      outcome.changes.map((change): Planned => ({ key, change, ...actorOf(controller) })),
    );
    const { batch, postponed } = planBatch(planned);
    let results: OperationResult[] = [];
    if (batch.length > 0) {
      try {
        results = await applyBatch(registry, batch, { actor, epoch, past: this.#options.past });
        if (results.length !== batch.length) throw new Error('the registry lost an outcome');
      } catch (error) {
        if (error instanceof BoundMet) {
          for (const { key } of decisions) this.queue.add(key);
          return { decided: decisions.length, written: 0, fenced: false, error };
        }
        for (const { key } of decisions) this.queue.retry(key, nowMs);
        log.error('a batch failed', { error: describe(error), first: describeChange(batch[0]!.change), changes: batch.length });
        return { decided: decisions.length, written: 0, fenced: false, error };
      }
    }
    if (results.some((result) => result.status === 'fenced')) {
      for (const { key } of decisions) this.queue.add(key);
      return { decided: decisions.length, written: 0, fenced: true };
    }
    cache.foldWritten(writtenOf(batch, results));
    const stale = this.#settle(decisions, batch, results, nowMs);
    for (const key of postponed) this.queue.add(key);
    events.record(notesOf(decisions, batch, results), nowMs);
    const written = results.filter((result) => result.status === 'ok').length;
    if (!stale) return { decided: decisions.length, written, fenced: false };
    try {
      // a race was lost: what the others wrote must be in before the key is decided again
      await cache.catchUp();
    } catch (error) {
      return { decided: decisions.length, written, fenced: false, error };
    }
    return { decided: decisions.length, written, fenced: false };
  }

  async #decide(nowMs: number, liveness: Liveness): Promise<Decision[]> {
    const { quarantine } = this.#options;
    const keys = this.queue.take(nowMs, MAX_KEYS);
    if (!quarantine) return this.#decideAll(keys, nowMs, liveness, 0);
    const decisions: Decision[] = [];
    let changes = 0;
    for (const group of quarantine.groups(keys, nowMs, this.queue)) {
      await quarantine.enter(group);
      const decided = this.#decideAll(group, nowMs, liveness, changes);
      quarantine.leave(decided.map(({ key }) => key));
      for (const { outcome } of decided) changes += outcome.changes.length;
      decisions.push(...decided);
    }
    await quarantine.decided();
    return decisions;
  }

  /** `changes`: of the round so far. */
  #decideAll(keys: readonly string[], nowMs: number, liveness: Liveness, changes: number): Decision[] {
    const { controllers, cluster, log } = this.#options;
    const { snapshot } = this.#counted;
    const decisions: Decision[] = [];
    for (const key of keys) {
      if (changes >= MAX_CHANGES) {
        this.queue.add(key);
        continue;
      }
      const { index, ref } = parseKey(key);
      const controller = controllers[index]!;
      const refusals = this.#refusals.get(key);
      const context: EngineContext = {
        ...{ snapshot, nowMs, liveness, cluster },
        ...(this.#measurements ? { measurements: this.#measurements } : {}),
        ...(refusals ? { refusals } : {}),
      };
      try {
        this.#counted.begin();
        const outcome = controller.reconcile(ref, context);
        if (outcome.changes.length > MAX_OUTCOME)
          throw new Error(`the decision has ${outcome.changes.length} changes, more than ${MAX_OUTCOME}`);
        decisions.push({ key, controller, outcome });
        changes += outcome.changes.length;
      } catch (error) {
        const delayMs = this.queue.setAside(key, nowMs);
        log.error('a reconciler failed; its key is set aside', { controller: controller.name, ...ref, delayMs, error: describe(error) });
      }
    }
    return decisions;
  }

  /** Decisions whose tasks are done. Those whose tasks failed wait with back-off, those beyond what one round may do are decided again in the next. */
  async #withTasks(decisions: Decision[], nowMs: number): Promise<Decision[]> {
    if (!decisions.some(({ outcome }) => outcome.tasks?.length)) return decisions;
    const { tasks = {}, log } = this.#options;
    const done: Decision[] = [];
    let count = 0;
    for (const decision of decisions) {
      const { key, controller, outcome } = decision;
      const asked = outcome.tasks?.length ?? 0;
      if (asked === 0) done.push(decision);
      else if (count > 0 && count + asked > MAX_TASKS) this.queue.add(key);
      else {
        count += asked;
        try {
          done.push({ ...decision, outcome: await withTasksDone(outcome, tasks, nowMs) });
        } catch (error) {
          const delayMs = this.queue.retry(key, nowMs);
          log.warn('a task failed', { controller: controller.name, ...parseKey(key).ref, delayMs, error: describe(error) });
        }
      }
    }
    return done;
  }

  /** Queue bookkeeping after a batch. True when a race was lost. */
  #settle(decisions: readonly Decision[], batch: readonly Planned[], results: readonly OperationResult[], nowMs: number): boolean {
    const { log } = this.#options;
    const byKey = new Map<string, { planned: Planned; result: OperationResult }[]>();
    batch.forEach((planned, i) => {
      const list = byKey.get(planned.key);
      const item = { planned, result: results[i]! };
      if (list) list.push(item);
      else byKey.set(planned.key, [item]);
    });
    let stale = false;
    // what watches a large piece of work moves with it
    const step = decisions.some(({ outcome }) => outcome.changes.length >= BULK) ? 1 / BULK_ROUNDS : 1;
    for (const { key, controller, outcome } of decisions) {
      const items = byKey.get(key) ?? [];
      const refusals = items.flatMap(({ planned: { change }, result }): Refusal[] =>
        result.status === 'invalid' || (result.status === 'guard' && change.op === 'create')
          ? [{ op: change.op, definition: change.definition, message: result.message }]
          : [],
      );
      const lost = items.some(({ result }) => ['conflict', 'notFound', 'alreadyExists', 'guard'].includes(result.status));
      const wrote = items.some(({ result }) => result.status === 'ok');
      if (refusals.length > 0) this.#refusals.set(key, refusals);
      else this.#refusals.delete(key);
      if (outcome.requeueAtMs !== undefined) this.queue.addAt(key, Math.max(outcome.requeueAtMs, nowMs + 1));
      if (lost) stale = true;
      if (lost || refusals.length > 0) this.queue.again(key, nowMs);
      else this.queue.forget(key);
      const hurries = outcome.requeueAtMs !== undefined && outcome.requeueAtMs < nowMs + HURRY_MS;
      if (wrote ? (controller as Partial<BatchController>).batches : !hurries) {
        this.#restless.rested(key);
        continue;
      }
      const restless = this.#restless.moved(key, step);
      if (!restless) continue;
      this.queue.hold(key, nowMs + restless.delayMs);
      const { ref } = parseKey(key);
      log.warn('a key does not settle; it is set aside', {
        controller: controller.name,
        ...ref,
        ...restless,
        last: items.map(({ planned }) => describeChange(planned.change)).slice(0, 5),
      });
    }
    return stale;
  }
}

const notesOf = (decisions: readonly Decision[], batch: readonly Planned[], results: readonly OperationResult[]): RecordedNote[] => {
  const failedKeys = new Set<string>();
  const committed = new Set<unknown>();
  batch.forEach(({ key, change }, i) => {
    const status = results[i]!.status;
    if (status === 'ok') committed.add(change);
    else if (status !== 'unchanged') failedKeys.add(key);
  });
  return decisions.flatMap(({ key, controller, outcome }) =>
    (outcome.events ?? [])
      .filter((note: ConditionalNote) => note.always || (note.after ? committed.has(note.after) : !failedKeys.has(key)))
      .map((note: ConditionalNote) => ({ note, component: note.component ?? controller.name, ...actorOf(controller) })),
  );
};

const actorOf = ({ actor }: ActingController): { readonly actor?: Actor } => (actor ? { actor } : {});

const keyOf = (index: number, ref: ObjectRef): string => `${index}\n${ref.namespace}\n${ref.name}`;

const parseKey = (key: string): { index: number; ref: ObjectRef } => {
  const [index = '0', namespace = '', name = ''] = key.split('\n');
  return { index: Number(index), ref: { namespace, name } };
};

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
