/**
 * `kedge deploy`, step by step: account, database with its migrations, keys, agent, wrangler, first answer, kubeconfig. Each step is safe to run again, and the
 * whole of it again is an upgrade. Nothing is sent to Cloudflare before the database is there and is this cluster's.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openHttpStore } from '#control-plane/store/http/open.ts';
import { VERSION } from '#schema/version.ts';
import { world } from '../backup/database.ts';
import { type ClusterFolder, makeFolder, readJson, readText, writePrivate, writePrivateJson } from '../cluster/folder.ts';
import { ensureKeys } from '../cluster/keys.ts';
import { kubeconfigText, tokenOf } from '../cluster/kubeconfig.ts';
import { repoDir } from '../cluster/prepare.ts';
import { readSettings } from '../cluster/settings.ts';
import { adminIdentity, ensureToken, tokenEntry } from '../cluster/tokens.ts';
import { buildAgent } from '../node/build.ts';
import { PersonError } from '../person-error.ts';
import { ensureAuthority } from '../pki/authority.ts';
import type { Progress } from '../progress.ts';
import { databaseSteps, readAccount } from './account.ts';
import { deploymentConfig, deploymentSecrets } from './configuration.ts';
import { type Asked, type Deployment, databaseTokenFile, planDeployment, saveDeployment } from './deployment.ts';
import type { WranglerPort } from './wrangler-port.ts';

export interface DeployInput {
  readonly folder: ClusterFolder;
  readonly asked: Asked;
  /** File with the database's token; default: the one of the last deploy, then KEDGE_DATABASE_TOKEN. */
  readonly databaseTokenFile?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly wrangler: WranglerPort;
  readonly progress: Progress;
  readonly nowMs: number;
  /** Resolves when the deployed API answers. @throws PersonError */
  readonly firstAnswer: (url: string) => Promise<void>;
}

export interface Deployed {
  readonly url: string;
  readonly kubeconfig: string;
  readonly clusterUid: string;
  readonly version: string;
  readonly isNew: boolean;
}

const tokenFor = ({ folder, databaseTokenFile: named, env }: DeployInput): string | undefined => {
  if (named !== undefined) {
    const text = readText(named)?.trim();
    if (!text) throw new PersonError(`${named} holds no token of the database.`);
    return text;
  }
  return env.KEDGE_DATABASE_TOKEN ?? readText(databaseTokenFile(folder))?.trim();
};

/** Migrations, and the proof that the database is this cluster's or nobody's. Resolves with its revision. */
const prepareDatabase = async ({ databaseUrl: url, clusterUid }: Deployment, authToken: string | undefined): Promise<number> => {
  try {
    const store = await openHttpStore({ url, clusterUid, ...world, ...(authToken === undefined ? {} : { authToken }) });
    try {
      const found = await store.identity();
      if (found.clusterUid !== clusterUid)
        throw new PersonError(`${url} holds another cluster than this folder's: name its folder with --dir, or an empty database.`);
      return (await store.head()).revision;
    } finally {
      await store.close();
    }
  } catch (error) {
    if (error instanceof PersonError) throw error;
    const { message } = error as Error;
    if (/40[13]|unauthor|forbidden|jwt/i.test(message))
      throw new PersonError(
        `The database ${url} refused the token: make a new one (turso db tokens create ...) and name it with --database-token-file.`,
      );
    throw new PersonError(`The database ${url} cannot be used: ${message}`);
  }
};

/** Where agent and manifest lie below the folder of static assets, so that the paths of both platforms are the same. */
const assetsBelow = (assets: string): string => join(assets, 'kedge/v1/agent');

const files = (folder: ClusterFolder) => ({
  config: join(folder.root, 'wrangler.toml'),
  secrets: join(folder.root, 'worker-secrets.json'),
  assets: join(folder.root, 'assets'),
});

/** The argument list of the one call that changes something at Cloudflare. */
export const deployArguments = (folder: ClusterFolder): readonly string[] => {
  const { config, secrets } = files(folder);
  return ['deploy', '--config', config, '--secrets-file', secrets];
};

interface Written {
  readonly deployment: Deployment;
  readonly adminToken: string;
}

/** Keys, CA, tokens, agent, configuration: everything wrangler reads. */
const writeFiles = async (input: DeployInput, deployment: Deployment, databaseToken: string | undefined): Promise<Written> => {
  const { folder, nowMs } = input;
  const keys = await ensureKeys(folder);
  const authority = await ensureAuthority(folder.pki, deployment.clusterUid, nowMs);
  const adminToken = await ensureToken(tokenOf(readText(folder.kubeconfig) ?? ''), keys.tokenHmacKey, keys);
  const { config, secrets, assets } = files(folder);
  await buildAgent(assetsBelow(assets), { withRuntime: false, registry: input.env.npm_config_registry });
  const { name, clusterUid, podCIDR, serviceCIDR, databaseUrl, region } = deployment;
  const toml = deploymentConfig(readFileSync(join(repoDir, 'wrangler.toml'), 'utf8'), {
    ...{ name, clusterUid, podCIDR, serviceCIDR, databaseUrl, assets, rootCA: authority.certPem },
    asked: readSettings(folder.settings),
    repository: repoDir,
    bootstrapTokens: JSON.stringify([await tokenEntry(adminToken, adminIdentity)]),
    ...(region === undefined ? {} : { region }),
  });
  writePrivate(config, toml);
  const ring = { ...keys, authorityKey: readText(join(folder.pki, 'ca.key')) };
  writePrivateJson(secrets, deploymentSecrets(ring, databaseToken));
  return { deployment, adminToken };
};

