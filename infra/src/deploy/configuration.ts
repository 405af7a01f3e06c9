/**
 * wrangler.toml filled in for one deployment: name, variables, static assets; and the secrets, which go another way. Pure. The file in the repository stays the
 * only place that knows bindings, dates and flags.
 */
import type { ClusterFileSettings } from '../cluster/settings.ts';
import { settingVariables } from '../workers/variables.ts';

export interface DeploymentSettings {
  /** Of the Worker. */
  readonly name: string;
  readonly clusterUid: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  readonly databaseUrl: string;
  /** PEM of the CA that signs what nodes serve inside the cluster. */
  readonly rootCA: string;
  /** JSON: hashes only. */
  readonly bootstrapTokens: string;
  /** Folders, absolute. */
  readonly repository: string;
  readonly assets: string;
  /** Of the folder. */
  readonly asked?: ClusterFileSettings;
  /** Where the Worker runs, next to the database: `aws:us-east-1`. Absent: wherever the request comes in. */
  readonly region?: string;
}

/** A JSON string is a TOML string. */
const text = (value: string): string => JSON.stringify(value);

/** @throws Error when wrangler.toml has no such line: it and this file belong together */
const setLine = (toml: string, key: string, value: string): string => {
  const line = new RegExp(`^${key} = .*$`, 'm');
  if (!line.test(toml)) throw new Error(`wrangler.toml has no line ${key}`);
  return toml.replace(line, () => `${key} = ${value}`);
};

export const deploymentConfig = (toml: string, settings: DeploymentSettings): string => {
  const lines: Readonly<Record<string, string>> = {
    name: settings.name,
    main: `${settings.repository}/.wrangler/worker/worker.mjs`,
    KEDGE_CLUSTER_UID: settings.clusterUid,
    KEDGE_POD_CIDR: settings.podCIDR,
    KEDGE_SERVICE_CIDR: settings.serviceCIDR,
    KEDGE_ROOT_CA: settings.rootCA,
    KEDGE_BOOTSTRAP_TOKENS: settings.bootstrapTokens,
    KEDGE_DATABASE_URL: settings.databaseUrl,
  };
  let filled = toml;
  for (const [key, value] of Object.entries(lines)) filled = setLine(filled, key, text(value));
  const { KEDGE_LOG_LEVEL = 'info', ...asked } = settingVariables(settings.asked ?? {});
  filled = setLine(filled, 'KEDGE_LOG_LEVEL', text(KEDGE_LOG_LEVEL));
  const more = Object.entries({ KEDGE_PUBLICLY_TRUSTED: 'true', ...asked }).map(([key, value]) => `${key} = ${text(value)}`);
  filled = filled.replace(/^\[build\]$/m, () => `[build]\ncwd = ${text(settings.repository)}`);
  filled = filled.replace(/^\[vars\]$/m, () => ['[vars]', ...more].join('\n'));
  const placement = settings.region === undefined ? '' : `\n[placement]\nregion = ${text(settings.region)}\n`;
  return `${filled}\n[assets]\ndirectory = ${text(settings.assets)}\nbinding = "ASSETS"\nhtml_handling = "none"\n${placement}`;
};

/** As `wrangler deploy --secrets-file` takes them. */
export const deploymentSecrets = (keys: unknown, databaseToken: string | undefined): Readonly<Record<string, string>> => ({
  KEDGE_KEYS: JSON.stringify(keys),
  ...(databaseToken === undefined ? {} : { KEDGE_DATABASE_TOKEN: databaseToken }),
});
