/**
 * Which folder's Kedge runs a cluster on this machine. A restored folder is the same cluster as the one it came from, and so are all containers: `down` of the one
 * would end what the other runs. The note lies beside the cluster's volumes in memory and goes with them, as nothing runs any more after a restart.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { memoryFolder } from '#node-agent/volumes/pod-volumes.ts';
import { PersonError } from '../person-error.ts';
import { type ClusterFolder, clusterFolder, readJson, readText } from './folder.ts';
import type { ClusterIdentity } from './identity.ts';

type Identity = Pick<ClusterIdentity, 'clusterUid' | 'nodeName'>;

const noteIn = (memory: string): string => join(memory, 'folder');

/** Where the machine has no memory for it, nothing is noted. */
export const claimMachine = (identity: Identity, { root }: Pick<ClusterFolder, 'root'>, memory = memoryFolder(identity)): void => {
  if (!existsSync(dirname(memory))) return;
  try {
    mkdirSync(memory, { recursive: true, mode: 0o700 });
    writeFileSync(noteIn(memory), root, { mode: 0o600 });
  } catch {
    // Not ours to write: `down` then trusts the person.
  }
};

/** @throws PersonError when the cluster's containers are those of another folder, which is still there */
export const assertOwnMachine = (identity: Identity, { root }: Pick<ClusterFolder, 'root'>, memory = memoryFolder(identity)): void => {
  const other = readText(noteIn(memory))?.trim();
  if (!other || other === root || !existsSync(clusterFolder(other).identity)) return;
  throw new PersonError(
    `${root} is a copy of the cluster that ${other} runs on this machine: its containers are left alone. \`kedge down --dir ${other}\` removes them; this folder can just be deleted.`,
  );
};

/**
 * Networks of the clusters that run on this machine: those that have just begun have no network of Docker's yet that would show it.
 * `except`: the folder that asks.
 */
export const claimedNetworks = (except = '', memories = dirname(memoryFolder({ clusterUid: '', nodeName: '' }))): string[] => {
  let names: string[];
  try {
    names = readdirSync(memories);
  } catch {
    return []; // no memory for it: nothing is noted
  }
  return names.filter((name) => name.startsWith('kedge-')).flatMap((name) => networksOf(join(memories, name), except));
};

/** None where the folder is gone, or not ours to read. */
const networksOf = (memory: string, except: string): string[] => {
  try {
    const root = readText(noteIn(memory))?.trim();
    if (root === except) return [];
    const { podCIDR, serviceCIDR } = (root && readJson<ClusterIdentity>(clusterFolder(root).identity)) || {};
    return [podCIDR, serviceCIDR].filter((cidr) => typeof cidr === 'string');
  } catch {
    return [];
  }
};
