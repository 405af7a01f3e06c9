/**
 * The control loop of a cluster as a Durable Object of its own, so that a burst of deciding never stalls a watch. Poked after writes, woken by its alarm at
 * due times, ticked by cron when either was lost. Its cache is memory: an object that slept reads the state again.
 */
import { DurableObject } from 'cloudflare:workers';
import { resources } from '#schema/resources.ts';
import { configurationsOf, isExempt } from '../../admission/configurations.ts';
import { createAggregateCall } from '../../aggregation/aggregate-call.ts';
import { createFrontProxy } from '../../aggregation/front-proxy.ts';
import { createInformerCache } from '../../controller-runtime/informer-cache.ts';
import { createLoop, type Loop } from '../../controller-runtime/loop.ts';
import { controllers } from '../../controllers/controllers.ts';
import { createRegistry } from '../../registry/create.ts';
import { resealRound } from '../../sealing/reseal.ts';
import { compactTo } from '../../store/retention.ts';
import { createSealer } from '../../store/sealing.ts';
import type { Store } from '../../store/store.ts';
import { createTasks } from '../../tasks/create-tasks.ts';
import type { Family } from '../../telemetry/exposition.ts';
import { observedStore } from '../../telemetry/observed-store.ts';
import { createTelemetry } from '../../telemetry/telemetry.ts';
import { clock, composed, durableStore, platformOf, remoteVolatile } from './core.ts';
import { type Env, settingsOf } from './env.ts';
import { hubStub } from './hub-stub.ts';
import { freeLimits, meterEvents, presentMeter } from './meter.ts';
import { relayStub } from './relay-stub.ts';
import { hubOf, type LoopRpc } from './rpc.ts';
import { objectMark } from './run-mark.ts';

/** A round and what follows it must fit into the rest. */
const SPENT_REQUESTS = freeLimits.external / 2;

export class LoopObject extends DurableObject<Env> implements LoopRpc {
  #loop: Promise<Loop> | undefined;
  #armedMs: number | undefined;
  readonly #telemetry = createTelemetry({ component: 'loop', clock });
  readonly counted = (event: string): void => this.#telemetry.event(event);

  #get(): Promise<Loop> {
    this.#loop ??= this.#make().catch((error: unknown) => {
      this.#loop = undefined;
      throw error;
    });
    return this.#loop;
  }

  async #make(): Promise<Loop> {
    const { env } = this;
    const durable = await durableStore(env);
    const reached = composed(
      durable,
      remoteVolatile(durable, () => hubOf(env)),
    );
    const store = observedStore(reached, this.#telemetry);
    const hub = hubStub(env, () => store);
    const platform = platformOf(env, { component: 'loop', store, hub, relay: relayStub(env), telemetry: this.#telemetry });
    const sealer = createSealer(settingsOf(env).keys.sealingKeys, env.KEDGE_CLUSTER_UID);
    const cache = createInformerCache({ store, sealer, resources, clock });
    // written by another object, and the very next decision must pass it
    cache.onFold((events) => {
      if (events.some(({ resource }) => isExempt(resource))) configurationsOf(store).forget();
    });
    const registry = createRegistry(platform);
    const loop = createLoop({
      platform: { ...platform, background: (work) => this.ctx.waitUntil(work) },
      cache,
      registry,
      controllers,
      fedByHub: false,
      tasks: createTasks(platform, registry),
      metricsCall: createAggregateCall({ ...platform, frontProxy: createFrontProxy(platform, registry) }),
      timer: { setDue: (atMs) => this.#arm(atMs) },
      mark: objectMark(this.ctx.storage),
      spent: () => (presentMeter()?.external ?? 0) >= SPENT_REQUESTS,
    });
    await loop.start(new AbortController().signal);
    return loop;
  }

  /** An alarm is a written row: only a changed one is set. */
  #arm(atMs: number | undefined): void {
    if (atMs === this.#armedMs) return;
    this.#armedMs = atMs;
    this.ctx.waitUntil(atMs === undefined ? this.ctx.storage.deleteAlarm() : this.ctx.storage.setAlarm(atMs));
  }

  async poke(): Promise<void> {
    (await this.#get()).poke();
  }

  telemetry(): Promise<Family[]> {
    return this.#telemetry.families();
  }

  /** The safety net, when cron finds something missed or due; a loop that slept reads the whole state only if that is still so. */
  async tick(): Promise<void> {
    const durable = await durableStore(this.env);
    const { epoch, processed, nextDueMs, head } = await durable.loopState();
    const target = compactTo(head);
    if (target !== undefined) await durable.compact(target);
    const keys = settingsOf(this.env).keys;
    if (keys.sealingKeys.length > 1) await this.#reseal(durable);
    const atRest = epoch > 0 && processed >= head.revision && (nextDueMs === undefined || nextDueMs > clock.now());
    if (!atRest) await (await this.#get()).tick();
  }

  /** What is left of a rotation, also when nobody asks for it any more. */
  async #reseal(store: Store): Promise<void> {
    const hub = hubStub(this.env, () => store);
    const platform = platformOf(this.env, { component: 'loop', store, hub, relay: relayStub(this.env) });
    await resealRound({ platform, registry: createRegistry(platform) });
  }

  override async alarm(): Promise<void> {
    this.#armedMs = undefined;
    (await this.#get()).wake();
  }
}

meterEvents(LoopObject, 'LoopObject');
