/**
 * The Store port: versioned objects, compare-and-swap, changes since a revision. Three implementations pass one contract suite
 * (`contract.ts`): libSQL on a file, libSQL over HTTP, and the volatile store. Bodies are opaque text here: JSON without
 * `metadata.resourceVersion`, or sealed text (see sealing.ts). A revision IS the object's resourceVersion.
 *
 * Quotas. Every write says what its object uses (`Derived.usage`: counter -> integer, once more in each of `Derived.scopes`), and the store keeps the total of each namespace and counter in step with
 * the objects, in the same transaction. A create or update that must respect limits carries `Guards.quota`: it is refused as a whole when a counter that
 * GROWS with it would pass its limit, so 50 creates at once against a limit of 10 give 10. Counters are opaque names of the caller (`pods`, `requests.cpu`,
 * `BestEffort/pods`; no double quotes), units too. Usage is stated by every write, quota or not: a quota made later counts right at once. `Store.usage` reads totals.
 */
import type { Dump } from './dump.ts';
import type { History } from './history.ts';
import type { SealedRows } from './sealed-rows.ts';

/** Identity of a stored object. `resource` is the storage key, such as `core/pods`; `namespace` is '' for cluster-scoped objects. */
export interface ObjectKey {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface StoredObject extends ObjectKey {
  readonly uid: string;
  readonly revision: number;
  readonly body: string;
  /** What the writer said of the schema the body was defaulted with; absent when nothing. */
  readonly stamp?: string;
}

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One committed change. For DELETED the body is the last state. */
export interface StoredChange extends StoredObject {
  readonly type: ChangeType;
  /** The body this change replaced; absent for ADDED, and where compaction took it. Selector watches need it. */
  readonly previousBody?: string;
}

export interface Identity {
  readonly clusterUid: string;
  /** New on every restore or import. */
  readonly incarnation: string;
}

/** Where the change log stands. `compacted`: watches and continues below it get 410. */
export interface Head {
  readonly revision: number;
  readonly compacted: number;
  readonly incarnation: string;
}

/** A value at most one object may hold (`clusterIP`, `nodePort`, `nodeCIDR`); kept in step with the object by the store. */
export interface ClaimRow {
  readonly scope: string;
  readonly value: string;
}

/** What the store keeps beside the body, replaced as a whole by each write. */
export interface Derived {
  /** UIDs of owner references. */
  readonly owners: readonly string[];
  readonly claims: readonly ClaimRow[];
  /** Selector columns: pods `node` = spec.nodeName; others ''. */
  readonly node: string;
  /** True while metadata.deletionTimestamp is set. */
  readonly deleting: boolean;
  /** Finalizers are present (a namespace: spec.finalizers too). */
  readonly finalized: boolean;
  /** Labels that lists may select by inside the database. Absent: unknown, such an object is in every selection (sealed kinds). */
  readonly labels?: Readonly<Record<string, string>>;
  /** What quotas count of this object, in its namespace. Safe integers; zeros may be left out. */
  readonly usage?: Readonly<Record<string, number>>;
  /** Names it is counted under once more: `usage` of `pods` in the scope `BestEffort` is also that of the counter `BestEffort/pods`. No double quotes. */
  readonly scopes?: readonly string[];
}

/** The sum of a counter over the namespace of the key may not pass `hard` by growing. */
export interface QuotaLimit {
  readonly counter: string;
  readonly hard: number;
}

/** A limit that a write would have passed. `growth`: what it would have added. */
export interface ExceededLimit extends QuotaLimit {
  readonly used: number;
  readonly growth: number;
}

/** Who changed an object. */
export interface Author {
  readonly user: string;
  readonly manager: string;
}

/** Preconditions beyond the object itself; each has its own outcome. All are checked inside the one INSERT. */
export interface Guards {
  /** The object with this uid exists in `objects` and is not deleting (creates by controllers). */
  readonly ownerUid?: string;
  /** The namespace of the key exists and is not deleting (namespaced creates). */
  readonly namespaceAlive?: boolean;
  /** No object is left in this namespace (removal of a namespace). */
  readonly namespaceEmpty?: string;
  /** No object names this uid among its owners (garbage collection with orphan or foreground). */
  readonly noDependents?: string;
  /** None of these uids exists any more (the collector deletes an object because its owners are gone). */
  readonly ownersGone?: readonly string[];
  /** Limits of the key's namespace that may not be passed (create and update). Durable kinds only: volatile ones are not counted. */
  readonly quota?: readonly QuotaLimit[];
}

interface Noted {
  /** For the history. */
  readonly author?: Author;
  /** Comes back with the object. */
  readonly stamp?: string;
}

export type Write = Noted &
  (
    | {
        readonly op: 'create';
        readonly key: ObjectKey;
        readonly uid: string;
        readonly body: string;
        readonly derived: Derived;
        readonly guards?: Guards;
      }
    | {
        readonly op: 'update';
        readonly key: ObjectKey;
        readonly uid: string;
        readonly body: string;
        readonly derived: Derived;
        /** The revision this was decided from. */
        readonly revision: number;
        readonly guards?: Guards;
      }
    | {
        readonly op: 'delete';
        readonly key: ObjectKey;
        readonly uid: string;
        /** Last state, as watchers see it. */
        readonly body: string;
        /** Absent: whatever its revision, as long as the uid matches. */
        readonly revision?: number;
        readonly guards?: Guards;
      }
  );

export type WriteOutcome =
  | { readonly status: 'ok'; readonly object: StoredObject }
  /** Update and delete: no such object. */
  | { readonly status: 'notFound' }
  /** Update and delete: another revision or uid stands there. */
  | { readonly status: 'conflict'; readonly current: StoredObject }
  /** Create: the name is taken. */
  | { readonly status: 'alreadyExists'; readonly current: StoredObject }
  /** The caller's epoch is no longer the active one. */
  | { readonly status: 'fenced'; readonly epoch: number }
  /** `exceeded` with `quota` alone. */
  | { readonly status: 'guard'; readonly guard: keyof Guards; readonly exceeded?: readonly ExceededLimit[] }
  /** Another object holds this claim. */
  | { readonly status: 'claimed'; readonly claim: ClaimRow; readonly holderUid: string }
  /** This write alone made the database refuse (too large, constraint). */
  | { readonly status: 'rejected'; readonly message: string };

/** What a label must be like: one of these values, none of them (or absent), there at all, not there. */
export interface LabelTerm {
  readonly key: string;
  readonly operator: 'in' | 'notIn' | 'exists' | 'notExists';
  readonly values: readonly string[];
}

export interface ListQuery {
  readonly resource: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Objects of this name only. */
  readonly name?: string;
  /** Pods of one node (pushed down). */
  readonly node?: string;
  /** All must hold, judged inside the database, ten of them at least. Objects whose labels the store does not know come along: the caller looks again. */
  readonly labels?: readonly LabelTerm[];
  /** Ask for `remaining`. Default: with a `limit`. */
  readonly counted?: boolean;
  /** Keys strictly after this one in (namespace, name) order. */
  readonly after?: { readonly namespace: string; readonly name: string };
  /** Default and maximum 500 rows; a page also ends at 1 MiB of bodies. */
  readonly limit?: number;
  /** The state as of this revision (continue tokens, `resourceVersionMatch=Exact`). Absent: now. */
  readonly atRevision?: number;
}

export interface ListPage {
  /** Sorted by namespace, name (binary). */
  readonly items: StoredObject[];
  /** Revision the page is consistent with: `atRevision`, or the head read in the same transaction. */
  readonly revision: number;
  readonly head: Head;
  readonly more: boolean;
  /** Rows after this page; absent when not known cheaply. */
  readonly remaining?: number;
}

/** Small lists, read whole. */
export interface SmallList {
  readonly resource: string;
  /** '': all. */
  readonly namespace: string;
}

export interface Wanted {
  readonly keys: readonly ObjectKey[];
  readonly lists: readonly SmallList[];
}

export interface Gathered {
  /** In the order of the keys. */
  readonly objects: readonly (StoredObject | undefined)[];
  /** In the order of the lists; each at most one page. */
  readonly lists: readonly (readonly StoredObject[])[];
}

export interface ChangesQuery {
  readonly after: number;
  /** Absent: all resources. */
  readonly resources?: readonly string[];
  /** Default 500. A page also ends at 1 MiB of bodies. */
  readonly limit?: number;
}

export interface ChangesPage {
  /** Ascending by revision. */
  readonly changes: StoredChange[];
  /** Everything up to here (of the asked resources) has been seen once these are applied. */
  readonly through: number;
  readonly head: Head;
  readonly more: boolean;
}

/** The control loop's row in the store. */
export interface LoopState {
  readonly epoch: number;
  /** All changes up to here were worked on. */
  readonly processed: number;
  /** Unix ms of the next due time; absent when none. */
  readonly nextDueMs?: number;
  readonly head: Head;
}

export interface Store {
  identity(): Promise<Identity>;
  head(): Promise<Head>;
  get(key: ObjectKey): Promise<StoredObject | undefined>;
  /** Same order as asked; holes are undefined. One round trip. */
  getMany(keys: readonly ObjectKey[]): Promise<(StoredObject | undefined)[]>;
  /** Objects by key and small lists in one round trip, as of one revision. A list holds its first 500 objects, or 1 MiB. */
  gather(wanted: Wanted): Promise<Gathered>;
  /** @throws StoreError `compacted` when `atRevision` is below what is kept, `future` above the head. */
  list(query: ListQuery): Promise<ListPage>;
  /** @throws StoreError `compacted` when `after` is below the compacted revision, `future` above the head. */
  changes(query: ChangesQuery): Promise<ChangesPage>;
  /**
   * Commits up to 100 writes (<= 1 MB) in one transaction; larger input is cut into several. Each write has its own outcome, in order;
   * a write refused does not stop the others. At most one write per key per call. After a transport error the store finds out by write id
   * whether the commit happened before it answers.
   */
  write(writes: readonly Write[], options?: { readonly epoch?: number }): Promise<WriteOutcome[]>;
  loopState(): Promise<LoopState>;
  /** Raises the epoch and returns it; earlier holders are fenced. */
  acquireEpoch(): Promise<number>;
  /** No-op (false) when `epoch` is not the active one. */
  saveLoopState(state: { readonly epoch: number; readonly processed: number; readonly nextDueMs?: number }): Promise<boolean>;
  /**
   * Drops changes at or below `revision` except each live key's newest. Idempotent. What is superseded goes to the history as far as the retention of its
   * kind allows, where the store keeps one.
   */
  compact(revision: number): Promise<Head>;
  /** What the objects of a namespace use, by counter; 0 where nothing. */
  usage(namespace: string, counters: readonly string[]): Promise<Record<string, number>>;
  /**
   * Starts a new incarnation: the sequence is lifted by 1,000,000 (above `above` too) and everything below is compacted, so that all cursors, caches and continue
   * tokens of before are void. Nothing happens unless the present incarnation is `expected` and, with `above`, the head is below it; so two callers start one.
   */
  newIncarnation(options: { readonly expected: string; readonly above?: number }): Promise<Head>;
  /** Absent where superseded versions are not kept. */
  readonly history?: History | undefined;
  /** For backups; durable stores have it. */
  readonly dump?: Dump | undefined;
  /** For the rotation of sealing keys; durable stores have it. */
  readonly sealedRows?: SealedRows | undefined;
  close(): Promise<void>;
}

export type StoreErrorReason = 'compacted' | 'future' | 'unavailable' | 'full' | 'quota' | 'corrupt' | 'newerSchema' | 'locked';

/** The store could not answer. `unavailable` may pass by itself; `full` (the disk), `quota` and `corrupt` need a person. */
export class StoreError extends Error {
  readonly reason: StoreErrorReason;
  /** With `future`: the newest revision. */
  readonly head: number | undefined;
  constructor(reason: StoreErrorReason, message: string, options?: ErrorOptions & { readonly head?: number }) {
    super(message, options);
    this.name = 'StoreError';
    this.reason = reason;
    this.head = options?.head;
  }
}

/** The caller has asked for all that one of its invocations may: nothing is wrong, and the next one may go on at once. */
export class BoundMet extends StoreError {
  /** Something was committed in this invocation. */
  readonly committed: boolean;
  constructor(message: string, options: { readonly committed: boolean }) {
    super('unavailable', message);
    this.committed = options.committed;
  }
}
