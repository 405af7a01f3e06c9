/**
 * What a day of work costs at Cloudflare and at a libSQL host, from counts. Pure. Prices as published in autumn 2026, in dollars; a month has 30 days. Where an
 * account's bill is read in two ways, the dearer one counts: an object is billed for ten idle seconds after each event, and pings that are
 * answered without waking it are messages all the same.
 */

export interface Awake {
  readonly events: number;
  readonly seconds: number;
}

/** Of a day, unless it is said otherwise. */
export interface Work {
  readonly workerRequests: number;
  /** Calls, alarms, upgrades. */
  readonly objectCalls: number;
  /** Messages that came in over sockets: twenty are one request. */
  readonly socketMessages: number;
  /** By class of objects: what reached them, and for how many seconds they were awake, ten seconds after each event among them. */
  readonly objects: Readonly<Record<string, Awake>>;
  /** Rows of the objects' own storage. */
  readonly objectRowsWritten: number;
  /** Rows of the database. */
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly cpuMs: number;
}

export const noWork: Work = {
  ...{ workerRequests: 0, objectCalls: 0, socketMessages: 0, objects: {}, objectRowsWritten: 0 },
  ...{ rowsRead: 0, rowsWritten: 0, cpuMs: 0 },
};

const DAY_S = 86_400;
const GB = 0.128;
/** An event of an object takes this long, waiting for the database included. */
export const EVENT_S = 0.05;
/** An object that nothing reaches any more is awake this long in the dearer reading. */
export const IDLE_S = 10;
export const MESSAGES_A_REQUEST = 20;

export const times = (work: Work, factor: number): Work => ({
  workerRequests: work.workerRequests * factor,
  objectCalls: work.objectCalls * factor,
  socketMessages: work.socketMessages * factor,
  objects: Object.fromEntries(
    Object.entries(work.objects).map(([object, { events, seconds }]) => [object, { events: events * factor, seconds: seconds * factor }]),
  ),
  objectRowsWritten: work.objectRowsWritten * factor,
  rowsRead: work.rowsRead * factor,
  rowsWritten: work.rowsWritten * factor,
  cpuMs: work.cpuMs * factor,
});

export const plus = (a: Work, b: Work): Work => {
  const of = ({ objects }: Work, name: string): Awake => objects[name] ?? { events: 0, seconds: 0 };
  const names = [...new Set([...Object.keys(a.objects), ...Object.keys(b.objects)])];
  return {
    workerRequests: a.workerRequests + b.workerRequests,
    objectCalls: a.objectCalls + b.objectCalls,
    socketMessages: a.socketMessages + b.socketMessages,
    objects: Object.fromEntries(
      names.map((name) => [name, { events: of(a, name).events + of(b, name).events, seconds: of(a, name).seconds + of(b, name).seconds }]),
    ),
    objectRowsWritten: a.objectRowsWritten + b.objectRowsWritten,
    rowsRead: a.rowsRead + b.rowsRead,
    rowsWritten: a.rowsWritten + b.rowsWritten,
    cpuMs: a.cpuMs + b.cpuMs,
  };
};

export const objectRequests = ({ objectCalls, socketMessages }: Work): number => objectCalls + socketMessages / MESSAGES_A_REQUEST;

/** GB-s of a day. An object is never awake for more than the day. */
export const duration = ({ objects }: Work, pessimistic: boolean): number =>
  Object.values(objects).reduce(
    (sum, { events, seconds }) => sum + Math.min(DAY_S, pessimistic ? seconds : Math.min(seconds, events * EVENT_S)) * GB,
    0,
  );

/** Share of the free plans that a day uses, by what is nearest to its end. */
export const freeShare = (work: Work): { readonly share: number; readonly of: string } => {
  const parts: readonly (readonly [string, number])[] = [
    ['Worker requests (100,000 a day)', work.workerRequests / 100_000],
    ['object requests (100,000 a day)', objectRequests(work) / 100_000],
    ['object duration (13,000 GB-s a day)', duration(work, true) / 13_000],
    ['rows written by objects (100,000 a day)', work.objectRowsWritten / 100_000],
    ['rows read (500 million a month)', (work.rowsRead * 30) / 500e6],
    ['rows written (10 million a month)', (work.rowsWritten * 30) / 10e6],
  ];
  const [of, share] = parts.reduce((most, part) => (part[1] > most[1] ? part : most));
  return { share, of };
};

const over = (used: number, included: number, each: number): number => Math.max(0, used - included) * each;

/** Dollars a month on the paid plan with a free database while that is enough, else with the smallest paid one. `marginal`: nothing is included. */
export const monthly = (work: Work, { marginal = false } = {}): number => {
  const month = times(work, 30);
  const included = (amount: number): number => (marginal ? 0 : amount);
  const workers =
    over(month.workerRequests, included(10e6), 0.3 / 1e6) +
    over(month.cpuMs, included(30e6), 0.02 / 1e6) +
    over(objectRequests(month), included(1e6), 0.15 / 1e6) +
    over(duration(work, true) * 30, included(400_000), 12.5 / 1e6) +
    over(month.objectRowsWritten, included(50e6), 1 / 1e6);
  const free = !marginal && month.rowsRead <= 500e6 && month.rowsWritten <= 10e6;
  const database = free
    ? 0
    : over(month.rowsRead, included(2.5e9), 1 / 1e9) + over(month.rowsWritten, included(25e6), 1 / 1e6) + (marginal ? 0 : 4.99);
  return workers + database + (marginal ? 0 : 5);
};
