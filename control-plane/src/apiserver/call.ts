/** One request on its way: what it names, who asks, and what the handlers may use. */
import type { KubeObject, ResourceDefinition, ServedVersion } from '#schema/resource.ts';
import type { AggregatePlatform } from '../aggregation/aggregate.ts';
import type { ApiServices } from '../aggregation/api-services.ts';
import type { RemoteDocuments } from '../aggregation/remote-documents.ts';
import type { Authenticator } from '../auth/authenticate.ts';
import type { Authorizer } from '../auth/authorize.ts';
import type { Credential } from '../hub/hub.ts';
import type { Platform } from '../platform/platform.ts';
import type { ApiRegistry } from '../registry/create.ts';
import type { Intent } from '../registry/intent.ts';
import type { Actor, UserInfo } from '../registry/registry.ts';
import type { Catalog } from './catalog.ts';
import type { ChangeMemo } from './change-memo.ts';
import type { CustomResources } from './custom-resources.ts';
import type { RowMemo } from './row-memo.ts';

export interface Server {
  readonly platform: Platform;
  readonly registry: ApiRegistry;
  /** Built-in kinds. */
  readonly catalog: Catalog;
  readonly custom: CustomResources;
  /** What Services of the cluster serve. */
  readonly aggregated: ApiServices;
  readonly remote: RemoteDocuments;
  /** The way to them. */
  readonly aggregation: AggregatePlatform;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Shared by all watches. */
  readonly changes: ChangeMemo;
  /** Shared by all Tables. */
  readonly rows: RowMemo;
  /** Resolves after `ms`, or when `signal` aborts. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Target {
  readonly definition: ResourceDefinition;
  readonly served: ServedVersion;
  /** Group, version and resource as addressed; errors name these. */
  readonly group: string;
  readonly version: string;
  readonly groupVersion: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

export interface Call {
  readonly server: Server;
  readonly request: Request;
  readonly url: URL;
  readonly query: URLSearchParams;
  readonly user: UserInfo;
  readonly credentialId: string;
  /** Unix ms at which the credential ends. */
  readonly expiresMs: number | undefined;
  readonly actor: Actor;
  readonly target: Target;
  /** get, list, watch, create, update, patch, delete, deletecollection. */
  readonly verb: string;
  /** Texts for `Warning` headers; handlers add to it. */
  readonly warnings: string[];
  /** What admission says beside yes and no, for a wish to carry. */
  readonly heard: Pick<Intent, 'warn' | 'annotate'>;
  readonly nowMs: number;
}

/** What the caller's streams end with. */
export const credentialOf = ({
  credentialId,
  expiresMs,
}: {
  readonly credentialId: string;
  readonly expiresMs?: number | undefined;
}): Credential => ({
  id: credentialId,
  ...(expiresMs === undefined ? {} : { expiresMs }),
});

export type Handler = (call: Call) => Promise<Response>;

/** Whether stored bodies are what this version serves, so that they can be spliced unparsed. */
export const servesStored = ({ served }: Pick<Target, 'served'>): boolean =>
  served.storage && served.fromStorage === undefined && served.complete === undefined;

/** The stored object in the form the client asked for. */
export const toServed = (target: Pick<Target, 'served' | 'groupVersion' | 'kind'>, stored: KubeObject): KubeObject => {
  const { served } = target;
  const convert = served.fromStorage ?? served.complete;
  const object: KubeObject = convert ? convert(stored) : stored;
  if (served.storage) return object;
  return { ...object, apiVersion: target.groupVersion, kind: target.kind };
};

/** The defaults of the version it was sent in come first. */
export const toStored = ({ served }: Pick<Target, 'served'>, object: KubeObject): KubeObject =>
  served.toStorage ? served.toStorage(served.complete ? served.complete(object) : object) : object;
