/**
 * What the objects answer to each other and to the Worker, by RPC. `hub-object.ts`, `loop-object.ts` and `relay-object.ts` implement it; sockets go
 * through `fetch` on the paths named here. Messages are plain JSON, good for one version older or newer.
 */

import type { AgentMessage, ServerMessage } from '#schema/sync/protocol.ts';
import type { Figures, Ledger } from '../../allowance/figures.ts';
import type { Liveness, NodeRequest, StreamOpen } from '../../hub/hub.ts';
import type { Measurements } from '../../metrics-api/measurements.ts';
import type { Store, StoredChange } from '../../store/store.ts';
import type { Family } from '../../telemetry/exposition.ts';
import type { Answer } from './answers.ts';
import type { Env } from './env.ts';
import { meteredStub } from './meter.ts';
import { explainedStub } from './object-refusals.ts';

type VolatileMethod = 'get' | 'getMany' | 'gather' | 'list' | 'changes' | 'write' | 'head' | 'compact';

export interface HubRpc {
  /** Up to which revision nobody need be told again; 0 or, of an older hub, nothing: that is not known. */
  notify(changes: readonly StoredChange[]): Promise<number | undefined>;
  exchange(node: string, messages: readonly AgentMessage[], waitMs: number): Promise<readonly ServerMessage[]>;
  /** `credentialId`: of the client, '' for anonymous. */
  openStream(node: string, open: StreamOpen, credentialId?: string): Promise<boolean>;
  authorizeNode(node: string, request: NodeRequest): Promise<{ readonly allowed: boolean; readonly reason: string }>;
  liveness(): Promise<Liveness>;
  /** What the connected agents measure now; those that measure nothing yet are asked to, and get a moment. */
  metrics(): Promise<Measurements>;
  heard(node: string): Promise<void>;
  endCredential(id: string): Promise<void>;
  /** What the hub counts of itself. */
  telemetry(): Promise<Family[]>;
  /** What the hub used of the plan, and the Workers that told it. */
  consumption(): Promise<Ledger>;
  /** A Worker's counts since it last told. */
  consume(figures: Partial<Figures>): Promise<void>;
  /** The safety net: silent sockets are closed, old events dropped. `missed`: nobody may have been told of changes up to this revision; 0: everybody was. */
  tick(missed?: number): Promise<void>;
  /** One call of the store of volatile kinds, which lives in the hub. */
  volatile<M extends VolatileMethod>(method: M, args: Parameters<Store[M]>): Promise<Answer<Awaited<ReturnType<Store[M]>>>>;
}

export interface RelayRpc {
  /** Closes both sides. */
  end(reason: string): Promise<void>;
}

export interface LoopRpc {
  /** `told`: up to which revision the hub, followers and agents have been told of what was committed. */
  poke(told?: number): Promise<void>;
  /** What the loop used of the plan. */
  consumption(): Promise<Ledger>;
  /** What the loop counts of itself; none is started for it. */
  telemetry(): Promise<Family[]>;
  tick(): Promise<void>;
}

/** A stub: RPC and fetch. */
export type Stub<T> = T & { fetch(input: string | Request, init?: RequestInit): Promise<Response> };

const called = <T extends object>(stub: DurableObjectStub): T => explainedStub(meteredStub(stub as unknown as T));

/** One hub and one loop a cluster; one relay a session. Calls throw RefusedByPlan where a plan is used up. */
export const hubOf = (env: Env): Stub<HubRpc> => called(env.HUB.getByName(env.KEDGE_CLUSTER_UID));
export const loopOf = (env: Env): LoopRpc => called(env.LOOP.getByName(env.KEDGE_CLUSTER_UID));
export const relayOf = (env: Env, session: string): Stub<RelayRpc> => called(env.RELAY.getByName(`${env.KEDGE_CLUSTER_UID}/${session}`));

/** `?node=` of an agent's sync socket; `?resources=a,b[&namespace=]` of a follower. */
export const AGENT_PATH = 'https://hub/agent';
export const FOLLOW_PATH = 'https://hub/follow';
/** The client's side (headers below) and the agent's side of a session. */
export const CLIENT_PATH = 'https://relay/client';
export const DIAL_BACK_PATH = 'https://relay/agent';
export const NODE_HEADER = 'x-kedge-node';
export const OPEN_HEADER = 'x-kedge-open';
export const PROTOCOL_HEADER = 'x-kedge-protocol';
export const CREDENTIAL_HEADER = 'x-kedge-credential';

/** Close code of a follower whose caller's credential ended: not to be dialled again. */
export const CREDENTIAL_ENDED = 4001;

/** What a follower is sent: all changes in (after, through] that its filter admits. */
export interface FollowMessage {
  readonly after: number;
  readonly through: number;
  readonly changes: readonly StoredChange[];
  /** When the hub sent it, Unix ms. Absent: from an older hub. */
  readonly atMs?: number;
}
