/** One run on one store: what was measured, and which marks it meets. */
import { type Timed, timeCalls, timeCallsBesideLists } from './calls.ts';
import { createClient } from './client.ts';
import { timeLists } from './lists.ts';
import type { Summary } from './numbers.ts';
import { type Plane, type StoreKind, startPlane, waitIdle } from './plane.ts';
import { fill, leastBytes, PODS } from './pods.ts';
import { type Measured, timeBareWatches, timeWatches } from './watches.ts';
import { timePatches, timePuts, type Written } from './writers.ts';

export interface Sizes {
  readonly fewPods: number;
  readonly manyPods: number;
  readonly calls: number;
  readonly lists: number;
  readonly watchers: number;
  readonly perSecond: number;
  readonly events: number;
  /** Of them, the first: every one is delivered and counted, their lag is told apart. */
  readonly warmup: number;
  readonly writers: number;
  readonly rounds: number;
  /** The numbers are to say something: what was compiled before is there, and memory is looked at in quiet. */
  readonly quiet: boolean;
}

export const fullSizes: Sizes = {
  fewPods: 1_000,
  manyPods: 10_000,
  calls: 300,
  lists: 5,
  watchers: 1_000,
  perSecond: 100,
  events: 2_500,
  warmup: 500,
  writers: 50,
  rounds: 10,
  quiet: true,
};
export const smallSizes: Sizes = {
  fewPods: 5,
  manyPods: 20,
  calls: 3,
  lists: 1,
  watchers: 4,
  perSecond: 100,
  events: 10,
  warmup: 2,
  writers: 4,
  rounds: 2,
  quiet: false,
};

export interface Mark {
  readonly name: string;
  readonly measured: string;
  readonly met: boolean;
}

