/**
 * Configuration on Workers: bindings, variables and secrets of wrangler.toml. Read here and nowhere else.
 */

import type { AuditSettings } from '../../auth/audit-settings.ts';
import type { OidcSettings } from '../../auth/oidc-settings.ts';
import type { ClusterSettings } from '../../controller-runtime/controller.ts';
import type { BootstrapToken, KeyRing } from '../platform.ts';

export interface Env {
  readonly HUB: DurableObjectNamespace;
  readonly LOOP: DurableObjectNamespace;
  readonly RELAY: DurableObjectNamespace;
  /** `true`: the API's certificate is publicly trusted, as at Cloudflare; the root CA is then for inside the cluster alone. */
  readonly KEDGE_PUBLICLY_TRUSTED?: string;
  /** Static assets of the deployment; `kedge deploy` puts the agent there. */
  readonly ASSETS?: { fetch(url: string): Promise<Response> };
  /** For development: where the agent's files are, without ASSETS. */
  readonly KEDGE_AGENT_FILES_URL?: string;
  /** `https://...` or `libsql://...`. */
  readonly KEDGE_DATABASE_URL: string;
  /** Secret; absent where the database asks for none. */
  readonly KEDGE_DATABASE_TOKEN?: string;
  readonly KEDGE_CLUSTER_UID: string;
  readonly KEDGE_POD_CIDR: string;
  readonly KEDGE_SERVICE_CIDR: string;
  /** PEM for kube-root-ca.crt; empty where the certificate is publicly trusted. */
  readonly KEDGE_ROOT_CA?: string;
  /** JSON: BootstrapToken[]. Hashes only. */
  readonly KEDGE_BOOTSTRAP_TOKENS: string;
  /** JSON: OidcSettings. Absent: the cluster's own users only. */
  readonly KEDGE_OIDC?: string;
  /** JSON: AuditSettings. Absent: no audit log. */
  readonly KEDGE_AUDIT?: string;
  /** JSON: lowest and highest port. Default [30000, 32767]. */
  readonly KEDGE_NODE_PORT_RANGE?: string;
  /** `free` or `paid`: what `kedge status` measures against. Default `free`. */
  readonly KEDGE_PLAN?: string;
  /** Secret. JSON: KeyRing. */
  readonly KEDGE_KEYS: string;
  readonly KEDGE_LOG_LEVEL?: string;
  /** `free`: an invocation that crosses a limit of the free plan fails, and answers say what they cost. For development and tests. */
  readonly KEDGE_LIMITS?: string;
}

export interface Settings {
  readonly cluster: ClusterSettings;
  readonly keys: KeyRing;
  readonly bootstrapTokens: readonly BootstrapToken[];
  readonly oidc?: OidcSettings;
  readonly audit?: AuditSettings;
}

const required = [
  'KEDGE_DATABASE_URL',
  'KEDGE_CLUSTER_UID',
  'KEDGE_POD_CIDR',
  'KEDGE_SERVICE_CIDR',
  'KEDGE_BOOTSTRAP_TOKENS',
  'KEDGE_KEYS',
] as const;

/** @throws Error that names what is missing. */
export const settingsOf = (env: Env): Settings => {
  const missing = required.filter((name) => !env[name]);
  if (missing.length > 0) throw new Error(`not configured: ${missing.join(', ')}`);
  return {
    cluster: {
      clusterUid: env.KEDGE_CLUSTER_UID,
      podCIDR: env.KEDGE_POD_CIDR,
      nodeCIDRMask: 24,
      serviceCIDR: env.KEDGE_SERVICE_CIDR,
      clusterDomain: 'cluster.local',
      nodePortRange: env.KEDGE_NODE_PORT_RANGE ? (JSON.parse(env.KEDGE_NODE_PORT_RANGE) as [number, number]) : [30_000, 32_767],
      rootCA: env.KEDGE_ROOT_CA ?? '',
    },
    keys: JSON.parse(env.KEDGE_KEYS) as KeyRing,
    bootstrapTokens: JSON.parse(env.KEDGE_BOOTSTRAP_TOKENS) as BootstrapToken[],
    ...(env.KEDGE_OIDC ? { oidc: JSON.parse(env.KEDGE_OIDC) as OidcSettings } : {}),
    ...(env.KEDGE_AUDIT ? { audit: JSON.parse(env.KEDGE_AUDIT) as AuditSettings } : {}),
  };
};
