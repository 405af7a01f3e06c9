/**
 * A changed key ring on its way to the control plane that uses it: on this machine the file, and a start of the process that `kedge up` supervises (clients and agents
 * resume); on Workers the secret, by wrangler. The ring is on disk before anybody can seal with it.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import type { Api } from '../backup/api.ts';
import { deploymentFile } from '../deploy/deployment.ts';
import type { WranglerPort } from '../deploy/wrangler-port.ts';
import { PersonError } from '../person-error.ts';
import { endProcess } from './end-process.ts';
import { type ClusterFolder, readJson, readText, writePrivateJson } from './folder.ts';
import { readStatus } from './keys-use.ts';
import { isRunning, type RunningProcess, readRunning } from './lock.ts';
import { verifying } from './rotate-keys.ts';

export interface KeysHome {
  readonly folder: ClusterFolder;
  readonly api: Pick<Api, 'call'>;
  readonly wrangler: WranglerPort;
  /** Between two looks at whether the new keys are used. */
  readonly lookMs?: number;
}

/** @throws PersonError when there is none */
export const readRing = (folder: ClusterFolder): KeyRing => {
  const ring = readJson<KeyRing>(folder.keys);
  if (!ring) throw new PersonError(`There are no keys in ${folder.root}: name the cluster's folder with --dir.`);
  return ring;
};

export const isDeployed = (folder: ClusterFolder): boolean => readText(deploymentFile(folder)) !== undefined;

/** Of a cluster on this machine; undefined when it does not run. */
export const runningControlPlane = (folder: ClusterFolder): RunningProcess | undefined => {
  const record = readRunning(folder);
  if (!record || !isRunning(record.up)) return undefined;
  const child = record.children.find(({ name }) => name === 'control plane') ?? record.children[0];
  return child && isRunning(child) ? child : undefined;
};

/** Several isolates answer on Workers, and the last ones of before go on for a moment. */
const answersInARow = 4;
const patienceMs = 180_000;

const waitFor = async ({ api, lookMs = 250 }: KeysHome, ring: KeyRing): Promise<void> => {
  const sealing = ring.sealingKeys.map(({ id }) => id).join();
  const signing = [ring.saSigningKey, ...verifying(ring)].map(({ kid }) => String(kid)).join();
  const deadline = performance.now() + patienceMs;
  for (let right = 0, said = ''; right < answersInARow; ) {
    try {
      const status = await readStatus(api);
      const ids = status.sealing.filter(({ missing }) => !missing).map(({ id }) => id);
      const same = ids.join() === sealing && status.signing.map(({ kid }) => kid).join() === signing;
      right = same ? right + 1 : 0;
      said = 'it has other keys';
    } catch (error) {
      right = 0;
      said = (error as Error).message;
    }
    if (right >= answersInARow) return;
    if (performance.now() > deadline) throw new PersonError(`The control plane does not use the new keys: ${said}. Say the command again.`);
    await delay(lookMs);
  }
};

const putSecret = async ({ folder, wrangler }: KeysHome, ring: KeyRing): Promise<void> => {
  const file = join(folder.root, 'worker-secrets.json');
  const authorityKey = readText(join(folder.pki, 'ca.key'));
  writePrivateJson(file, { KEDGE_KEYS: JSON.stringify({ ...ring, ...(authorityKey === undefined ? {} : { authorityKey }) }) });
  try {
    const { code, output } = await wrangler({ args: ['secret', 'bulk', file, '--config', join(folder.root, 'wrangler.toml')] });
    if (code !== 0) throw new PersonError(`wrangler secret bulk failed:\n${output.trim().split('\n').slice(-15).join('\n')}`);
  } finally {
    rmSync(file, { force: true });
  }
};

/** Resolves when the control plane uses the ring; at once when it does not run. @throws PersonError; then the ring is on disk and the command may be said again */
export const putRing = async (home: KeysHome, ring: KeyRing): Promise<void> => {
  const { folder } = home;
  writePrivateJson(folder.keys, ring);
  if (isDeployed(folder)) await putSecret(home, ring);
  else {
    const process = runningControlPlane(folder);
    if (!process) return;
    await endProcess(process);
  }
  await waitFor(home, ring);
};
