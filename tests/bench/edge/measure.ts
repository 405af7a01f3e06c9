/** Counts of a stretch of work of a control plane on workerd, from its log (an object that sleeps forgets its counters), its database and the kernel. */
import type { WorkerdPlane } from '../../workerd/plane.ts';
import { type Awake, EVENT_S, IDLE_S, noWork, type Work } from './prices.ts';

/** Entries of indexes that a changed row of the database brings along, and rows that are scanned for one that is returned: both seen from above. */
const INDEXES = 3;
const SCANNED = 4;

interface Reading {
  readonly requests: number;
  /** Length of the log. */
  readonly logged: number;
  readonly figures: WorkerdPlane['database']['figures'];
  readonly cpuMs: number;
}

/** Requests that the Worker has answered, this one not among them. */
const requestsOf = (text: string): number =>
  [...text.matchAll(/^apiserver_request_total\{.*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);

const read = async (plane: WorkerdPlane): Promise<Reading> => {
  const requests = requestsOf(await (await plane.fetch('/metrics')).text());
  return { requests, logged: plane.logs().length, figures: plane.database.figures, cpuMs: plane.cpuMs() };
};

export interface ObjectEvent {
  readonly object: string;
  readonly event: string;
  readonly atMs: number;
}

/** What the measurement itself asks. */
const ownEvents = ['telemetry'];
/** An object awake by its own timer: nobody's request. */
const timerEvents = ['timer'];
const messageEvents = ['webSocketMessage'];

/** Calls, alarms, timers and messages that reached objects. */
export const eventsIn = (log: string): ObjectEvent[] =>
  [...log.matchAll(/"component":"meter","message":"(\w+)\.(\w+)","atMs":(\d+)/g)]
    .map(([, object = '', event = '', atMs]) => ({ object, event, atMs: Number(atMs) }))
    .filter(({ event }) => !ownEvents.includes(event));

const rowsIn = (log: string): number =>
  [...log.matchAll(/"component":"meter","message":"rows","object":"\w+","rows":(\d+)/g)].reduce((sum, [, rows]) => sum + Number(rows), 0);

/** Seconds with an event no longer ago than it and the idle time after it last. */
const awakeSeconds = (times: readonly number[]): number => {
  const spanMs = (EVENT_S + IDLE_S) * 1000;
  const sorted = [...times].sort((a, b) => a - b);
  return sorted.reduce((sum, atMs, i) => sum + Math.min(spanMs, (sorted[i + 1] ?? Number.POSITIVE_INFINITY) - atMs), 0) / 1000;
};

/** What happened between two readings. `counts`: which events are this work's; default: all. */
export const measured = async (
  plane: WorkerdPlane,
  work: () => Promise<unknown>,
  counts: (event: ObjectEvent) => boolean = () => true,
): Promise<Work> => {
  const before = await read(plane);
  await work();
  const after = await read(plane);
  const log = plane.logs().slice(before.logged, after.logged);
  const events = eventsIn(log).filter(counts);
  const count = (names: readonly string[]): number => events.filter(({ event }) => names.includes(event)).length;
  const awake = (object: string): Awake => {
    const own = events.filter((event) => event.object === object);
    return { events: own.length, seconds: awakeSeconds(own.map(({ atMs }) => atMs)) };
  };
  const rows = (key: 'returned' | 'changed' | 'statements'): number => after.figures[key] - before.figures[key];
  return {
    ...noWork,
    // one of the two readings is between them
    workerRequests: after.requests - before.requests - 1,
    objectCalls: events.length - count(messageEvents) - count(timerEvents),
    socketMessages: count(messageEvents),
    objects: Object.fromEntries([...new Set(events.map(({ object }) => object))].map((object) => [object, awake(object)])),
    objectRowsWritten: rowsIn(log),
    rowsRead: Math.max(rows('statements'), rows('returned') * SCANNED),
    rowsWritten: rows('changed') * (1 + INDEXES),
    cpuMs: after.cpuMs - before.cpuMs,
  };
};
