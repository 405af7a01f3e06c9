/**
 * The write engine: any number of wishes in rounds of one read and one write. A round reads what it must know, plans each wish, commits all
 * plans in one store call, and hears what became of each. Lost races, taken names and taken picks go into the next round; everything else is
 * final. Every commit is told to the hub before the engine answers.
 */
import type { KubeObject, PrepareContext, ResourceDefinition } from '#schema/resource.ts';
import type { ListKey } from '../admission/admission.ts';
import { isExempt } from '../admission/configurations.ts';
import { namespaceKey, namespaceRefusal } from '../admission/namespace-lifecycle.ts';
import { ApiError, alreadyExists, conflict, internal, invalid, notFound, timeout, tooLarge } from '../apiserver/errors.ts';
import { converting } from '../conversion/unconverted.ts';
import type { Clock, Logger, Platform, Random } from '../platform/platform.ts';
import type { ObjectKey, Store, StoredChange, StoredObject, WriteOutcome } from '../store/store.ts';
import { ask, mustAsk, type Paused, someAtOnce } from './asking.ts';
import type { AwaitedAdmission } from './awaited-admission.ts';
import { type Attempt, batchSize, keyOf, keyText, onePerKey, type Planned, seedOf, writeOf } from './batch.ts';
import { encodeBody, encodeTombstone, exceedsBytes, parseBody } from './body.ts';
import { Draws } from './draws.ts';
import { exceededError, guardError, type Reader, readOnce } from './guard-errors.ts';
import type { Intent, IntentResult } from './intent.ts';
import { Lookups } from './lookups.ts';
import { maxNameTries } from './names.ts';
import { admissionReads, type Plan, type PlanContext, type Planning, planCreate, planDelete, planUpdate } from './plan.ts';
import { Remembered } from './remembered.ts';
import type { BodyCodec } from './sealed.ts';
import { strategyOf } from './strategies.ts';
import { present } from './version-views.ts';

export const maxObjectBytes = 1.5 * 1024 * 1024;
/** Rounds of one call, and how long they may take: a wish that keeps losing is given back as a conflict. */
const maxRounds = 64;
const maxMs = 30_000;
/** From this lost race on, a wish waits before it tries again: many writers of one object would otherwise each ask as often as there are writers. */
const patientRound = 3;
const longestPauseMs = 2_000;

export interface EngineDeps {
  readonly store: Store;
  readonly notify: (changes: readonly StoredChange[]) => Promise<void>;
  readonly bodies: BodyCodec;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly cluster: Platform['cluster'];
  readonly admission: AwaitedAdmission;
  readonly parsed?: Platform['parsed'];
}

export interface RunOptions {
  readonly epoch?: number;
  /** The control plane's own writes: nobody waits for webhooks with it. */
  readonly unattended?: boolean;
  /** Somebody outside is going to be asked, who may take long. */
  readonly onAsk?: () => void;
}

/** What a round has read: objects by key, lists by resource and namespace. */
interface Found {
  readonly objects: Map<string, KubeObject>;
  readonly lists: Map<string, readonly KubeObject[]>;
}

const listText = (key: ListKey): string => `${key.resource}/${key.namespace}`;

export class WriteEngine {
  readonly #deps: EngineDeps;
  readonly #lookups = new Lookups();
  readonly #remembered = new Remembered();

  constructor(deps: EngineDeps) {
    this.#deps = deps;
  }

  /** Results in the order of the wishes. @throws StoreError when the store cannot answer. */
  async run(intents: readonly Intent[], options: RunOptions = {}): Promise<IntentResult[]> {
    const { unattended = false } = options;
    const startMs = this.#deps.clock.now();
    const attempts = intents.map((intent, index): Attempt => {
      const current = this.#remembered.of(intent, startMs);
      return { intent, index, unattended, current, remembered: current !== undefined, tries: 0, answers: new Map() };
    });
    for (let round = 0; ; round++) {
      const open = attempts.filter((a) => !a.result);
      if (open.length === 0) return attempts.map((a) => a.result!);
      if (round > maxRounds + attempts.length / batchSize || this.#deps.clock.now() - startMs > maxMs) {
        for (const a of open) a.result = { status: 'failed', error: exhausted(a) };
        continue;
      }
      if (attempts.length === 1 && round >= patientRound) {
        const mostMs = Math.min(25 * 2 ** round, longestPauseMs);
        await new Promise((resolve) => setTimeout(resolve, mostMs * this.#deps.random.float()));
        // what the lost race showed is old by now
        for (const attempt of open) attempt.current = undefined;
      }
      await this.#round(onePerKey(open), options);
    }
  }

  async #round(attempts: readonly Attempt[], options: RunOptions): Promise<void> {
    const nowMs = this.#deps.clock.now();
    const found = await this.#read(attempts, nowMs);
    const planned: Planned[] = [];
    const paused: Paused[] = [];
    for (const attempt of attempts) {
      attempt.tries++;
      attempt.draws = new Draws(this.#deps.random, seedOf(attempt));
      await this.#orFail(attempt, async () => {
        const next = await this.#begin(attempt, found, nowMs);
        if (next && 'pause' in next) paused.push(next);
        else if (next) planned.push(next);
      });
    }
    // what nobody is asked about does not wait for the rest
    if (planned.length > 0) await this.#commit(planned, options.epoch);
    if (paused.length === 0) return;
    options.onAsk?.();
    await this.#commit(await this.#askAll(paused, nowMs), options.epoch);
  }

