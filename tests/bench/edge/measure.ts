/** Counts of a stretch of work of a control plane on workerd, from its own `/metrics`, its database and the kernel. */
import type { WorkerdPlane } from '../../workerd/plane.ts';
import { noWork, type Work } from './prices.ts';

/** Entries of indexes that a changed row of the database brings along, and rows that are scanned for one that is returned: both seen from above. */
const INDEXES = 3;
const SCANNED = 4;
/** Rows that an event of the hub writes in its own SQLite, at most, when it writes: the hour it was awake, an alarm. */
const OBJECT_ROWS = 2;

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const samplesOf = (text: string): Sample[] =>
  text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .flatMap((line) => {
      const [, name = '', inside = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const labels = Object.fromEntries([...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', text = '']) => [key, text]));
      return [{ name, labels, value: Number(value) }];
    });

interface Reading {
  readonly requests: number;
  /** By component and event. */
  readonly events: ReadonlyMap<string, number>;
  readonly figures: WorkerdPlane['database']['figures'];
  readonly cpuMs: number;
}

const read = async (plane: WorkerdPlane): Promise<Reading> => {
  const samples = samplesOf(await (await plane.fetch('/metrics')).text());
  const events = samples.filter(({ name }) => name === 'kedge_object_events_total');
  return {
    requests: samples.filter(({ name }) => name === 'apiserver_request_total').reduce((sum, { value }) => sum + value, 0),
    events: new Map(events.map(({ labels, value }) => [`${labels.component}/${labels.event}`, value])),
    figures: plane.database.figures,
    cpuMs: plane.cpuMs(),
  };
};

const messageEvents = ['webSocketMessage'];
/** What the measurement itself asks. */
const ownEvents = ['telemetry'];

/** What happened between two readings. */
export const measured = async (plane: WorkerdPlane, work: () => Promise<unknown>): Promise<Work> => {
  const before = await read(plane);
  await work();
  const after = await read(plane);
  const deltas = [...after.events]
    .map(([key, value]) => ({ object: key.split('/')[0]!, event: key.split('/')[1]!, count: value - (before.events.get(key) ?? 0) }))
    .filter(({ event, count }) => count > 0 && !ownEvents.includes(event));
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
    objectRowsWritten: OBJECT_ROWS * sum(deltas.filter(({ object }) => object === 'hub')),
    rowsRead: Math.max(rows('statements'), rows('returned') * SCANNED),
    rowsWritten: rows('changed') * (1 + INDEXES),
    cpuMs: after.cpuMs - before.cpuMs,
  };
};
