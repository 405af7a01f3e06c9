/**
 * Incarnations: one life of the database. Revisions of two incarnations never meet, because a new one starts 1,000,000 above the old head and everything
 * below counts as compacted. Restores start one; so does a database file that somebody copied back by hand, once a peer shows that it has seen more.
 */
import type { Statement } from './driver.ts';
import type { Head, Store } from './store.ts';

/** Revisions between two incarnations: what the lost end of the old one may have given out. */
export const INCARNATION_LIFT = 1_000_000;
/** A claim of more than this above the head is a mistake or a lie: believing it would eat the number space. */
const credible = 1_000_000_000_000;

/** A revision that a peer was given under this incarnation. */
export interface RevisionProof {
  readonly incarnation: string;
  readonly revision: number;
}

/**
 * Compares what a peer has seen with the head. When the head is below it under the same incarnation, the file was put back from a copy: a new incarnation
 * starts. One read when nothing is wrong. A revision that cannot be (not a safe integer, far above all) is ignored.
 * @returns the head; with another incarnation than the proof's, this peer and every cache must discard and list again.
 */
export async function proveRevision(store: Pick<Store, 'head' | 'newIncarnation'>, proof: RevisionProof): Promise<Head> {
  const head = await store.head();
  const { incarnation, revision } = proof;
  if (incarnation !== head.incarnation || !Number.isSafeInteger(revision) || revision <= head.revision) return head;
  if (revision - head.revision > credible) return head;
  return store.newIncarnation({ expected: incarnation, above: revision });
}

/** Lifts the sequence first, while the incarnation is still the expected one. A repetition after a lost reply finds another and does nothing. */
export function incarnationStatements(expected: string, started: string, above: number | undefined): Statement[] {
  const seq = `(SELECT seq FROM sqlite_sequence WHERE name = 'changes')`;
  const holds = `(SELECT incarnation FROM meta WHERE id = 1) = ?1 AND (?2 IS NULL OR ${seq} < ?2)`;
  return [
    {
      sql: `UPDATE meta SET incarnation = ?3, compacted_revision = max(${seq}, coalesce(?2, 0)) + ${INCARNATION_LIFT} WHERE id = 1 AND ${holds}`,
      args: [expected, above ?? null, started],
    },
    {
      sql: `UPDATE sqlite_sequence SET seq = (SELECT compacted_revision FROM meta WHERE id = 1)
        WHERE name = 'changes' AND (SELECT incarnation FROM meta WHERE id = 1) = ?1 AND seq < (SELECT compacted_revision FROM meta WHERE id = 1)`,
      args: [started],
    },
  ];
}
