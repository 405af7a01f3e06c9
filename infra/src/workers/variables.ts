/**
 * The control plane's configuration file as the variables and secrets of the Worker: what `kedge up` gives to Node.js as a file, workerd gets as a file of
 * `NAME='value'` lines that only its owner reads. Names are those of control-plane/src/platform/workers/env.ts.
 */
import { readFileSync } from 'node:fs';
import { type NodePlatformConfig, readKeys } from '#control-plane/platform/node/config.ts';
import type { ClusterFileSettings } from '../cluster/settings.ts';
import { PersonError } from '../person-error.ts';

/** What settings.yaml says, as variables of the Worker. */
export const settingVariables = ({
  logLevel,
  nodePortRange,
  oidc,
  audit,
  plan,
}: ClusterFileSettings): Readonly<Record<string, string>> => ({
  ...(nodePortRange ? { KEDGE_NODE_PORT_RANGE: JSON.stringify(nodePortRange) } : {}),
  ...(oidc ? { KEDGE_OIDC: JSON.stringify(oidc) } : {}),
  ...(audit ? { KEDGE_AUDIT: JSON.stringify(audit) } : {}),
  ...(plan ? { KEDGE_PLAN: plan } : {}),
  ...(logLevel ? { KEDGE_LOG_LEVEL: logLevel } : {}),
});

/** @throws PersonError when a value cannot stand between the file's quotes */
export const workerVariables = (config: NodePlatformConfig, databaseUrl: string, agentFilesUrl?: string): string => {
  const variables = {
    KEDGE_CLUSTER_UID: config.clusterUid,
    KEDGE_POD_CIDR: config.podCIDR,
    KEDGE_SERVICE_CIDR: config.serviceCIDR,
    KEDGE_ROOT_CA: readFileSync(config.tls.ca, 'utf8'),
    KEDGE_BOOTSTRAP_TOKENS: JSON.stringify(config.bootstrapTokens),
    KEDGE_KEYS: JSON.stringify(readKeys(config)),
    ...(agentFilesUrl === undefined ? {} : { KEDGE_AGENT_FILES_URL: agentFilesUrl }),
    KEDGE_DATABASE_URL: databaseUrl,
    KEDGE_LOG_LEVEL: 'info',
    ...settingVariables(config),
    // what would fail there fails here
    KEDGE_LIMITS: 'free',
  };
  return Object.entries(variables)
    .map(([name, value]) => {
      if (value.includes("'"))
        throw new PersonError(`${name} holds a quote ('), which cannot be passed to workerd here: leave it out of settings.yaml`);
      return `${name}='${value}'\n`;
    })
    .join('');
};
