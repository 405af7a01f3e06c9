/**
 * The watchers, in a process of their own. It is told by message how many to open and from where, says when all are open, and after the last event what each
 * saw: every event is known by the number in its stamp, and its delay is from the moment the write was sent.
 */
import { Agent, request } from 'node:https';
import type { Access } from './plane.ts';
import { nowMicros, PODS, STAMP } from './pods.ts';

export interface WatchOrder {
  readonly access: Access;
  readonly watchers: number;
  readonly resourceVersion: string;
  readonly events: number;
}

export interface WatchReport {
  /** Of every delivery, in ms. */
  readonly lagP50: number;
  readonly lagP99: number;
  readonly lagMax: number;
  readonly delivered: number;
  /** Events some watcher did not see within the time allowed. */
  readonly missed: number;
  /** Seen twice by one watcher. */
  readonly repeated: number;
  readonly ended: number;
}

const needle = Buffer.from(`"${STAMP}":"`);
const STAMP_BYTES = 24;
const newline = 10;
/** Milliseconds; what is slower is counted in the last. */
const BUCKETS = 60_000;

class Watcher {
  readonly seen: Uint8Array;
  count = 0;
  repeated = 0;
  #rest: Buffer | undefined;

  constructor(events: number) {
    this.seen = new Uint8Array(events);
  }

  /** Looks for stamps; a line that is not whole waits for its rest. */
  take(chunk: Buffer, lags: Uint32Array): void {
    const now = nowMicros();
    const text = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    const end = text.lastIndexOf(newline) + 1;
    for (let at = text.indexOf(needle); at >= 0 && at < end; at = text.indexOf(needle, at + STAMP_BYTES)) {
      const stamp = text.toString('latin1', at + needle.length, at + needle.length + STAMP_BYTES);
      const sequence = Number(stamp.slice(0, 7));
      if (this.seen[sequence]) this.repeated++;
      else this.count++;
      this.seen[sequence] = 1;
      const lag = Math.round((now - Number(stamp.slice(8))) / 1000);
      const bucket = Math.max(0, Math.min(BUCKETS - 1, lag));
      lags[bucket] = lags[bucket]! + 1;
    }
    this.#rest = end < text.length ? Buffer.from(text.subarray(end)) : undefined;
  }
}

const open = (agent: Agent, order: WatchOrder, watcher: Watcher, lags: Uint32Array, onEnd: () => void): Promise<void> =>
  new Promise((resolve, reject) => {
    const { access, resourceVersion } = order;
    const path = `${PODS}?watch=true&resourceVersion=${resourceVersion}&allowWatchBookmarks=true`;
    const sent = request(`${access.url}${path}`, { agent, headers: { authorization: `Bearer ${access.token}` } }, (answer) => {
      if (answer.statusCode !== 200) return reject(new Error(`a watch was answered ${answer.statusCode}`));
      answer.on('data', (chunk: Buffer) => watcher.take(chunk, lags));
      answer.on('close', onEnd);
      resolve();
    });
    sent.on('error', reject);
    sent.end();
  });

const report = (watchers: readonly Watcher[], lags: Uint32Array, order: WatchOrder, ended: number): WatchReport => {
  const delivered = lags.reduce((a, b) => a + b, 0);
  const lagAt = (share: number): number => {
    let left = Math.ceil(delivered * share);
    return lags.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
  };
  const missed = watchers.reduce((sum, watcher) => sum + order.events - watcher.count, 0);
  const repeated = watchers.reduce((sum, watcher) => sum + watcher.repeated, 0);
  return { lagP50: lagAt(0.5), lagP99: lagAt(0.99), lagMax: lagAt(1), delivered, missed, repeated, ended };
};

const run = async (order: WatchOrder): Promise<void> => {
  const agent = new Agent({ ca: order.access.ca, maxSockets: Number.POSITIVE_INFINITY });
  const lags = new Uint32Array(BUCKETS);
  const watchers = Array.from({ length: order.watchers }, () => new Watcher(order.events));
  let ended = 0;
  let finished = false;
  const atOnce = 20;
  for (let i = 0; i < watchers.length; i += atOnce) {
    await Promise.all(
      watchers.slice(i, i + atOnce).map((watcher) =>
        open(agent, order, watcher, lags, () => {
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
