import { expect, it } from 'vitest';
import { toStatus } from '../apiserver/errors.ts';
import { failure } from '../apiserver/respond.ts';
import { awayMs, RefusedByPlan, refusalIn } from './refusal.ts';

const noon = Date.parse('2026-01-31T12:00:00Z');
const midnight = Date.parse('2026-02-01T00:00:00Z');

it.each([
  ['Exceeded allowed volume of requests in Durable Objects free tier.', { what: 'object requests', untilMs: midnight }],
  ['Exceeded allowed duration in Durable Objects free tier.', { what: 'object duration', untilMs: midnight }],
  ['SqlError: Exceeded allowed rows read in Durable Objects free tier.', { what: 'rows read by objects', untilMs: midnight }],
  ['Exceeded allowed rows written in Durable Objects free tier.', { what: 'rows written by objects', untilMs: midnight }],
  ["Exceeded the account's spending cap for Durable Objects", { what: 'spending limit' }],
  ['Durable Object is overloaded.', undefined],
  ['Exceeded allowed constructor in Durable Objects free tier.', undefined],
])('%s', (message, refusal) => {
  expect(refusalIn(message, noon)).toEqual(refusal);
});

it('begins anew with the next day, not with this one', () => {
  expect(refusalIn('Exceeded allowed duration in Durable Objects free tier.', midnight)?.untilMs).toBe(midnight + 86_400_000);
});

it('is told with what is used up, until when, and when to ask again', async () => {
  const refused = new RefusedByPlan({ what: 'object duration', untilMs: midnight });
  expect(toStatus(refused)).toMatchObject({
    ...{ kind: 'Status', reason: 'TooManyRequests', code: 429 },
    message:
      'Cloudflare refuses calls of Durable Objects: nothing is left of the object duration that the free plan allows a day, until 2026-02-01T00:00Z. Running pods keep running.',
    details: { retryAfterSeconds: 1, causes: [{ reason: 'PlanUsedUp', message: 'object duration' }] },
  });
  expect(failure(refused).headers.get('retry-after')).toBe('1');
  expect(failure(new RefusedByPlan({ what: 'spending limit' }, 'write')).headers.get('retry-after')).toBe('30');
});

it('keeps agents away for two minutes at a time, and never beyond its end', () => {
  const refusal = { what: 'object requests', untilMs: midnight };
  expect([noon, midnight - 5_000, midnight, midnight + 60_000].map((nowMs) => awayMs(refusal, nowMs))).toEqual([
    120_000, 5_000, 1_000, 1_000,
  ]);
  expect(awayMs({ what: 'spending limit' }, noon)).toBe(120_000);
});