export interface Result {
  readonly marks: readonly Mark[];
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const row = (name: string, { count, p50, p99, perSecond }: Summary, more = ''): string =>
  `  ${name.padEnd(52)}${ms(p50).padStart(11)}${ms(p99).padStart(11)}${perSecond.toFixed(0).padStart(9)}/s  of ${count}${more}`;

const worst = (timed: readonly Timed[]): Timed => timed.reduce((a, b) => (b.summary.p99 > a.summary.p99 ? b : a));

const measure = async (kind: StoreKind, plane: Plane, sizes: Sizes, say: (line: string) => void): Promise<Result> => {
  const marks: Mark[] = [];
  const note = (line: string): void => {
    say(line);
  };
  const mark = (name: string, measured: string, met: boolean): void => void marks.push({ name: `${kind}: ${name}`, measured, met });
  const one = createClient(plane, 1);
  const lister = createClient(plane, 1);
  const many = createClient(plane, sizes.writers);
  let failedWrites = 0;
  const wrote = (name: string, written: Written): void => {
    failedWrites += written.failed + written.wrong;
    const more = written.conflicts > 0 ? `, ${written.conflicts} conflicts` : '';
    note(row(name, written.summary, `${more}, ${written.failed} failed, ${written.wrong} wrong`));
  };
  try {
    await fill(many, { prefix: 'few', count: sizes.fewPods, parallel: 16 });
    const size = (await one.send('GET', `${PODS}/few-0`)).bytes;
    note(`${kind}: pods of ${size} bytes; p50, p99, rate`);
    mark(`pods of at least ${leastBytes} bytes`, `${size}`, size >= leastBytes);
    await timeCalls(one, 'warm', Math.ceil(sizes.calls / 3));
    const alone = await timeCalls(one, 'alone', sizes.calls);
    for (const { name, summary } of alone) note(row(`${name}, alone`, summary));
    for (const list of await timeLists(one, sizes.fewPods, sizes.lists)) {
      note(row(`list of ${sizes.fewPods} as ${list.form}, ${list.megabytes.toFixed(1)} MB`, list.summary));
    }

    const writers = { writers: sizes.writers, rounds: sizes.rounds };
    wrote(`${sizes.writers} writers, PATCH of one object`, await timePatches(many, 'few', { ...writers, objects: 1 }));
    wrote(`${sizes.writers} writers, PATCH of an object each`, await timePatches(many, 'few', { ...writers, objects: sizes.fewPods }));
    wrote(
      `${sizes.writers} writers, GET and PUT of one object`,
      await timePuts(many, 'few-1', { ...writers, rounds: Math.ceil(sizes.rounds / 5) }),
    );

    await fill(many, { prefix: 'many', count: sizes.manyPods - sizes.fewPods, parallel: 16 });
    if (sizes.quiet) await waitIdle(plane);
    const resting = plane.residentBytes();
    plane.resetPeak();
    const lists = await timeLists(lister, sizes.manyPods, sizes.lists);
    const peak = plane.peakBytes();
    for (const list of lists) note(row(`list of ${sizes.manyPods} as ${list.form}, ${list.megabytes.toFixed(1)} MB`, list.summary));
    const beside = await timeCallsBesideLists(plane, one, 'beside', sizes.calls);
    for (const { name, summary } of beside) note(row(`${name}, beside lists of ${sizes.manyPods}`, summary));
    for (const { failed } of [...alone, ...beside]) failedWrites += failed;

    const { watchers, perSecond, events, warmup } = sizes;
    const watching = { watchers, perSecond, events, warmup, prefix: 'few', pods: Math.min(100, sizes.fewPods) };
    const lag = ({ lags, warmup: first, cpuShare }: Measured): string =>
      `lag p50 ${lags.p50} ms, p99 ${lags.p99} ms, most ${lags.most} ms (the first ${warmup / perSecond} s: p50 ${first.p50} ms, p99 ${first.p99} ms), ` +
      `${cpuShare.toFixed(2)} processors`;
    const bare = await timeBareWatches(plane, one, watching);
    note(`  ${watchers} watchers of a bare server, ${perSecond} events/s: ${lag(bare)}`);
    const watched = await timeWatches(plane, many, watching);
    failedWrites += watched.failedWrites;
    note(
      `  ${watchers} watchers, ${watched.writesPerSecond.toFixed(0)} events/s: ${lag(watched)}; ` +
        `${watched.delivered} delivered, ${watched.missed} missed, ${watched.repeated} repeated, ${watched.ended} ended`,
    );
    if (sizes.quiet) await waitIdle(plane);
    note(`  resident when they have gone: ${mb(plane.residentBytes())}`);

    mark('no failed write', String(failedWrites), failedWrites === 0);
    for (const line of watched.wrong) note(`  a watcher read whole: ${line}`);
    mark(
      'no missed and no repeated event',
      `${watched.missed + watched.repeated + watched.ended + watched.wrong.length}`,
      watched.missed + watched.repeated + watched.ended + watched.wrong.length === 0,
    );
    const { p99 } = watched.lags;
    mark(`watch lag p99 < 100 ms at ${watchers} watchers`, `${p99} ms (bare server ${bare.lags.p99} ms)`, p99 < 100);
    const slowest = worst(alone);
    mark('calls of one object p99 < 20 ms, alone', `${ms(slowest.summary.p99)} (${slowest.name})`, slowest.summary.p99 < 20);
    const slowestBeside = worst(beside);
    mark(
      'calls of one object p99 < 50 ms, beside lists',
      `${ms(slowestBeside.summary.p99)} (${slowestBeside.name})`,
      slowestBeside.summary.p99 < 50,
    );
    for (const list of lists) mark(`list of ${sizes.manyPods} < 500 ms as ${list.form}`, ms(list.summary.p50), list.summary.p50 < 500);
    mark(`resident <= 200 MB at rest with ${sizes.manyPods} pods`, mb(resting), resting <= 200e6);
    mark('resident <= 300 MB at the peak of that list', mb(peak), peak <= 300e6);
    return { marks };
  } finally {
    for (const client of [one, lister, many]) await client.close();
  }
};

export interface RunOptions {
  /** Of the control plane's Node.js, for profiles. */
  readonly flags?: readonly string[];
  /** Gets each line as it is measured. */
  readonly say?: (line: string) => void;
}

export const runBench = async (kind: StoreKind, sizes: Sizes, { flags = [], say = () => {} }: RunOptions = {}): Promise<Result> => {
  // what the first start of an installation compiles, later ones find
  if (sizes.quiet) await (await startPlane(kind)).stop();
  const plane = await startPlane(kind, flags);
  try {
    return await measure(kind, plane, sizes, say);
  } finally {
    await plane.stop();
  }
};
