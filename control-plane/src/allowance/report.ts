/** How much of a plan is used, and when it will be empty if the window goes on as it began. Pure. */
import { type Ledger, ledgerAt } from './figures.ts';
import { type Limit, measures, type Plan } from './plans.ts';

export interface Use {
  readonly name: string;
  readonly unit: string;
  readonly window: 'day' | 'month';
  readonly used: number;
  readonly limit: number;
  /** RFC 3339: when it will be empty, before the window ends; absent when it lasts, or when it is too early to tell. */
  readonly emptyAt?: string;
}

/** Shorter than this a window tells nothing of its rest. */
const LEAST_MS = 30 * 60_000;
/** A person is told from here on. */
const WARN_SHARE = 0.8;

const windowOf = ({ window }: Limit, nowMs: number): { readonly startMs: number; readonly endMs: number } => {
  const now = new Date(nowMs);
  const [year, monthIndex, date] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return window === 'day'
    ? { startMs: Date.UTC(year, monthIndex, date), endMs: Date.UTC(year, monthIndex, date + 1) }
    : { startMs: Date.UTC(year, monthIndex, 1), endMs: Date.UTC(year, monthIndex + 1, 1) };
};

const emptyAtMs = (used: number, limit: Limit, nowMs: number): number | undefined => {
  if (used >= limit.limit) return nowMs;
  const { startMs, endMs } = windowOf(limit, nowMs);
  const elapsedMs = nowMs - startMs;
  if (elapsedMs < LEAST_MS || used <= 0) return undefined;
  const atMs = nowMs + ((limit.limit - used) * elapsedMs) / used;
  return atMs < endMs ? atMs : undefined;
};

export const reportOf = (ledger: Ledger | undefined, plan: Plan, nowMs: number): Use[] => {
  const present = ledgerAt(ledger, nowMs);
  return measures.map((measure) => {
    const limit = measure[plan];
    const used = Math.round(measure.of(limit.window === 'day' ? present.today : present.month));
    const atMs = emptyAtMs(used, limit, nowMs);
    return {
      ...{ name: measure.name, unit: measure.unit, window: limit.window, used, limit: limit.limit },
      ...(atMs === undefined ? {} : { emptyAt: new Date(atMs).toISOString() }),
    };
  });
};

/** Those a person should hear of. */
export const nearlyUsed = (uses: readonly Use[]): Use[] => uses.filter(({ used, limit }) => used >= limit * WARN_SHARE);

/** The message of the Event. */
export const warningText = ({ name, unit, window, used, limit, emptyAt }: Use): string => {
  const share = `${Math.floor((100 * used) / limit)} % of the ${name} that the plan allows a ${window} are used (${used} of ${limit} ${unit})`;
  if (used >= limit) return `${share}: requests may be refused until the ${window} ends (UTC). Running pods keep running.`;
  return emptyAt ? `${share}; at this pace none are left at ${emptyAt.slice(0, 16)}Z.` : `${share}.`;
};
