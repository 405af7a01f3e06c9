/** What an implementation gives the contract. */
import type { Store } from '../store.ts';

export interface OpenedStore {
  readonly store: Store;
  /** Closes it and removes what it was stored in. The contract calls it after each test, perhaps twice. */
  close(): Promise<void>;
  /** Durable stores: closes the store and opens another on the same data. */
  reopen?(): Promise<Store>;
  /** Stores behind a network: loses replies after the commit, or requests before it. */
  readonly network?: { dropNext(n: number): void; loseNext(n: number): void };
}

/** A new, empty store. */
export type Open = () => Promise<OpenedStore>;

export interface Capabilities {
  /** Data survives closing: `reopen` is there. */
  readonly durable: boolean;
  /** `network` is there. */
  readonly network: boolean;
}
