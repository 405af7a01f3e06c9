/**
 * Everything the core gets from outside. node.ts and workers.ts are the only places that build one; nothing else reads environment, clock or randomness.
 */
import type { KubeObject } from '#schema/resource.ts';
import type { PlanUse } from '../allowance/plan-use.ts';
import type { Plan } from '../allowance/plans.ts';
import type { AuditSettings } from '../auth/audit-settings.ts';
import type { OidcSettings } from '../auth/oidc-settings.ts';
import type { ClusterSettings } from '../controller-runtime/controller.ts';
import type { Hub } from '../hub/hub.ts';
import type { AgentFiles } from '../joining/agent-files.ts';
import type { Turns } from '../registry/turns.ts';
import type { Outbound } from '../relay/outbound.ts';
import type { Relay } from '../relay/relay.ts';
import type { WebSocketUpgrader } from '../relay/upgrade.ts';
import type { Store, StoredObject } from '../store/store.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Tracer } from '../telemetry/trace.ts';
import type { Clock, Logger, Random } from './ambient.ts';

export type { Clock, Logger, Random } from './ambient.ts';

export interface SealingKey {
  readonly id: string;
  /** 32 bytes, base64. */
  readonly key: string;
}

/** Secrets of the control plane: a 0600 file on Node.js, secrets on Workers. */
export interface KeyRing {
  /** base64, 32 bytes: tags of `kdg1.` and `kdj1.` tokens, and of what agents show of their past. */
  readonly tokenHmacKey: string;
  /** Earlier ones, and one that is announced: tags they made are good too. */
  readonly tokenVerifyingKeys?: readonly { readonly key: string; readonly untilMs?: number }[];
  /** Private ES256 JWK that signs service-account tokens, with `kid`. */
  readonly saSigningKey: Readonly<Record<string, unknown>>;
  /** Earlier ones, their public halves: tokens they signed are good until they end. */
  readonly saVerifyingKeys?: readonly Readonly<Record<string, unknown>>[];
  /** The first seals, all open. */
  readonly sealingKeys: readonly SealingKey[];
  /** PKCS#8 PEM of the cluster's CA (`cluster.rootCA`): signs what nodes serve inside the cluster. Absent: nothing is signed. */
  readonly authorityKey?: string;
}

/** A token known from the configuration: only its hash. */
export interface BootstrapToken {
  readonly id: string;
  /** hex SHA-256 of the whole token text. */
  readonly sha256: string;
  readonly user: string;
  readonly groups: readonly string[];
}

export interface Platform {
  /** Durable and volatile kinds behind one port. */
  readonly store: Store;
  /** Objects that a list without limit reads at a time; few where a read holds up everything else. Absent: as many as the store gives. */
  readonly listPage?: number;
  /** Exactly this version of an object, parsed and frozen, when this process has it so. */
  readonly parsed?: (stored: StoredObject) => KubeObject | undefined;
  /** Absent: where no request may wait for another, all writers of an object try at once. */
  readonly turns?: Turns;
  readonly hub: Hub;
  readonly relay: Relay;
  /** Absent: no watch over WebSocket. */
  readonly upgrader?: WebSocketUpgrader;
  /** Absent: nothing is traced. */
  readonly tracer?: Tracer;
  /** What the plan of the platform allows, and what is used of it. Absent: nothing is limited. */
  readonly allowance?: { readonly plan: Plan; consumption(): Promise<PlanUse> };
  /** Absent: nothing outside the cluster is called. */
  readonly outbound?: Outbound;
  readonly keys: KeyRing;
  readonly bootstrapTokens: readonly BootstrapToken[];
  readonly cluster: ClusterSettings;
  /** The API's certificate is: joining machines need no CA of the cluster's own. */
  readonly publiclyTrusted?: boolean;
  /** What joining machines download. Absent: they cannot join by script. */
  readonly agentFiles?: AgentFiles;
  /** Absent: no audit log. */
  readonly audit?: AuditSettings;
  /** Whose users may log in, beside those of the cluster. */
  readonly oidc?: OidcSettings;
  /** `iss` of service-account tokens. */
  readonly issuer: string;
  /** Program version. */
  readonly version: string;
  /** Absent: nothing is counted, and there is no `/metrics`. */
  readonly telemetry?: Telemetry;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Work that goes on after the reply (waitUntil). */
  readonly background: (work: Promise<unknown>) => void;
}
