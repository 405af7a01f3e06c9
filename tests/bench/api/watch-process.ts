/**
 * The watchers, in a process of their own. It is told by message how many to open and from where, says when all are open, and after the last event what each
 * saw: every event is known by the number in its stamp, and its delay is from the moment the write was sent. Each watcher is a TLS connection of its own
 * whose bytes are decrypted and looked through; some are read as HTTP and JSON, whole, to the last byte.
 */
import { connect } from 'node:tls';
import { ChunkedLines } from './chunked-lines.ts';
import type { Access } from './plane.ts';
import { leastBytes, nowMicros, PODS, STAMP } from './pods.ts';

export interface WatchOrder {
  readonly access: Access;
  readonly watchers: number;
  readonly resourceVersion: string;
  readonly events: number;
  /** Of them, the first: told apart, because both ends compile what they run. */
  readonly warmup: number;
}

/** Of every delivery, in ms. */
export interface Lags {
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface WatchReport {
  readonly lags: Lags;
  /** Of the first events. */
  readonly warmup: Lags;
  readonly delivered: number;
  /** Events some watcher did not see within the time allowed. */
  readonly missed: number;
  /** Seen twice by one watcher. */
  readonly repeated: number;
  readonly ended: number;
  /** What the watchers that are read whole received and should not have; empty. */
  readonly wrong: readonly string[];
}

const needle = Buffer.from(`"${STAMP}":"`);
const STAMP_BYTES = 24;
/** Bytes read at once, at most. */
const ROOM = 64 * 1024;
/** Milliseconds; what is slower is counted in the last. */
const BUCKETS = 60_000;

/** A little more than an event has. */
const BYTES_OF_EVENT = 4_200;
/** Of every how many watchers one is read whole. */
const WHOLE = 50;

/** Deliveries by how many ms they took. */
class Histogram {
  readonly #buckets = new Uint32Array(BUCKETS);

  add(micros: number): void {
    const bucket = Math.max(0, Math.min(BUCKETS - 1, Math.round(micros / 1000)));
    this.#buckets[bucket] = this.#buckets[bucket]! + 1;
  }

  get count(): number {
    return this.#buckets.reduce((a, b) => a + b, 0);
  }

  get lags(): Lags {
    const { count } = this;
    const at = (share: number): number => {
      let left = Math.ceil(count * share);
      return this.#buckets.findIndex((n) => {
        left -= n;
        return left <= 0;
      });
    };
    return { p50: at(0.5), p99: at(0.99), most: at(1) };
  }
}

interface Seen {
  readonly warmup: number;
  readonly first: Histogram;
  readonly rest: Histogram;
}

/** Digits of a stamp, read where they stand. */
const digits = (text: Uint8Array, from: number, to: number): number => {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text[at]! - 48;
  return value;
};

/** A stamp with what stands before it. */
const MARKED_BYTES = needle.length + STAMP_BYTES;
/** Between the end of a stamp and the next one there is at least the rest of a pod; it is not searched. */
const BETWEEN_STAMPS = leastBytes - MARKED_BYTES;

/** Where the end of a piece and the next are looked at together; one for all watchers, who are told of pieces one at a time. */
const joined = Buffer.allocUnsafeSlow(MARKED_BYTES + ROOM);

class Watcher {
  readonly seen: Uint8Array;
  readonly whole: ChunkedLines | undefined;
  count = 0;
  repeated = 0;
  /** The end of what came, which may hold the beginning of a stamp. */
  readonly #rest = Buffer.alloc(MARKED_BYTES);
  #restLength = 0;
  /** Bytes that hold no stamp. */
  #skip = 0;

  constructor(events: number, whole: boolean) {
    this.seen = new Uint8Array(events);
    this.whole = whole ? new ChunkedLines(events * BYTES_OF_EVENT) : undefined;
  }

