/**
 * `kedge.sync.v1`: what a node agent and the control plane say to each other. JSON text frames, one message each; unknown fields and unknown
 * message types are ignored, so parts one version apart understand each other. Three transports carry the same messages: a WebSocket
 * (`GET /kedge/v1/sync`, sub-protocol `kedge.sync.v1`), long-poll and poll (`POST /kedge/v1/sync`, a JSON array of frames each way).
 * On the WebSocket the agent sends the text `ping` every 20 s and gets `pong`, outside this protocol and without waking a sleeping object.
 */
import type { KubeObject } from '../resource.ts';

export const SYNC_SUBPROTOCOL = 'kedge.sync.v1';
export const PROTOCOL_VERSION = 1;
export const PING_INTERVAL_MS = 20_000;

/** First frame each way. */
export interface Hello {
  readonly type: 'hello';
  readonly protocolMin: number;
  readonly protocolMax: number;
  /** Program version, for people. */
  readonly version: string;
  readonly clusterUid: string;
  /** Agent: the incarnation its view is from, '' when it has none. */
  readonly incarnation: string;
  /** Agent: revision of the view it last applied, 0 when none. Server: its head. */
  readonly revision: number;
  /** Agent: digest of that view; the server sends a delta only when it agrees. */
  readonly digest?: string;
  /** Agent: the mark of that view, as it came. A server whose database does not have that past (copied back by hand) begins a new incarnation. */
  readonly mark?: string;
  readonly features: readonly string[];
  /** Server: when this connection ends, however it ends, come back at a random moment within this. It grows with the agents that hang on the server. */
  readonly returnWithinMs?: number;
  /** Agent only. */
  readonly node?: string;
  /** Agent only: which of several agents this is, should two be given one node name. */
  readonly agent?: AgentIdentity;
}

export interface AgentIdentity {
  /** Random, kept in the agent's folder: the same over restarts. */
  readonly instance: string;
  /** Random, of this process. */
  readonly process: string;
  /** The machine's name, for people. */
  readonly host: string;
}

/** Identity of an object in a view: `core/pods/default/web-1`. Cluster-scoped: `core/nodes//n1`. */
export type ViewKey = string;

export const viewKey = (resource: string, namespace: string | undefined, name: string): ViewKey => `${resource}/${namespace ?? ''}/${name}`;

/** A token the agent must fetch for a pod (the endpoint mints it: POST serviceaccounts/NAME/token on the API). */
export interface TokenNeed {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly podName: string;
  readonly podUid: string;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
}

/** What a node may know, whole (`base` absent) or as a difference to the view at revision `base`. */
export interface ViewMessage {
  readonly type: 'view';
  readonly clusterUid: string;
  readonly incarnation: string;
  readonly base?: number;
  readonly revision: number;
  /** False: parts may be missing; nothing may be removed because of it. */
  readonly complete: boolean;
  /** Objects by key, with resourceVersion. A whole view replaces everything. */
  readonly put: Readonly<Record<ViewKey, KubeObject>>;
  readonly remove: readonly ViewKey[];
  /** Digest of the resulting view: viewDigest() over all keys and resourceVersions. */
  readonly digest: string;
  /** Opaque to the agent, which keeps it with the view and says it in its next hello. */
  readonly mark?: string;
}

/** One thing the agent observed. `id` is the agent's own, repeated in the outcome. */
export type Report =
  | {
      readonly id: number;
      readonly kind: 'podStatus';
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      /** Per pod, rising; an older one than the last applied is dropped. */
      readonly sequence: number;
      /** Fields the agent owns; condition types not in it are left alone. */
      readonly status: Readonly<Record<string, unknown>>;
    }
  /** The pod's containers are gone: remove the object (grace 0, by uid). */
  | { readonly id: number; readonly kind: 'podGone'; readonly namespace: string; readonly name: string; readonly uid: string }
  /** Create or refresh the agent's own Node: labels it owns, spec.providerID never, status fields it owns. */
  | {
      readonly id: number;
      readonly kind: 'node';
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
      readonly status: Readonly<Record<string, unknown>>;
    }
  | {
      readonly id: number;
      readonly kind: 'event';
      /** Reference to a pod of this node or the node itself. */
      readonly involvedObject: Readonly<Record<string, string>>;
      readonly eventType: 'Normal' | 'Warning';
      readonly reason: string;
      readonly message: string;
      /** RFC 3339. */
      readonly time: string;
      readonly component: string;
    };

