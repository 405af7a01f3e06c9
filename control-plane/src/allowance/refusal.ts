/**
 * What Cloudflare throws where a call of an object is refused because a plan is used up, and what that means to a caller. The words are Cloudflare's, seen in
 * the logs of deployed Workers; nothing but them tells such a refusal from any other failure. Pure.
 */
import { ApiError } from '../apiserver/errors.ts';

export interface Refusal {
  /** `object duration`; the names of plans.ts where it is measured. */
  readonly what: string;
  /** Unix ms: when it begins anew. Absent: when a person changes it. */
  readonly untilMs?: number;
}

const ofFreePlan = /Exceeded allowed (volume of requests|duration|rows read|rows written) in Durable Objects free tier/;
const ofSpendingLimit = /Exceeded the account's spending cap for Durable Objects/;

const names: Readonly<Record<string, string>> = {
  'volume of requests': 'object requests',
  duration: 'object duration',
  'rows read': 'rows read by objects',
  'rows written': 'rows written by objects',
};

const DAY_MS = 86_400_000;

/** undefined: it failed for another reason. */
export const refusalIn = (message: string, nowMs: number): Refusal | undefined => {
  const what = names[ofFreePlan.exec(message)?.[1] ?? ''];
  if (what) return { what, untilMs: (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS };
  return ofSpendingLimit.test(message) ? { what: 'spending limit' } : undefined;
};

/** `2026-01-31T00:00Z`. */
const minuteOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16)}Z`;

/** A sentence. */
export const refusalText = ({ what, untilMs }: Refusal): string =>
  untilMs === undefined
    ? `Cloudflare refuses calls of Durable Objects: the ${what} of the account is reached, until it is raised`
    : `Cloudflare refuses calls of Durable Objects: nothing is left of the ${what} that the free plan allows a day, until ${minuteOf(untilMs)}`;

/** How long a node's agent stays away at a time: it is back before its pods would be replaced, and a day of it costs few requests. */
const AWAY_MS = 120_000;
const LEAST_AWAY_MS = 1_000;

/** Not beyond the moment at which it begins anew. */
export const awayMs = ({ untilMs }: Refusal, nowMs: number): number =>
  untilMs === undefined ? AWAY_MS : Math.max(LEAST_AWAY_MS, Math.min(AWAY_MS, untilMs - nowMs));

/**
 * Client libraries repeat a refused request ten times, each after this. Who reads is mostly a person, who should see the reason soon; who writes what only
 * objects keep, Leases and Events, is a program that goes on for as long as it takes.
 */
const RETRY_SECONDS = { read: 1, write: 30 };

export class RefusedByPlan extends ApiError {
  readonly refusal: Refusal;
  constructor(refusal: Refusal, asked: keyof typeof RETRY_SECONDS = 'read') {
    super('TooManyRequests', `${refusalText(refusal)}. Running pods keep running.`, {
      retryAfterSeconds: RETRY_SECONDS[asked],
      causes: [{ reason: 'PlanUsedUp', message: refusal.what }],
    });
    this.name = 'RefusedByPlan';
    this.refusal = refusal;
  }
}
