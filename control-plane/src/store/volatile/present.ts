/** The objects of the volatile store and what guards ask about them: sorted keys per resource, uids, owners, claims, counts per namespace. */
import { getOwn } from '#schema/dsl/own.ts';
import type { ClaimRow, Derived, Guards, ListQuery, ObjectKey, StoredObject } from '../store.ts';
import { namespaceResource } from '../write-sql.ts';

export interface Entry extends StoredObject {
  readonly derived: Derived;
  /** Unix ms of the last write. */
  readonly writtenMs: number;
}

export type EntryKey = Pick<ObjectKey, 'namespace' | 'name'>;

/** Ascending by namespace, name. */
export function compareKeys(a: EntryKey, b: EntryKey): number {
  if (a.namespace !== b.namespace) return a.namespace < b.namespace ? -1 : 1;
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}

export function keyText(key: ObjectKey): string {
  return `${key.resource}\n${key.namespace}\n${key.name}`;
}

export function isWanted(entry: Entry, query: ListQuery): boolean {
  return (
    entry.resource === query.resource &&
    (query.namespace === undefined || entry.namespace === query.namespace) &&
    (query.name === undefined || entry.name === query.name) &&
    (query.node === undefined || (query.node !== '' && entry.derived.node === query.node)) &&
    labelsHold(query, entry.derived.labels) &&
    (query.after === undefined || compareKeys(entry, query.after) > 0)
  );
}

function labelsHold({ labels: terms }: ListQuery, labels: Derived['labels']): boolean {
  if (!terms || !labels) return true;
  return terms.every(({ key, operator, values }) => {
    const value = getOwn(labels, key);
    if (operator === 'exists' || operator === 'notExists') return (value !== undefined) === (operator === 'exists');
    return (value !== undefined && values.includes(value)) === (operator === 'in');
  });
}

export class Present {
  readonly #entries = new Map<string, Entry>();
  readonly #sorted = new Map<string, Entry[]>();
  readonly #byUid = new Map<string, Entry>();
  readonly #dependents = new Map<string, Set<string>>();
  readonly #claims = new Map<string, string>();
  readonly #perNamespace = new Map<string, number>();
  /** Bytes of all bodies. */
  bytes = 0;

  get(key: ObjectKey): Entry | undefined {
    return this.#entries.get(keyText(key));
  }

  /** Ascending from the first wanted key on; to be left as it is. */
  *from(query: ListQuery): Generator<Entry> {
    const sorted = this.#sorted.get(query.resource) ?? [];
    const start = query.after ?? { namespace: query.namespace ?? '', name: '' };
    for (let index = firstAtOrAfter(sorted, start); index < sorted.length; index++) {
      const entry = sorted[index]!;
      if (query.namespace !== undefined && entry.namespace > query.namespace) return;
      if (isWanted(entry, query)) yield entry;
    }
  }

  set(entry: Entry): void {
    const text = keyText(entry);
    const old = this.#entries.get(text);
    const sorted = this.#sorted.get(entry.resource) ?? [];
    this.#sorted.set(entry.resource, sorted);
    sorted.splice(firstAtOrAfter(sorted, entry), old ? 1 : 0, entry);
    if (old) this.#unindex(old, text);
    this.#entries.set(text, entry);
    this.#byUid.set(entry.uid, entry);
    for (const owner of entry.derived.owners) {
      const dependents = this.#dependents.get(owner) ?? new Set();
      this.#dependents.set(owner, dependents.add(text));
    }
    for (const claim of entry.derived.claims) this.#claims.set(claimText(claim), entry.uid);
    this.#perNamespace.set(entry.namespace, (this.#perNamespace.get(entry.namespace) ?? 0) + 1);
    this.bytes += entry.body.length;
  }

  remove(entry: Entry): void {
    const text = keyText(entry);
    const sorted = this.#sorted.get(entry.resource)!;
    sorted.splice(firstAtOrAfter(sorted, entry), 1);
    this.#unindex(entry, text);
    this.#entries.delete(text);
  }

  /** The first guard that does not hold, in the order of {@link Guards}. */
  failingGuard(guards: Guards | undefined, namespace: string): keyof Guards | undefined {
    if (!guards) return undefined;
    const { ownerUid, namespaceAlive, namespaceEmpty, noDependents, ownersGone } = guards;
    if (ownerUid !== undefined && !isAlive(this.#byUid.get(ownerUid))) return 'ownerUid';
    if (namespaceAlive && !isAlive(this.get({ resource: namespaceResource, namespace: '', name: namespace }))) return 'namespaceAlive';
    if (namespaceEmpty && (this.#perNamespace.get(namespaceEmpty) ?? 0) > 0) return 'namespaceEmpty';
    if (noDependents !== undefined && this.#dependents.has(noDependents)) return 'noDependents';
    if (ownersGone?.some((uid) => this.#byUid.has(uid))) return 'ownersGone';
    return undefined;
  }

  /** The first of the claims that another object holds. */
  heldClaim(claims: readonly ClaimRow[], uid: string): { claim: ClaimRow; holderUid: string } | undefined {
    for (const { scope, value } of claims) {
      const holderUid = this.#claims.get(claimText({ scope, value }));
      if (holderUid !== undefined && holderUid !== uid) return { claim: { scope, value }, holderUid };
    }
    return undefined;
  }

  #unindex(old: Entry, text: string): void {
    this.#byUid.delete(old.uid);
    for (const owner of old.derived.owners) {
      const dependents = this.#dependents.get(owner);
      dependents?.delete(text);
      if (dependents?.size === 0) this.#dependents.delete(owner);
    }
    for (const claim of old.derived.claims) this.#claims.delete(claimText(claim));
    this.#perNamespace.set(old.namespace, this.#perNamespace.get(old.namespace)! - 1);
    if (this.#perNamespace.get(old.namespace) === 0) this.#perNamespace.delete(old.namespace);
    this.bytes -= old.body.length;
  }
}

function isAlive(entry: Entry | undefined): boolean {
  return entry !== undefined && !entry.derived.deleting;
}

function claimText(claim: ClaimRow): string {
  return `${claim.scope}\n${claim.value}`;
}

function firstAtOrAfter(sorted: readonly Entry[], key: EntryKey): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(sorted[middle]!, key) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