  /** Looks for stamps. `piece` is only lent, and at most {@link ROOM} long. */
  take(piece: Buffer, lags: Seen): void {
    this.whole?.take(piece);
    if (this.#skip >= piece.length) {
      this.#skip -= piece.length;
      return;
    }
    const now = nowMicros();
    const text = this.#restLength > 0 ? this.#join(piece) : piece;
    let through = this.#skip;
    let at = text.indexOf(needle, through);
    while (at >= 0 && at + MARKED_BYTES <= text.length) {
      const stamp = at + needle.length;
      this.#note(digits(text, stamp, stamp + 7), now - digits(text, stamp + 8, stamp + STAMP_BYTES), lags);
      through = at + MARKED_BYTES + BETWEEN_STAMPS;
      at = through < text.length ? text.indexOf(needle, through) : -1;
    }
    this.#skip = Math.max(0, through - text.length);
    const from = at >= 0 ? at : Math.max(through, text.length - needle.length + 1);
    this.#restLength = Math.max(0, text.length - from);
    if (this.#restLength > 0) text.copy(this.#rest, 0, from);
  }

  #join(piece: Buffer): Buffer {
    this.#rest.copy(joined, 0, 0, this.#restLength);
    piece.copy(joined, this.#restLength);
    return joined.subarray(0, this.#restLength + piece.length);
  }

  #note(sequence: number, lagMicros: number, lags: Seen): void {
    if (this.seen[sequence]) this.repeated++;
    else this.count++;
    this.seen[sequence] = 1;
    (sequence < lags.warmup ? lags.first : lags.rest).add(lagMicros);
  }
}

/** What all connections are read into, one after the other. */
const room = Buffer.allocUnsafeSlow(ROOM);
const ready = 'HTTP/1.1 200';

const open = (order: WatchOrder, watcher: Watcher, lags: Seen, onEnd: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const { access, resourceVersion } = order;
    const { hostname, port } = new URL(access.url);
    const path = `${PODS}?watch=true&resourceVersion=${resourceVersion}&allowWatchBookmarks=true`;
    let head: string | undefined = '';
    /** Returns what follows the head of the answer. */
    const pastHead = (piece: Buffer): Buffer | undefined => {
      head += piece.toString('latin1');
      const end = head!.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      if (!head!.startsWith(ready)) reject(new Error(`a watch was answered ${head}`));
      const rest = Buffer.from(head!.slice(end + 4), 'latin1');
      head = undefined;
      resolve();
      return rest;
    };
    const callback = (length: number, lent: Uint8Array): boolean => {
      const piece = Buffer.from(lent.buffer, lent.byteOffset, length);
      const text = head === undefined ? piece : pastHead(piece);
      if (text && text.length > 0) watcher.take(text, lags);
      return true;
    };
    const onread = { buffer: room, callback };
    const options = { host: hostname, port: Number(port), ca: access.ca, onread };
    const socket = connect(options);
    socket.on('close', onEnd);
    socket.on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${access.token}\r\nUser-Agent: bench/1\r\n\r\n`);
  });

const report = (watchers: readonly Watcher[], { first, rest }: Seen, order: WatchOrder, ended: number): WatchReport => {
  const delivered = first.count + rest.count;
  const missed = watchers.reduce((sum, watcher) => sum + order.events - watcher.count, 0);
  const repeated = watchers.reduce((sum, watcher) => sum + watcher.repeated, 0);
  const wrong = watchers.flatMap(({ whole }) => (whole ? wrongOf(whole, order.events) : []));
  return { lags: rest.lags, warmup: first.lags, delivered, missed, repeated, ended, wrong };
};

/** Each event of a watcher that was read whole: a pod, in order, and of the size that pods have. */
const wrongOf = (whole: ChunkedLines, expected: number): string[] => {
  let lines: string[];
  try {
    lines = whole.lines();
  } catch (error) {
    return [(error as Error).message];
  }
  const events = lines.map((line) => ({ ...JSON.parse(line), size: line.length })).filter(({ type }) => type !== 'BOOKMARK');
  if (events.length !== expected) return [`${events.length} events instead of ${expected}`];
  const wrong: string[] = [];
  let revision = 0;
  for (const [i, { type, object, size }] of events.entries()) {
    const now = Number(object.metadata.resourceVersion);
    const right = type === 'MODIFIED' && object.kind === 'Pod' && object.metadata.managedFields.length >= 2 && size >= leastBytes;
    if (!right || now <= revision) wrong.push(`event ${i} is ${type} of revision ${now} after ${revision}`);
    revision = now;
  }
  return wrong;
};

const run = async (order: WatchOrder): Promise<void> => {
  const lags: Seen = { warmup: order.warmup, first: new Histogram(), rest: new Histogram() };
  const watchers = Array.from({ length: order.watchers }, (_, i) => new Watcher(order.events, i % WHOLE === 0));
  let ended = 0;
  let finished = false;
  const atOnce = 20;
  for (let i = 0; i < watchers.length; i += atOnce) {
    await Promise.all(
      watchers.slice(i, i + atOnce).map((watcher) =>
        open(order, watcher, lags, () => {
          if (!finished) ended++;
        }),
      ),
    );
  }
  process.send!('open');
  // the parent says how long to wait for the last events
  await new Promise<void>((resolve) => {
    process.once('message', (waitMs: number) => {
      const until = performance.now() + waitMs;
      const look = setInterval(() => {
        if (performance.now() < until && watchers.some((watcher) => watcher.count < order.events)) return;
        clearInterval(look);
        resolve();
      }, 50);
    });
  });
  finished = true;
  process.send!(report(watchers, lags, order, ended), () => process.exit(0));
};

process.once('message', (order: WatchOrder) => {
  run(order).catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
});
