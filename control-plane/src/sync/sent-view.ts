/**
 * What each agent has: key -> resourceVersion. Nearly all of it is what every node knows (Nodes, Services, EndpointSlices), in the same versions for all who are
 * up to date. That is kept once, in Broadcast; a SentView keeps what its agent has besides, or in another version. So n nodes cost memory for n nodes, not for n * n.
 * Invariant: a change of Broadcast changes nothing of what a SentView says (property test).
 */
import { entryDigest, type ViewKey } from '#schema/sync/protocol.ts';

const digestOf = (key: ViewKey, version: string | undefined): bigint => (version === undefined ? 0n : BigInt(entryDigest(key, version)));

const digestText = (sum: bigint): string => (sum & 0x1fffffffffffffn).toString(16);

/** The digest of a view that is `broadcast` but for `own`: costs as much as there is of the second. */
export const presentDigest = (broadcast: Broadcast, own: Iterable<readonly [ViewKey, string]>): string => {
  let { sum } = broadcast;
  for (const [key, version] of own) sum += digestOf(key, version) - digestOf(key, broadcast.get(key));
  return digestText(sum);
};

/** The present versions of what every node knows. Only a base to tell differences from: nothing is wrong where it is late. */
export class Broadcast {
  readonly #versions = new Map<ViewKey, string>();
  readonly #followers = new Set<SentView>();
  #sum = 0n;

  /** Of all entry digests. */
  get sum(): bigint {
    return this.#sum;
  }

  get(key: ViewKey): string | undefined {
    return this.#versions.get(key);
  }

  keys(): Iterable<ViewKey> {
    return this.#versions.keys();
  }

  /** `version` undefined: there is no such object any more. */
  change(key: ViewKey, version: string | undefined): void {
    const before = this.#versions.get(key);
    if (before === version) return;
    this.#sum += digestOf(key, version) - digestOf(key, before);
    if (version === undefined) this.#versions.delete(key);
    else this.#versions.set(key, version);
    for (const view of this.#followers) view.moved(key, before, version);
  }

  follow(view: SentView): void {
    this.#followers.add(view);
  }

  leave(view: SentView): void {
    this.#followers.delete(view);
  }
}

/** What one agent has, with the digest kept in step. */
export class SentView {
  /** Where it differs from what is followed; undefined: the agent does not have it. */
  #own = new Map<ViewKey, string | undefined>();
  #followed: Broadcast | undefined;
  #closed = false;
  #sum = 0n;
  revision = 0;
  complete = true;

  get digest(): string {
    return digestText(this.#sum);
  }

  /** Entries of its own: what it costs. */
  get ownSize(): number {
    return this.#own.size;
  }

  version(key: ViewKey): string | undefined {
    return this.#own.get(key) ?? (this.#own.has(key) ? undefined : this.#followed?.get(key));
  }

  *keys(): Generator<ViewKey, void> {
    for (const [key, version] of this.#own) if (version !== undefined) yield key;
    for (const key of this.#followed?.keys() ?? []) if (!this.#own.has(key)) yield key;
  }

  /** `version` undefined: the agent no longer has it. */
  set(key: ViewKey, version: string | undefined): void {
    this.#sum += digestOf(key, version) - digestOf(key, this.version(key));
    if (version === this.#followed?.get(key)) this.#own.delete(key);
    else this.#own.set(key, version);
  }

  /** Of what it follows; what the agent has stays as it is. */
  moved(key: ViewKey, before: string | undefined, now: string | undefined): void {
    if (!this.#own.has(key)) this.#own.set(key, before);
    else if (this.#own.get(key) === now) this.#own.delete(key);
  }

  /** Keeps only what differs from there. To be called once most of it has been set; must be closed before it is dropped. */
  follow(broadcast: Broadcast): void {
    if (this.#followed === broadcast || this.#closed) return;
    const all = new Map<ViewKey, string | undefined>();
    for (const key of this.keys()) all.set(key, this.version(key));
    this.#followed?.leave(this);
    this.#followed = broadcast;
    this.#own = new Map([...all].filter(([key, version]) => version !== broadcast.get(key)));
    for (const key of broadcast.keys()) if (!all.has(key)) this.#own.set(key, undefined);
    broadcast.follow(this);
  }

  /** The agent has the present view: `broadcast` but for `own`. */
  stand(broadcast: Broadcast, own: Iterable<readonly [ViewKey, string]>): void {
    this.clear();
    if (!this.#closed) {
      this.#followed = broadcast;
      this.#sum = broadcast.sum;
      broadcast.follow(this);
    } else for (const key of broadcast.keys()) this.set(key, broadcast.get(key));
    for (const [key, version] of own) this.set(key, version);
  }

  /** Every key, but for those known to be as they are there. */
  differing(broadcast: Broadcast): Iterable<ViewKey> {
    return this.#followed === broadcast ? this.#own.keys() : [...this.keys(), ...broadcast.keys()];
  }

  /** Nobody asks any more: it follows nothing from now on. */
  close(): void {
    this.#closed = true;
    this.clear();
  }

  /** The agent has nothing. */
  clear(): void {
    this.#followed?.leave(this);
    this.#followed = undefined;
    this.#own = new Map();
    this.#sum = 0n;
    this.complete = true;
  }
}