export interface ReportsMessage {
  readonly type: 'reports';
  readonly reports: readonly Report[];
}

export interface ReportOutcome {
  readonly id: number;
  /** `gone`: no object with this uid any more. `refused`: not this node's, or invalid. `retry`: the store could not answer. */
  readonly outcome: 'ok' | 'gone' | 'refused' | 'retry';
  readonly message?: string;
}

export interface OutcomesMessage {
  readonly type: 'outcomes';
  readonly outcomes: readonly ReportOutcome[];
}

/** Agent: my view does not match, send it whole. */
export interface ResyncMessage {
  readonly type: 'resync';
  readonly reason: string;
}

/** Server: dial `GET /kedge/v1/streams/SESSION` (WebSocket) for this. */
export interface OpenStreamMessage {
  readonly type: 'openStream';
  readonly session: string;
  /** `node`: HTTP to the agent itself; it names no pod. */
  readonly kind: 'exec' | 'attach' | 'logs' | 'portforward' | 'http' | 'node';
  readonly namespace: string;
  readonly pod: string;
  readonly podUid: string;
  readonly container: string;
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** Bytes of frames the agent may send before the relay grants more. Absent: the network holds it up. @see stream-window.ts */
  readonly window?: number;
  /** Bytes of frames the relay sends ahead of what the agent says was taken. Absent: the network holds it up. */
  readonly ahead?: number;
}

/** Server: measure now, and again as long as this lasts. Said again while somebody asks; an agent that is not asked measures nothing. */
export interface WantMetricsMessage {
  readonly type: 'wantMetrics';
  readonly forMs: number;
}

/** What used how much: processor time since its start, the rate of it over the sample's window, and memory that cannot be reclaimed at will. */
export interface UsageSample {
  readonly cpuNanoseconds: number;
  readonly cpuNanoCores: number;
  readonly memoryBytes: number;
}

export interface PodUsageSample {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly containers: readonly (UsageSample & { readonly name: string })[];
}

/** Agent: a sample. Passing: the server keeps the newest of each node in memory, nothing answers it and nothing repeats it. */
export interface MetricsMessage {
  readonly type: 'metrics';
  /** End of the window, RFC 3339 with milliseconds. */
  readonly time: string;
  readonly windowMs: number;
  readonly node: UsageSample;
  readonly pods: readonly PodUsageSample[];
}

/** Server: close and come back after this long (deploys, revocation says `final`). */
export interface GoAwayMessage {
  readonly type: 'goAway';
  readonly reason: string;
  readonly retryAfterMs: number;
  readonly final: boolean;
}

export type AgentMessage = Hello | ReportsMessage | ResyncMessage | MetricsMessage;
export type ServerMessage = Hello | ViewMessage | OutcomesMessage | OpenStreamMessage | WantMetricsMessage | GoAwayMessage;

/**
 * Digest of a view: order-independent over its `key@resourceVersion` lines, so it can be kept incrementally. 53-bit FNV-like sum in hex;
 * it detects drift between two honest parties, it is no security feature.
 */
export const entryDigest = (key: ViewKey, resourceVersion: string): number => {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  const text = `${key}@${resourceVersion}`;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 0x01000193);
    b = Math.imul(b + c, 0x85ebca6b) ^ (b >>> 13);
  }
  return (a >>> 0) * 0x200000 + ((b >>> 0) & 0x1fffff);
};

/** Sum of entry digests modulo 2^53; add and subtract as entries come and go. */
export const viewDigest = (entries: Iterable<readonly [ViewKey, string]>): string => {
  let sum = 0n;
  for (const [key, version] of entries) sum += BigInt(entryDigest(key, version));
  return (sum & 0x1fffffffffffffn).toString(16);
};