  async #orFail(attempt: Attempt, work: () => Promise<void>): Promise<void> {
    try {
      await converting(work);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (attempt.remembered) this.#readAnew(attempt);
      else attempt.result = await this.#failed(attempt, error);
    }
  }

  /** In the next round. */
  #readAnew(attempt: Attempt): void {
    attempt.remembered = false;
    attempt.current = undefined;
  }

  async #askAll(paused: readonly Paused[], nowMs: number): Promise<Planned[]> {
    const planned: Planned[] = [];
    const options = { nowMs, lookup: (key: ObjectKey) => this.lookup(key, nowMs) };
    await someAtOnce(paused, (one) =>
      this.#orFail(one.attempt, async () => {
        const done = await this.#planned(one.attempt, one.before, await ask(this.#deps.admission, one, options));
        if (done) planned.push(done);
      }),
    );
    return planned;
  }

  /** As it is now, or was some seconds ago. */
  async lookup(key: ObjectKey, nowMs: number): Promise<KubeObject | undefined> {
    const known = this.#lookups.get(key, nowMs);
    if (known) return known;
    const stored = await this.#deps.store.get(key);
    if (!stored) return undefined;
    const object = await this.#open(stored);
    this.#lookups.put(key, object, nowMs);
    return object;
  }

  async #commit(planned: readonly Planned[], epoch: number | undefined): Promise<void> {
    if (planned.length === 0) return;
    const outcomes = await this.#deps.store.write(
      planned.map((p) => p.write),
      epoch === undefined ? {} : { epoch },
    );
    const changes: StoredChange[] = [];
    const reader = readOnce({ store: this.#deps.store, open: (stored) => this.#open(stored) });
    for (const [i, p] of planned.entries()) {
      const outcome = outcomes[i]!;
      if (outcome.status === 'ok') changes.push(this.#committed(p, outcome.object));
      else await this.#refused(p, outcome, reader);
    }
    if (changes.length > 0) await this.#notify(changes);
  }

  /** One round trip for everything the round must know. */
  async #read(attempts: readonly Attempt[], nowMs: number): Promise<Found> {
    const found = new Map<string, KubeObject>();
    const lists = new Map<string, ListKey>();
    const wanted = new Map<string, ObjectKey>();
    const readers = new Map<string, Attempt>();
    for (const attempt of attempts) {
      const { intent } = attempt;
      if (intent.op !== 'create' && attempt.current === undefined) {
        wanted.set(keyText(intent.key), intent.key);
        readers.set(keyText(intent.key), attempt);
      }
      const admission = admissionReads(intent);
      for (const key of admission.lists) lists.set(listText(key), key);
      const extra = [...admission.keys];
      if (intent.op === 'create' && intent.dryRun) {
        const key = keyOf(intent, intent.object);
        if (key.name) wanted.set(keyText(key), key);
        if (intent.definition.namespaced) extra.push(namespaceKey(key.namespace));
      }
      for (const key of extra) {
        const known = this.#lookups.get(key, nowMs);
        if (known) found.set(keyText(key), known);
        else wanted.set(keyText(key), key);
      }
    }
    const read: Found = { objects: found, lists: new Map() };
    const { configurations } = this.#deps.admission;
    const configured = configurations.wanted(nowMs);
    if (wanted.size === 0 && lists.size === 0 && configured.length === 0) return read;
    const keys = [...wanted.values()];
    const { objects: stored, lists: pages } = await this.#deps.store.gather({ keys, lists: [...lists.values(), ...configured] });
    if (configured.length > 0) await configurations.take(pages.slice(lists.size), nowMs);
    for (const [i, text] of [...lists.keys()].entries())
      read.lists.set(text, await Promise.all(pages[i]!.map((object) => this.#open(object))));
    for (const [i, key] of keys.entries()) {
      const object = stored[i];
      const reader = readers.get(keyText(key));
      if (reader) reader.current = object ?? null;
      if (!object) continue;
      const parsed = await this.#open(object);
      found.set(keyText(key), parsed);
      if (reader) reader.opened = parsed;
      else this.#lookups.put(key, parsed, nowMs);
    }
    return read;
  }

  async #open(stored: StoredObject): Promise<KubeObject> {
    return parseBody(await this.#deps.bodies.open(stored, stored.body), stored.revision);
  }

  /** What this process wrote is frozen where it is at hand: an update changes a copy, while a deletion keeps what it is given, and some kinds complete it. */
  #parsed({ intent: { op, definition }, current, remembered }: Attempt): KubeObject | undefined {
    if (!remembered || op !== 'update' || definition.sealed || definition.versions.some(({ complete }) => complete)) return undefined;
    return this.#deps.parsed?.(current!);
  }

  #context({ objects, lists }: Found, { intent, draws }: Attempt, nowMs: number): PlanContext {
    const { cluster } = this.#deps;
    const { float, uuid } = draws!.replay();
    const prepare: PrepareContext = { nowMs, random: float, cluster };
    return {
      lookup: (key) => objects.get(keyText(key)),
      list: (key) => lists.get(listText(key)) ?? [],
      warn: (text) => intent.warn?.(text),
      nowMs,
      random: float,
      cluster,
      prepare: { ...prepare, uuid },
    };
  }

  /** Plans up to where somebody must be asked; undefined: the attempt has its result. */
  async #begin(attempt: Attempt, found: Found, nowMs: number): Promise<Planned | Paused | undefined> {
    const { intent } = attempt;
    const { definition } = intent;
    const context = this.#context(found, attempt, nowMs);
    let before: KubeObject | undefined;
    let planning: Planning;
    if (intent.op === 'create') planning = planCreate(intent, context);
    else {
      if (!attempt.current) throw notFound(definition, intent.key.name);
      const stored = attempt.opened ?? this.#parsed(attempt) ?? (await this.#open(attempt.current));
      attempt.opened = undefined;
      before = present(definition, stored);
      attempt.outdated = before !== stored;
      const uid = intent.op === 'update' ? intent.uid : undefined;
      if (uid && uid !== attempt.current.uid) {
        throw conflict(
          definition,
          intent.key.name,
          `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${attempt.current.uid}`,
        );
      }
      planning = intent.op === 'update' ? planUpdate(intent, before, context) : planDelete(intent, before, context);
    }
    let step = planning.next();
    while (!step.done && !mustAsk(this.#deps.admission, intent, step.value)) step = planning.next();
    const object = step.done ? step.value.object : step.value.request.object;
    if (intent.op === 'create' && intent.dryRun) this.#dryRunCreate(definition, keyOf(intent, object), found.objects);
    return step.done ? this.#planned(attempt, before, step.value) : { attempt, before, planning, pause: step.value };
  }

  /** undefined: nothing is to be written. */
  async #planned(attempt: Attempt, before: KubeObject | undefined, decided: Plan): Promise<Planned | undefined> {
    const { intent } = attempt;
    const { definition } = intent;
    // a write that changes nothing still brings an object into the version that is stored now
    const rewrite = decided.action === 'none' && intent.op === 'update' && attempt.outdated;
    const plan: Plan = rewrite ? { action: 'update', object: decided.object } : decided;
    if (plan.action === 'none') {
      if (attempt.remembered) this.#readAnew(attempt);
      else attempt.result = { status: 'done', object: plan.object, deleted: false, written: false };
      return undefined;
    }
    const key = keyOf(intent, plan.object);
    if (intent.dryRun) {
      attempt.result = { status: 'done', object: plan.object, deleted: plan.action === 'delete', written: false };
      return undefined;
    }
    const buried = plan.action === 'delete' && definition.sealed;
    const text = buried ? encodeTombstone(definition, plan.object) : encodeBody(definition, plan.object);
    if (exceedsBytes(text, maxObjectBytes)) throw tooLarge(maxObjectBytes);
    const uid = plan.object.metadata.uid!;
    const body = await this.#deps.bodies.seal(definition, { ...key, uid }, text);
    const write = writeOf(intent, plan, { key, uid, body, current: attempt.current ?? undefined });
    const { user, fieldManager } = intent.actor;
    return { attempt, plan, before, text, write: { ...write, author: { user: user.name, manager: fieldManager } } };
  }

  #dryRunCreate(definition: ResourceDefinition, key: ObjectKey, found: ReadonlyMap<string, KubeObject>): void {
    if (found.has(keyText(key))) throw alreadyExists(definition, key.name);
    if (!definition.namespaced) return;
    const refusal = namespaceRefusal(definition, key.name, key.namespace, found.get(keyText(namespaceKey(key.namespace))));
    if (refusal) throw refusal;
  }

  #committed({ attempt, plan, text, write }: Planned, stored: StoredObject): StoredChange {
    const { current } = attempt;
    plan.object.metadata.resourceVersion = String(stored.revision);
    const deleted = plan.action === 'delete';
    attempt.result = { status: 'done', object: plan.object, ...(deleted ? {} : { text }), deleted, written: true };
    this.#lookups.drop(write.key);
    if (deleted) this.#remembered.forget(write.key);
    else this.#remembered.wrote(attempt.intent.definition, stored, this.#deps.clock.now());
    if (isExempt(write.key.resource)) this.#deps.admission.configurations.forget();
    const type = plan.action === 'create' ? 'ADDED' : plan.action === 'update' ? 'MODIFIED' : 'DELETED';
    return {
      ...write.key,
      uid: write.uid,
      revision: stored.revision,
      // Who listens now hears the last state; the store keeps no more of a sealed one than its tombstone.
      body: current && type === 'DELETED' && attempt.intent.definition.sealed ? current.body : write.body,
      type,
      ...(current && plan.action !== 'create' ? { previousBody: current.body } : {}),
    };
  }

  async #notify(changes: StoredChange[]): Promise<void> {
    try {
      await this.#deps.notify(changes.sort((a, b) => a.revision - b.revision));
    } catch (error) {
      // The commit stands; followers find it in the store.
      this.#deps.log.warn('hub was not told of a commit', { error: String(error) });
    }
  }

  async #failed(attempt: Attempt, error: ApiError): Promise<IntentResult> {
    const current = attempt.current ? await this.#open(attempt.current) : undefined;
    return { status: 'failed', error, ...(current ? { current } : {}) };
  }

  /** Decides between another round and a final answer. */
  async #refused({ attempt, plan, write }: Planned, outcome: Exclude<WriteOutcome, { status: 'ok' }>, reader: Reader): Promise<void> {
    attempt.remembered = false;
    const { intent } = attempt;
    const { definition } = intent;
    const name = write.key.name;
    const fail = async (error: ApiError) => {
      attempt.result = await this.#failed(attempt, error);
    };
    switch (outcome.status) {
      case 'conflict':
        attempt.current = outcome.current;
        return;
      case 'notFound':
        attempt.current = null;
        return;
      case 'alreadyExists': {
        attempt.current = outcome.current;
        const generated = intent.op === 'create' && !intent.object.metadata.name;
        if (generated && attempt.tries < maxNameTries) return;
        const more = generated ? ', the server was not able to generate a unique name for the object' : '';
        return fail(alreadyExists(definition, name, more));
      }
      case 'claimed': {
        const asked = intent.op === 'create' ? intent.object : plan.object;
        const taken = strategyOf(definition).claimTaken?.(asked, outcome.claim);
        if (taken) return fail(invalid(definition, name, [taken]));
        attempt.claimed = outcome.claim.scope;
        return;
      }
      case 'fenced':
        attempt.result = { status: 'fenced', epoch: outcome.epoch };
        return;
      case 'guard': {
        if (outcome.exceeded) return fail(await exceededError(reader, definition, write.key, outcome.exceeded));
        const error = await guardError(reader, definition, write.key, outcome.guard);
        if (error) attempt.result = { status: 'failed', error, guard: true };
        return;
      }
      case 'rejected':
        this.#deps.log.error('the database refused a write', { key: keyText(write.key), message: outcome.message });
        return fail(internal(`the database refused the object: ${outcome.message}`));
    }
  }
}

/** After the last round: picks that were always taken mean a full range, anything else a busy object. */
const exhausted = ({ claimed }: Attempt): ApiError =>
  claimed ? internal(`failed to allocate a ${claimed}: range is full`) : timeout('the object kept changing; try again');
