/**
 * The Hub port: who must hear about revision N. Watches follow it, agents hang on it, the control loop is poked by it, and it knows when each
 * node was last heard. Implementations: in process (Node.js) and a Durable Object (Workers); both pass `contract.ts`.
 * Losing a notification costs latency, never correctness: a follower that sees a gap reads the store.
 */
import type { AgentMessage, OpenStreamMessage, ServerMessage } from '#schema/sync/protocol.ts';
import type { Measurements } from '../metrics-api/measurements.ts';
import type { StoredChange } from '../store/store.ts';
import type { Credential } from './credential.ts';
import type { Liveness } from './liveness.ts';
import type { NodeRequest } from './node-request.ts';

export type { Credential } from './credential.ts';
export type { Liveness, NodeLiveness } from './liveness.ts';

export interface FollowFilter {
  /** Storage keys; a watch names one. */
  readonly resources: readonly string[];
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** Of the caller: the following ends (without error) when it does. */
  readonly credentialId?: string;
}

/**
 * What a follower receives: changes in revision order, and how far it has seen even when nothing concerned it (for bookmarks). `changes` may be the same
 * array for other followers: never mutate.
 */
export interface FollowBatch {
  readonly changes: readonly StoredChange[];
  readonly through: number;
}

/** A following that is asked instead of awaited: a thousand watches then cost no promise for each batch. */
export interface Follower {
  /**
   * What is next. undefined: nothing now; `onNews` is called, never within this call, when it is worth asking again.
   * @throws StoreError as {@link Hub.follow} does
   */
  next(): FollowBatch | 'ended' | undefined;
  /** The last call. Idempotent. */
  close(): void;
}

/** `session` is a random id, the capability with which the agent dials back; `params` are the subresource's query parameters, as received. */
export type { NodeRequest };
export type StreamOpen = Omit<OpenStreamMessage, 'type'>;

export interface Hub {
  /** After a commit: revisions are ascending and consecutive with the store. Resolves when every subscriber in reach was handed the frames, at most 250 ms. */
  notify(changes: readonly StoredChange[]): Promise<void>;
  /**
   * Every change after `after` that the filter admits, in order, none missed and none repeated, until `signal` aborts (then it ends without error).
   * @throws StoreError `compacted` or `future`, as Store.changes does.
   */
  follow(filter: FollowFilter, after: number, signal: AbortSignal): AsyncIterable<FollowBatch>;
  /** The same, asked: where the changes are in this process. Absent: {@link follow} it is. */
  follower?(filter: FollowFilter, after: number, onNews: () => void): Follower;
  /** Upgrades an authenticated agent's sync connection; answers 101. */
  connectAgent(node: string, request: Request, credential?: Credential): Promise<Response>;
  /** A credential is no longer good: every sync connection, watch and stream that came with it is closed. */
  endCredential(credentialId: string): Promise<void>;
  /** The poll transports: takes the agent's frames, answers with frames; waits up to `waitMs` for news when there is none. */
  exchange(node: string, messages: readonly AgentMessage[], waitMs: number): Promise<readonly ServerMessage[]>;
  /** nodeMay over the hub's newest snapshot: exactly what the node's view and its write half allow. */
  authorizeNode(node: string, request: NodeRequest): Promise<{ readonly allowed: boolean; readonly reason: string }>;
  /** Tells the node's agent to dial back for a stream; false when it is not connected. */
  openStream(node: string, open: StreamOpen): Promise<boolean>;
  liveness(): Promise<Liveness>;
  /** What nodes and their pods use; the connected agents are asked and waited for a few seconds at most. Absent: nothing is measured here. */
  metrics?(): Promise<Measurements>;
  /** A sign of life outside the socket (poll transports). */
  heard(node: string): Promise<void>;
  /** Wakes the control loop. */
  poke(): void;
}
