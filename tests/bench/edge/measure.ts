/** Counts of a stretch of work of a control plane on workerd, from its log (an object that sleeps forgets its counters), its database and the kernel. */
import type { WorkerdPlane } from '../../workerd/plane.ts';
import { noWork, type Work } from './prices.ts';

/** Entries of indexes that a changed row of the database brings along, and rows that are scanned for one that is returned: both seen from above. */
const INDEXES = 3;
const SCANNED = 4;
/** Rows that an event of the hub writes in its own SQLite, at most, when it writes: the hour it was awake, an alarm. */
const OBJECT_ROWS = 2;

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

/** Calls, alarms and messages that reached objects, by `Object.event`. */
const eventsIn = (log: string): Map<string, number> => {
  const events = new Map<string, number>();
  for (const [, event = ''] of log.matchAll(/"component":"meter","message":"(\w+\.\w+)"/g)) events.set(event, (events.get(event) ?? 0) + 1);
  return events;
};

const messageEvents = ['webSocketMessage'];
/** What the measurement itself asks. */
const ownEvents = ['telemetry'];

/** What happened between two readings. */
export const measured = async (plane: WorkerdPlane, work: () => Promise<unknown>): Promise<Work> => {
  const before = await read(plane);
  await work();
  const after = await read(plane);
  const deltas = [...eventsIn(plane.logs().slice(before.logged, after.logged))]
    .map(([key, count]) => ({ object: key.split('.')[0]!, event: key.split('.')[1]!, count }))
    .filter(({ event }) => !ownEvents.includes(event));
  const sum = (list: typeof deltas): number => list.reduce((total, { count }) => total + count, 0);
  const messages = deltas.filter(({ event }) => messageEvents.includes(event));
  const rows = (key: 'returned' | 'changed' | 'statements'): number => after.figures[key] - before.figures[key];
  return {
    ...noWork,
    // one of the two readings is between them
    workerRequests: after.requests - before.requests - 1,
    objectCalls: sum(deltas) - sum(messages),
    socketMessages: sum(messages),
    objectEvents: Object.fromEntries(
      [...new Set(deltas.map(({ object }) => object))].map((object) => [object, sum(deltas.filter((delta) => delta.object === object))]),
    ),
    objectRowsWritten: OBJECT_ROWS * sum(deltas.filter(({ object }) => object === 'HubObject')),
    rowsRead: Math.max(rows('statements'), rows('returned') * SCANNED),
    rowsWritten: rows('changed') * (1 + INDEXES),
    cpuMs: after.cpuMs - before.cpuMs,
  };
};
