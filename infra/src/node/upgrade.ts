/**
 * A new agent on this machine: downloaded from the control plane under its checksum, put beside the present one, started on trial. The launcher takes it back when
 * it is not Ready in time; here that is only waited for and said.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { type AgentManifest, agentFilesPath, checkManifest } from '#control-plane/joining/agent-files.ts';
import type { ApiAccess } from '../backup/api.ts';
import { readText, writePrivate } from '../cluster/folder.ts';
import { PersonError } from '../person-error.ts';
import { type NodeLayout, stateFiles } from './layout.ts';
import type { Service } from './service.ts';

export interface UpgradeInput {
  readonly access: ApiAccess;
  readonly layout: NodeLayout;
  readonly service: Service;
  readonly dryRun: boolean;
  readonly print: (line: string) => void;
  readonly sleep: (ms: number) => Promise<void>;
  /** Of the wait for the end of the trial. */
  readonly tries?: number;
}

export interface Upgraded {
  readonly from: string;
  readonly to: string;
  readonly result: 'present' | 'staged' | 'upgraded' | 'returned' | 'dry-run';
  readonly reason?: string;
}

const pauseMs = 500;
/** The launcher's minute, and the stops before and after. */
const trialTries = 240;

export const versionName = ({ version, agent }: AgentManifest): string => `${version}-${agent.sha256.slice(0, 12)}`;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const download = async ({ server, caPem }: ApiAccess, name: string): Promise<Buffer> => {
  const dispatcher = new Agent({ connect: caPem === undefined ? {} : { ca: caPem } });
  try {
    const response = await fetch(new URL(`${agentFilesPath}${name}`, server), { dispatcher, redirect: 'error' });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (response.ok) return bytes;
    if (response.status === 503) throw new PersonError(`The control plane at ${server} carries no agent: deploy it with \`kedge deploy\`.`);
    throw new PersonError(`The control plane at ${server} answered ${response.status} for ${name}.`);
  } catch (error) {
    if (error instanceof PersonError) throw error;
    const cause = (error as Error).cause instanceof Error ? ((error as Error).cause as Error).message : (error as Error).message;
    throw new PersonError(`Cannot reach ${server}: ${cause}`);
  } finally {
    await dispatcher.close();
  }
};

const checked = (bytes: Buffer, expected: string, what: string): Buffer => {
  if (sha256(bytes) !== expected)
    throw new PersonError(
      `The checksum of ${what} is wrong: a proxy changed it, or the control plane was upgraded this moment. Run it again.`,
    );
  return bytes;
};

/** Replaced in one step: whoever looks sees the old or the new one. */
const pointAt = (link: string, target: string): void => {
  const fresh = `${link}.new`;
  rmSync(fresh, { force: true });
  symlinkSync(target, fresh);
  renameSync(fresh, link);
};

/** @throws PersonError */
export const upgradeAgent = async ({
  access,
  layout,
  service,
  dryRun,
  print,
  sleep,
  tries = trialTries,
}: UpgradeInput): Promise<Upgraded> => {
  const files = stateFiles(layout.state);
  const current = join(layout.program, 'current');
  if (!existsSync(current))
    throw new PersonError(`There is no installed agent in ${layout.program}: run the join line of \`kedge token create --join\`.`);
  if (existsSync(files.trial)) throw new PersonError('A new version is on trial this moment: wait a minute.');
  const manifest = checkManifest(JSON.parse((await download(access, 'manifest.json')).toString('utf8')) as AgentManifest);
  const before = readlinkSync(current);
  const name = versionName(manifest);
  const from = before.split('/').at(-1) ?? '';
  if (from === name) return { from, to: name, result: 'present' };
  if (dryRun) return { from, to: name, result: 'dry-run' };

  print(`Downloading agent ${manifest.version}`);
  const agent = checked(await download(access, manifest.agent.file), manifest.agent.sha256, 'the agent');
  const launcher = checked(await download(access, manifest.launcher.file), manifest.launcher.sha256, 'the launcher');
  const dir = join(layout.program, 'versions', name);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'agent.mjs'), agent);
  pointAt(join(dir, 'node'), readlinkSync(join(current, 'node')));
  const launcherFile = join(layout.program, 'bin/kedge-agent');
  if (!existsSync(launcherFile) || sha256(readFileSync(launcherFile)) !== manifest.launcher.sha256) {
    writeFileSync(`${launcherFile}.new`, launcher);
    chmodSync(`${launcherFile}.new`, 0o755);
    renameSync(`${launcherFile}.new`, launcherFile);
  }

  rmSync(files.returned, { force: true });
  writePrivate(files.trial, `${before}\n`);
  pointAt(current, before.replace(/[^/]+$/, name));
  if (!service.managed) return { from, to: name, result: 'staged' };
  print(`Starting ${name} on trial`);
  service.restart();
  for (let left = tries; left > 0 && existsSync(files.trial); left--) await sleep(pauseMs);
  if (readlinkSync(current) === before) return { from, to: name, result: 'returned', reason: readText(files.returned)?.trim() ?? '' };
  if (existsSync(files.trial)) throw new PersonError('The trial does not end: journalctl -u kedge-agent says why.');
  return { from, to: name, result: 'upgraded' };
};
