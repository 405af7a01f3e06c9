/**
 * How long the change log is kept. Watches resume and histories are read within it; a client that was away longer lists again (410).
 * Pure: the platforms call it on their minute tick.
 */
import type { Head } from './store.ts';

/** Changes kept at least. At 100 writes a second that is more than eight minutes, on a quiet cluster days. */
export const KEPT_CHANGES = 50_000;
/** Compaction walks what it removes: not for a handful. */
const WORTHWHILE = 10_000;

/** The revision to compact to, undefined while it is not worth it. */
export const compactTo = ({ revision, compacted }: Pick<Head, 'revision' | 'compacted'>): number | undefined => {
  const target = revision - KEPT_CHANGES;
  return target - compacted >= WORTHWHILE ? target : undefined;
};
