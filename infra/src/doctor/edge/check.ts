/** One measurement of `kedge doctor --edge`: what it costs is known before it is made, and what was measured is judged apart from the measuring. */
import type { EdgeClient } from './client.ts';

export interface Measured {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was seen, in numbers. */
  readonly figure: string;
  /** What that means for a cluster. */
  readonly meaning: string;
}

export interface EdgeOptions {
  /** How long streams are left alone. */
  readonly idleMs: number;
}

export interface EdgeCheck {
  readonly name: string;
  /** Of the Worker, at most. */
  readonly requests: number;
  /** Of these, how many change something; it is taken back. */
  readonly writes: number;
  /** Of the database, made for the measurement alone. */
  readonly reads: number;
  /** @throws Error when it cannot be made */
  measure(client: EdgeClient, options: EdgeOptions): Promise<Measured>;
}

export const EDGE_PATH = '/apis/kedge.dev/v1/edge-checks';

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
export const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;

const MAPS = '/api/v1/namespaces/default/configmaps';
/** A watch of one name: nothing happens there unless the check does it. */
export const watchOf = (name: string, resourceVersion = ''): string =>
  `${MAPS}?watch=true&fieldSelector=${encodeURIComponent(`metadata.name=${name}`)}${resourceVersion && `&resourceVersion=${resourceVersion}`}`;
export const mapAt = (name: string): string => (name ? `${MAPS}/${name}` : MAPS);
export const scratchName = (): string => `kedge-doctor-${crypto.randomUUID().slice(0, 8)}`;
