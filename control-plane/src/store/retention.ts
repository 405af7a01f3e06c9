/**
 * How long what is kept. The change log is for watches and pages: a client that was away longer lists again (410). What leaves it goes to the history,
 * a number of bytes for each kind, oldest first out. Pure; the platforms call `compactTo` on their minute tick.
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

/** What the history keeps of superseded versions. */
export interface Retention {
  /** Bytes of a kind that `kinds` does not name; 0 for none. */
  readonly bytes: number;
  /** By storage key, such as `apps/deployments`. */
  readonly kinds: Readonly<Record<string, number>>;
  /** Deleted objects of sealed kinds (Secrets) are kept, as ciphertext, like any other. */
  readonly keepDeletedSealed: boolean;
}

const MIB = 1_048_576;

/** Kinds that people write get more than those that machines write all day. */
export const defaultRetention: Retention = {
  bytes: 8 * MIB,
  kinds: {
    'core/pods': 4 * MIB,
    'core/nodes': MIB,
    'core/endpoints': MIB,
    'discovery.k8s.io/endpointslices': MIB,
  },
  keepDeletedSealed: false,
};

/** For stores that keep no history. */
export const noRetention: Retention = { bytes: 0, kinds: {}, keepDeletedSealed: false };

/** Bytes beside the body that a version counts for. */
export const VERSION_OVERHEAD = 256;

export const budgetOf = (retention: Retention, resource: string): number => retention.kinds[resource] ?? retention.bytes;
