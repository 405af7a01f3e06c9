/**
 * The History port beside the Store: versions of objects, also those that watches can no longer replay. What lies in the change log is complete; below the
 * compacted revision there is what the retention of the kind has left, and answers say so.
 */
import type { Retention } from './retention.ts';
import type { Author, ObjectKey, StoredChange } from './store.ts';

/** One version without its body. */
export interface VersionInfo extends Omit<StoredChange, 'body' | 'previousBody'> {
  /** Bytes of the body; -1 when it was purged. */
  readonly size: number;
  /** Unix ms; absent in what version 0.1.0 wrote. */
  readonly atMs?: number;
  readonly author?: Author;
}

export interface StoredVersion extends VersionInfo {
  readonly body: string;
}

export interface VersionsQuery {
  readonly key: ObjectKey;
  /** Versions older than this revision. */
  readonly before?: number;
  /** Default and maximum 500. */
  readonly limit?: number;
}

export interface AsOfQuery {
  readonly resource: string;
  /** Absent: all. */
  readonly namespace?: string;
  readonly revision: number;
  readonly after?: { readonly namespace: string; readonly name: string };
  /** Default and maximum 500 keys. A page also ends at 1 MiB of bodies. */
  readonly limit?: number;
}

export interface AsOfPage {
  /** By namespace and name: what lived at the revision. */
  readonly items: StoredVersion[];
  /** Keys looked at end here; absent when that was all. Goes on as `after`. */
  readonly next?: { readonly namespace: string; readonly name: string };
  /** Keys of this page that lived at the revision, or may have, whose version of then is no longer there. */
  readonly lost: readonly { readonly namespace: string; readonly name: string }[];
  /** False when whole objects may be missing: the kind's history was cut above the revision. */
  readonly complete: boolean;
}

export interface History {
  /** Newest first. A purged version has size -1. */
  versions(query: VersionsQuery): Promise<{ readonly versions: VersionInfo[]; readonly more: boolean }>;
  /** The newest version at or below the revision; undefined when there is none, or it was purged. */
  version(key: ObjectKey, revision: number): Promise<StoredVersion | undefined>;
  asOf(query: AsOfQuery): Promise<AsOfPage>;
  /** Which of these resources have, or had, something in the namespace; in the order given. */
  resourcesIn(namespace: string, resources: readonly string[]): Promise<string[]>;
  /** The revision of the newest change at or before this time; 0 when all are younger. */
  revisionAt(atMs: number): Promise<number>;
  /**
   * Removes superseded versions, and what deleted objects left, of one object, a namespace or a whole kind. Compacts to the head first, so that no watch or page
   * stands on what goes: they list again. @returns how many versions went.
   */
  purge(what: { readonly resource: string; readonly namespace?: string; readonly name?: string }): Promise<number>;
  retention(): Promise<Retention>;
  setRetention(retention: Retention): Promise<void>;
}
