import { expect, it } from 'vitest';
import { judgePressure, type Line } from './back-pressure.ts';
import type { Measured } from './check.ts';
import { judgeCpu } from './cpu-outcome.ts';
import { edgePlan, edgeText } from './edge.ts';
import { hubEvents, judgeHibernation } from './hibernation.ts';
import { judgeLives } from './idle-streams.ts';
import { judgeStore } from './store-latency.ts';
import { judgeFlush } from './watch-flush.ts';

const line = (serial: number, atMs: number): Line => ({ serial, atMs, bytes: (serial + 1) * 1024 * 1024 });
const still = [...[0, 1, 2, 3].map((serial) => line(serial, serial)), ...[4, 5].map((serial) => line(serial, 3_000 + serial))];
const metrics = `kedge_object_events_total{event="fetch",component="hub"} 2
kedge_object_events_total{event="telemetry",component="hub"} 3
kedge_object_events_total{event="tick",component="loop"} 40`;

it('says what each figure means', () => {
  const judged: readonly (readonly [string, Measured])[] = [
    ['flushed', judgeFlush([-3, 12.4])],
    ['held back', judgeFlush([4_000, 20])],
    ['never came', judgeFlush([undefined, 20])],
    ['slept', judgeHibernation(5, 1, 20_000)],
    ['awake', judgeHibernation(5, 6, 20_000)],
    ['busy', judgeHibernation(5, 9, 20_000)],
    ['silent', judgeHibernation(0, 1, 20_000)],
    ['held', judgePressure(still, 1024 * 1024, 3_000)],
    ['not held', judgePressure(still.slice(0, 4), 1024 * 1024, 3_000)],
    ['open', judgeLives([{ kind: 'watch', endedMs: undefined, how: '' }], 120_000)],
    ['ended', judgeLives([{ kind: 'WebSocket', endedMs: 100_000, how: '1006' }], 120_000)],
    ['no limit', judgeCpu([{ units: 125, status: 200, message: '' }])],
    [
      'ended late',
      judgeCpu([
        { units: 25, status: 200, message: '' },
        { units: 125, status: 503, message: 'error code: 1102' },
      ]),
    ],
    ['ended early', judgeCpu([{ units: 1, status: undefined, message: 'socket hang up' }])],
    ['near', judgeStore([9, 10, 30])],
    ['far', judgeStore([90, 100, 110])],
  ];
  expect(judged.map(([name, { state, figure }]) => `${name}: ${state}, ${figure}`).join('\n')).toMatchInlineSnapshot(`
    "flushed: ok, events came at most 12 ms after the write's own reply
    held back: warning, events came at most 4000 ms after the write's own reply
    never came: failed, 1 of 2 events did not come within 30 s
    slept: ok, left alone for 20 s with a watch open, the hub slept
    awake: warning, left alone for 20 s with a watch open, the hub stayed awake
    busy: warning, left alone for 20 s with a watch open, the hub was called 3 times by others
    silent: failed, the hub told nothing of itself
    held: ok, the Worker was held 4.0 MiB ahead of a reader that stood still
    not held: warning, 4.0 MiB were taken from the Worker while its reader stood still for 3 s
    open: ok, watch open after 120 s
    ended: warning, WebSocket ended after 100 s (1006)
    no limit: ok, about 125 ms of computing were answered
    ended late: ok, about 25 ms of computing were answered, 125 ms: 503 error code: 1102
    ended early: warning, about 0 ms of computing were answered, 1 ms: no answer (socket hang up)
    near: ok, median 10 ms, slowest 30 ms of 3 reads
    far: warning, median 100 ms, slowest 110 ms of 3 reads"
  `);
  expect(judged.every(([, { meaning }]) => meaning.length > 10)).toBe(true);
});

it('reads the hub out of the metrics', () => {
  expect(hubEvents(metrics)).toBe(5);
  expect(hubEvents('')).toBe(0);
});

it('says its requests before, and marks where each was seen', () => {
  expect(edgePlan('https://kedge.example', { idleMs: 120_000 })).toMatchInlineSnapshot(`
    "This makes at most 17 requests to https://kedge.example (4 of them write one ConfigMap in the namespace default and delete it again),
    21 reads of the database and 64 MiB of traffic, and takes about 135 s."
  `);
  const findings = [{ ...judgeStore([9]), seen: 'workerd' as const }];
  expect(edgeText({ server: 'https://kedge.example', seen: 'workerd', requests: { stated: 9, made: 8 }, findings })).toMatchInlineSnapshot(`
    "  ✓ store latency  median 9 ms, slowest 9 ms of 1 reads  [workerd]
                       → the database is near: a read costs one such round trip, a write at most two

    8 of at most 9 requests were made."
  `);
});
