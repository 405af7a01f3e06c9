/** One request for the past: who asks, for what. */
import type { ResourceDefinition } from '#schema/resource.ts';
import type { Server } from '../apiserver/call.ts';
import type { Actor, UserInfo } from '../registry/registry.ts';
import type { History } from '../store/history.ts';
import type { HistoryPath } from './path.ts';

export interface HistoryCall {
  readonly server: Server;
  readonly history: History;
  readonly request: Request;
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly actor: Actor;
}

export interface ListCall extends HistoryCall {
  readonly definition: ResourceDefinition;
  readonly place: HistoryPath;
}

export type ObjectCall = ListCall;
