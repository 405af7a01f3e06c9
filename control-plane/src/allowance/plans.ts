/** What the plans allow, as Cloudflare and Turso published it in autumn 2026. On the paid plan more costs more; on the free one it is refused until the window ends. */
import type { Figures } from './figures.ts';

export type Plan = 'free' | 'paid';

export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly of: (figures: Figures) => number;
  readonly free: Limit;
  readonly paid: Limit;
}

export interface Limit {
  readonly window: 'day' | 'month';
  readonly limit: number;
}

/** Gigabytes that an object is billed with while it is awake. */
const OBJECT_GB = 0.128;

const day = (limit: number): Limit => ({ window: 'day', limit });
const month = (limit: number): Limit => ({ window: 'month', limit });

export const measures: readonly Measure[] = [
  { name: 'Worker requests', unit: 'requests', of: (f) => f.workerRequests, free: day(100_000), paid: month(10e6) },
  { name: 'object requests', unit: 'requests', of: (f) => f.objectRequests, free: day(100_000), paid: month(1e6) },
  { name: 'object duration', unit: 'GB-s', of: (f) => (f.awakeMs / 1000) * OBJECT_GB, free: day(13_000), paid: month(400_000) },
  { name: 'rows written by objects', unit: 'rows', of: (f) => f.objectRowsWritten, free: day(100_000), paid: month(50e6) },
  { name: 'database rows read', unit: 'rows', of: (f) => f.rowsRead, free: month(500e6), paid: month(2.5e9) },
  { name: 'database rows written', unit: 'rows', of: (f) => f.rowsWritten, free: month(10e6), paid: month(25e6) },
];
