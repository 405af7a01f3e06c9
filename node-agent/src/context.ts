/**
 * What the parts of the agent share. main.ts is the composition root: only it reads configuration, clock and randomness.
 */
import type { Pod } from '#schema/core/pod.ts';
import type { KubeObject } from '#schema/resource.ts';
import type { Report, ViewKey } from '#schema/sync/protocol.ts';

export interface Clock {
  /** Unix ms. */
  now(): number;
  /** Resolves after `ms` or when `signal` aborts (then early, without error). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface AgentSettings {
  readonly clusterUid: string;
  readonly nodeName: string;
  /** Own folder, 0700: view cache, pod volumes, secrets on tmpfs where it can. */
  readonly dir: string;
  /** https://HOST:PORT of the control plane. */
  readonly server: string;
  /** This node's part of the pod network, e.g. 10.64.0.0/24. Empty until the Node object carries spec.podCIDR. */
  readonly serviceCIDR: string;
  readonly clusterDNS: string;
  readonly clusterDomain: string;
}

/** The newest view the control plane gave, kept on disk. Objects are frozen. */
export interface ViewStore {
  readonly incarnation: string;
  readonly revision: number;
  /** Only a complete view of the same cluster and incarnation may lead to the removal of a pod. */
  readonly complete: boolean;
  /** Pods that are listed although the present incarnation of the control plane does not name them. */
  readonly retained: readonly ViewKey[];
  get<T extends KubeObject = KubeObject>(key: ViewKey): T | undefined;
  /** Everything of one storage key, e.g. `core/pods`. */
  list<T extends KubeObject = KubeObject>(resource: string): readonly T[];
  /** Called after each applied view with the keys that changed. Returns the unsubscribe function. */
  onChange(listener: (changed: ReadonlySet<ViewKey>) => void): () => void;
}

type WithoutId<R> = R extends unknown ? Omit<R, 'id'> : never;

/** Sends what was observed; keeps it until the server answered, across reconnects. The newest podStatus of a pod replaces an unsent older one. */
export interface ReportSink {
  send(report: WithoutId<Report>): void;
}

/** Calls of the ordinary API as this node (token requests, in-cluster API proxy). */
export interface ApiClient {
  request(
    path: string,
    init?: { method?: string; headers?: Record<string, string>; body?: string | Uint8Array; signal?: AbortSignal },
  ): Promise<Response>;
}

/** What the pod worker needs of the node's network. Implemented in network/, absent rights make it `degraded`. */
export interface PodNetwork {
  /** Docker network name the sandboxes join; created when missing, with this node's pod CIDR. */
  readonly dockerNetwork: string;
  /** resolv.conf of a pod, by its dnsPolicy and dnsConfig. */
  resolvConf(pod: Pod): string;
  /** Takes the pod's address out of the service proxy on this node and waits until new connections go elsewhere; before SIGTERM. */
  drain(pod: Pod): Promise<void>;
  /** Why services do not work on this node; empty when they do. */
  readonly problems: readonly string[];
  /** Why no pod can have an address here: the node is not Ready as long as it is so. */
  readonly down?: string | undefined;
}