const addressIn = (records: readonly Readonly<Record<string, any>>[], output: string): string | undefined => {
  const targets = records.filter(({ type }) => type === 'deploy').flatMap(({ targets: found }) => (found ?? []) as string[]);
  const found = [...targets, ...(output.match(/https:\/\/[a-z0-9.-]+\.workers\.dev/g) ?? [])].find((target) =>
    /^https:\/\/[A-Za-z0-9.-]+$/.test(target),
  );
  return found;
};

/** @throws PersonError with what to do */
export const deploy = async (input: DeployInput): Promise<Deployed> => {
  const { folder, asked, wrangler, progress } = input;
  const planned = planDeployment(folder, asked, databaseSteps);
  // a mistake in it is told before anything is asked of anybody
  readSettings(folder.settings);
  const isNew = readJson(join(folder.root, 'deployment.json')) === undefined;
  const token = tokenFor(input);
  const account = await readAccount(wrangler);
  progress.done(`Cloudflare account of ${account.name}`);

  if (!isNew && readText(folder.keys) === undefined)
    throw new PersonError(
      `${folder.keys} is missing, and Secrets in the database are sealed with it: put it back from a copy. Nothing was changed.`,
    );
  makeFolder(folder);
  if (token !== undefined) writePrivate(databaseTokenFile(folder), `${token}\n`);
  const database = progress.start('Preparing the database');
  const head = await prepareDatabase(planned, token);
  database.done(`Database ${planned.databaseUrl}, schema current, revision ${head}`);
  // from here on this folder and that database are one cluster
  saveDeployment(folder, planned);

  const { adminToken } = await writeFiles(input, planned, token);
  progress.done('Keys, agent and configuration');
  const step = progress.start(`Deploying ${planned.name}`);
  const { code, output, records } = await wrangler({ args: deployArguments(folder) });
  rmSync(files(folder).secrets, { force: true });
  if (code !== 0) throw new PersonError(`wrangler deploy failed:\n${output.trim().split('\n').slice(-15).join('\n')}`);
  const url = planned.url ?? addressIn(records, output);
  if (url === undefined)
    throw new PersonError('wrangler named no address: switch workers.dev on for your account, or name yours with --url https://...');
  step.done(`Worker ${planned.name} at ${url}`);
  saveDeployment(folder, { ...planned, url });
  writePrivate(folder.kubeconfig, kubeconfigText({ server: url, token: adminToken }));

  const answer = progress.start('Waiting for the first answer');
  await input.firstAnswer(url);
  answer.done('The API answers');
  return { url, kubeconfig: folder.kubeconfig, clusterUid: planned.clusterUid, version: VERSION, isNew };
};

/** What `deploy` would do, as lines. Reads the folder, changes nothing, calls nobody. @throws PersonError as `deploy` for what is asked wrongly */
export const describeDeploy = ({
  folder,
  asked,
  databaseTokenFile: named,
  env,
}: Pick<DeployInput, 'folder' | 'asked' | 'databaseTokenFile' | 'env'>): readonly string[] => {
  const planned = planDeployment(folder, asked, databaseSteps);
  const token =
    named ?? (env.KEDGE_DATABASE_TOKEN ? 'KEDGE_DATABASE_TOKEN' : readText(databaseTokenFile(folder)) ? databaseTokenFile(folder) : 'none');
  const isUpgrade = readJson(join(folder.root, 'deployment.json')) !== undefined;
  return [
    `${isUpgrade ? 'Upgrade' : 'First deployment'} of ${planned.name}, Kedge ${VERSION}, cluster ${isUpgrade ? planned.clusterUid : 'with a new identity'}`,
    'run   wrangler whoami --json',
    `open  ${planned.databaseUrl} (token: ${token}): migrations, and the check that it is this cluster's or empty`,
    `${isUpgrade ? 'keep ' : 'make '} ${folder.keys} (sealing key, token key, signing key), ${join(folder.pki, 'ca.crt')}, the admin's token`,
    `build ${assetsBelow(files(folder).assets)} (agent ${VERSION}, as static assets)`,
    `write ${files(folder).config} (variables: cluster ${planned.podCIDR}, services ${planned.serviceCIDR}${planned.region ? `, placed at ${planned.region}` : ''})`,
    `run   wrangler ${deployArguments(folder).join(' ')}`,
    '      (secrets in that file, 0600, deleted afterwards: KEDGE_KEYS, KEDGE_DATABASE_TOKEN)',
    `wait  ${planned.url ?? 'the address wrangler names'}/readyz`,
    `write ${folder.kubeconfig}`,
    'Nothing was changed.',
  ];
};
