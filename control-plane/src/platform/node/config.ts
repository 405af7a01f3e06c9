/**
 * Configuration of the control plane on Node.js: one JSON file (0600), named by `--config`, written by `kedge up`. Read once, here and nowhere else.
 */
import { readFileSync } from 'node:fs';
import type { Plan } from '../../allowance/plans.ts';
import type { AuditSettings } from '../../auth/audit-settings.ts';
import type { OidcSettings } from '../../auth/oidc-settings.ts';
import type { BootstrapToken, KeyRing } from '../platform.ts';

export interface NodePlatformConfig {
  /** Folder of the database; locked while running. */
  readonly dir: string;
  readonly listen: { readonly host: string; readonly port: number };
  /** Paths of PEM files. */
  readonly tls: {
    readonly cert: string;
    readonly key: string;
    readonly ca: string;
    /** The CA's key: signs what joining nodes serve inside the cluster. */
    readonly caKey?: string;
  };
  readonly keysFile: string;
  /** Folder of the agent as machines download it. */
  readonly agentDir?: string;
  readonly clusterUid: string;
  readonly podCIDR: string;
  readonly serviceCIDR: string;
  readonly nodePortRange?: readonly [number, number];
  readonly bootstrapTokens: readonly BootstrapToken[];
  readonly oidc?: OidcSettings;
  readonly audit?: AuditSettings;
  /** For `dev-workers`, which reads the same file: what it measures against. Nothing is limited here. */
  readonly plan?: Plan;
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
}

const required = ['dir', 'listen', 'tls', 'keysFile', 'clusterUid', 'podCIDR', 'serviceCIDR', 'bootstrapTokens'] as const;

/** @throws Error with one line a person can act on. */
export const readConfig = (argv: readonly string[]): NodePlatformConfig => {
  const at = argv.indexOf('--config');
  const path = at >= 0 ? argv[at + 1] : undefined;
  if (path === undefined) throw new Error('usage: node control-plane/src/platform/node.ts --config FILE');
  const config = JSON.parse(readFileSync(path, 'utf8')) as NodePlatformConfig;
  const missing = required.filter((key) => config[key] === undefined);
  if (missing.length > 0) throw new Error(`${path}: missing ${missing.join(', ')}`);
  return config;
};

export const readKeys = ({ keysFile, tls }: Pick<NodePlatformConfig, 'keysFile' | 'tls'>): KeyRing => ({
  ...(JSON.parse(readFileSync(keysFile, 'utf8')) as KeyRing),
  ...(tls.caKey === undefined ? {} : { authorityKey: readFileSync(tls.caKey, 'utf8') }),
});
