/** Configuration of the agent: one JSON file (0600) named by `--config`, written by `kedge up` or `kedge node join`. Read once, here and nowhere else. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface AgentConfig {
  /** Own folder: view cache, pod volumes. */
  readonly dir: string;
  /** https://HOST:PORT */
  readonly server: string;
  /** PEM of the control plane's CA; absent where its certificate is publicly trusted. */
  readonly caFile?: string;
  readonly tokenFile: string;
  readonly nodeName: string;
  readonly clusterUid: string;
  /** unix:///path or tcp://host:port; absent: the engine's default socket. */
  readonly dockerHost?: string;
  readonly serviceCIDR: string;
  readonly clusterDNS: string;
  readonly clusterDomain: string;
  /** Certificate and key for the `kubernetes` Service inside the cluster. */
  readonly servingCertFile?: string;
  readonly servingKeyFile?: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

const required = ['dir', 'server', 'tokenFile', 'clusterUid', 'serviceCIDR', 'clusterDNS'] as const;

/** @throws Error with one line a person can act on. */
export const readConfig = (argv: readonly string[]): AgentConfig => {
  const at = argv.indexOf('--config');
  const path = at >= 0 ? argv[at + 1] : undefined;
  if (path === undefined) throw new Error('usage: node node-agent/src/main.ts --config FILE');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Partial<AgentConfig>;
  const missing = required.filter((key) => config[key] === undefined);
  if (missing.length > 0) throw new Error(`${path}: missing ${missing.join(', ')}`);
  return { nodeName: hostname().toLowerCase(), clusterDomain: 'cluster.local', logLevel: 'info', ...config } as AgentConfig;
};
