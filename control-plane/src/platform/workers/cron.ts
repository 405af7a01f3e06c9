/**
 * What the cron trigger does each minute, the safety net under lost pokes and alarms: it looks at the loop's row from the Worker, and wakes an object only for
 * something that was missed or is due. An object woken for nothing is billed its ten idle seconds all the same.
 */
import { compactTo } from '../../store/retention.ts';
import type { LoopState, Store } from '../../store/store.ts';
import { clock, durableStore } from './core.ts';
import { type Env, settingsOf } from './env.ts';
import { createLogger } from './log.ts';
import { hubOf, loopOf } from './rpc.ts';

/** A person is told how much of the plan is used this often. */
const ALLOWANCE_MINUTES = 30;
/** The hub forgets old Events and ended streams this often. */
const HOUSEKEEPING_MINUTES = 10;

/** Keys were rotated, and not everything is sealed by the newest yet. */
const mustSealAnew = async (env: Env, store: Store): Promise<boolean> => {
  const { sealingKeys } = settingsOf(env).keys;
  return sealingKeys.length > 1 && store.sealedRows !== undefined && (await store.sealedRows.settled()) !== sealingKeys[0]!.id;
};

/** Changes were committed that the loop has not decided on: who should have told it may not have told the hub either. */
export const isMissed = ({ epoch, processed, head }: LoopState): boolean => epoch === 0 || processed < head.revision;

/** Never throws. */
export const cronTick = async (env: Env, scheduledMs: number): Promise<void> => {
  const log = createLogger('cron', env.KEDGE_LOG_LEVEL);
  const parts: { part: string; work: Promise<void> }[] = [];
  try {
    const store = await durableStore(env);
    const state = await store.loopState();
    const { nextDueMs, head } = state;
    const missed = isMissed(state);
    const due = nextDueMs !== undefined && nextDueMs <= clock.now();
    const housekeeping = Math.floor(scheduledMs / 60_000) % HOUSEKEEPING_MINUTES === 0;
    if (missed || housekeeping) parts.push({ part: 'hub', work: hubOf(env).tick(missed ? head.revision : 0) });
    if (missed || due || compactTo(head) !== undefined || (await mustSealAnew(env, store)))
      parts.push({ part: 'loop', work: loopOf(env).tick() });
    if (Math.floor(scheduledMs / 60_000) % ALLOWANCE_MINUTES === 0)
      parts.push({ part: 'allowance', work: import('./allowance-check.ts').then(({ checkAllowance }) => checkAllowance(env)) });
  } catch (error) {
    log.error('a tick failed', { part: 'look', error: String(error) });
  }
  for (const { part, work } of parts) await work.catch((error: unknown) => log.error('a tick failed', { part, error: String(error) }));
};
