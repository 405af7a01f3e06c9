/** When a cron expression fires, in its time zone. The only place that knows the cron library; moments in and out are Unix ms. */
// biome-ignore-all lint/style/noRestrictedGlobals: moments for the library only; nothing here asks for the present.
import { Cron } from 'croner';
import { everySeconds, spelledOut } from '#schema/batch/schedule.ts';

/** Missed runs are counted up to here. */
const MAX_MISSED = 100;

export interface Schedule {
  /** First run after `ms`; undefined when there is none. */
  next(ms: number): number | undefined;
  /** The latest run after `fromMs` and not after `toMs`, and whether more than 100 lie between. */
  latest(fromMs: number, toMs: number): { readonly atMs: number; readonly tooMany: boolean } | undefined;
}

/** Runs follow each other at a distance, counted from whole seconds. */
const fixedDelay = (delayMs: number): Schedule => {
  const whole = (ms: number): number => Math.floor(ms / 1000) * 1000;
  return {
    next: (ms) => whole(ms) + delayMs,
    latest: (fromMs, toMs) => {
      const runs = Math.floor((toMs - whole(fromMs)) / delayMs);
      return runs < 1 ? undefined : { atMs: whole(fromMs) + runs * delayMs, tooMany: runs > MAX_MISSED };
    },
  };
};

/** @throws Error when the expression or the zone cannot be read */
export const parseSchedule = (expression: string, timeZone: string | undefined): Schedule => {
  const seconds = everySeconds(expression);
  if (seconds !== undefined) return fixedDelay(seconds * 1000);
  const cron = new Cron(spelledOut(expression), {
    paused: true,
    mode: expression.startsWith('@') ? 'auto' : '5-part',
    timezone: timeZone ?? 'Etc/UTC',
  });
  const next = (ms: number): number | undefined => cron.nextRun(new Date(ms))?.getTime();
  return {
    next,
    latest: (fromMs, toMs) => {
      let at = next(fromMs);
      if (at === undefined || at > toMs) return undefined;
      for (let missed = 1; ; missed++) {
        if (missed > MAX_MISSED) return { atMs: cron.previousRuns(1, new Date(toMs + 1000))[0]?.getTime() ?? at, tooMany: true };
        const after = next(at);
        if (after === undefined || after > toMs) return { atMs: at, tooMany: false };
        at = after;
      }
    },
  };
};
