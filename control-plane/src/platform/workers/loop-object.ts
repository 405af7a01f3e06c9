/**
 * The control loop of a cluster as a Durable Object of its own, so that a burst of deciding never stalls a watch. Poked after writes, woken by its alarm at
 * due times, ticked by cron when either was lost. Its cache is memory: an object that slept reads the state again.
 */
import { DurableObject } from 'cloudflare:workers';
import type { Ledger } from '../../allowance/figures.ts';
import type { Loop, Told } from '../../controller-runtime/loop.ts';
import { compactTo } from '../../store/retention.ts';
import type { Family } from '../../telemetry/exposition.ts';
import { createTelemetry } from '../../telemetry/telemetry.ts';
import { Consumption } from './consumption.ts';
import { clock, durableStore } from './core.ts';
import { type Env, settingsOf } from './env.ts';
import { meterEvents } from './meter.ts';
import { countedStorage } from './object-rows.ts';
import { hubOf, type LoopRpc } from './rpc.ts';

export class LoopObject extends DurableObject<Env> implements LoopRpc {
  #loop: Promise<Loop> | undefined;
  #armedMs: number | undefined;
  readonly #told: Told = { through: 0, tell: (revision) => hubOf(this.env).tick(revision) };
  readonly #storage = countedStorage(this.ctx.storage, 'LoopObject', this.env);
  readonly #telemetry = createTelemetry({ component: 'loop', clock });
  readonly #consumption = new Consumption(this.ctx.storage, clock);
  readonly counted = (event: string): void => {
    this.#telemetry.event(event);
    this.#consumption.event(event);
  };

  #get(): Promise<Loop> {
    this.#loop ??= this.#make().catch((error: unknown) => {
      this.#loop = undefined;
      throw error;
    });
    return this.#loop;
  }

  async #make(): Promise<Loop> {
    const { startLoop } = await import('./loop-start.ts');
    return startLoop({
      env: this.env,
      storage: this.#storage,
      telemetry: this.#telemetry,
      background: (work) => this.ctx.waitUntil(work),
      setDue: (atMs) => this.#arm(atMs),
      told: this.#told,
    });
  }

  /** An alarm is a written row: only a changed one is set. */
  #arm(atMs: number | undefined): void {
    if (atMs === this.#armedMs) return;
    this.#armedMs = atMs;
    this.ctx.waitUntil(atMs === undefined ? this.#storage.deleteAlarm() : this.#storage.setAlarm(atMs));
  }

  async poke(told = 0): Promise<void> {
    this.#told.through = Math.max(this.#told.through, told);
    (await this.#get()).poke();
  }

  consumption(): Promise<Ledger> {
    return this.#consumption.ledger();
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
    if (keys.sealingKeys.length > 1) await (await import('./loop-start.ts')).resealLeft(this.env, durable);
    const atRest = epoch > 0 && processed >= head.revision && (nextDueMs === undefined || nextDueMs > clock.now());
    if (!atRest) await (await this.#get()).tick();
  }

  override async alarm(): Promise<void> {
    this.#armedMs = undefined;
    (await this.#get()).wake();
  }
}

meterEvents(LoopObject, 'LoopObject');
