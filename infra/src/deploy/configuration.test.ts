import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repoDir } from '../cluster/prepare.ts';
import { type DeploymentSettings, deploymentConfig } from './configuration.ts';

const toml = readFileSync(join(repoDir, 'wrangler.toml'), 'utf8');
const settings: DeploymentSettings = {
  ...{ name: 'kedge', clusterUid: 'u', podCIDR: '10.64.0.0/16', serviceCIDR: '10.96.0.0/16', databaseUrl: 'libsql://x', rootCA: 'PEM' },
  ...{ bootstrapTokens: '[]', repository: '/k', assets: '/k/assets' },
};
const variables = (asked: DeploymentSettings['asked']) => {
  const filled = deploymentConfig(toml, { ...settings, ...(asked ? { asked } : {}) });
  const [, block = ''] = filled.split(/^\[vars\]$/m);
  const lines = block.split(/^\[\[?/m)[0]!.matchAll(/^(\w+) = (".*")$/gm);
  return Object.fromEntries([...lines].map(([, key, value]) => [key, JSON.parse(value!)]));
};

it('leaves out what settings.yaml does not say', () => {
  const said = variables(undefined);
  expect(said).toMatchObject({ KEDGE_LOG_LEVEL: 'info', KEDGE_PUBLICLY_TRUSTED: 'true', KEDGE_CLUSTER_UID: 'u' });
  for (const name of ['KEDGE_OIDC', 'KEDGE_AUDIT', 'KEDGE_NODE_PORT_RANGE']) expect(said).not.toHaveProperty(name);
});

it('passes on all that settings.yaml says, whatever signs are in it', () => {
  const oidc = { issuer: 'https://id.example', clientId: `a "b" $& 'c'` };
  const said = variables({ logLevel: 'debug', nodePortRange: [30_000, 30_100], oidc, audit: { level: 'Metadata' } });
  expect(said).toMatchObject({ KEDGE_LOG_LEVEL: 'debug', KEDGE_NODE_PORT_RANGE: '[30000,30100]', KEDGE_AUDIT: '{"level":"Metadata"}' });
  expect(JSON.parse(said.KEDGE_OIDC)).toEqual(oidc);
});
