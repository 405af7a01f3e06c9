/**
 * `kedge backup [--out FILE] [--key-file FILE | --passphrase-file FILE] [--database-url URL [--database-token-file FILE]]`: one file with all objects and their history,
 * consistent as of one revision, while the cluster runs, or from a stopped one.
 */
import { resolve } from 'node:path';
import { accessOf, createApi } from '../backup/api.ts';
import { type Bundle, bundleOf, lockBundle, writeKeyFile } from '../backup/bundle.ts';
import { databaseIn, withFile, withUrl } from '../backup/database.ts';
import { passphraseOf } from '../backup/passphrase.ts';
import { apiSource, type BackupSource, storeSource, type Taken, takeBackup } from '../backup/take.ts';
import type { Command, CommandInput } from '../commands.ts';
import { type ClusterFolder, clusterFolder, readJson } from '../cluster/folder.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { isRunning, lockFolder, readRunning } from '../cluster/lock.ts';
import { PersonError } from '../person-error.ts';

const stampOf = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15);

/** Calls `work` with a source of the cluster: its API when it runs, its database otherwise. */
const withSource = async (input: CommandInput, folder: ClusterFolder, work: (source: BackupSource) => Promise<Taken>): Promise<Taken> => {
  const { 'database-url': url, 'database-token-file': tokenFile } = input.options;
  if (url !== undefined)
    return withUrl({ url, ...(tokenFile === undefined ? {} : { tokenFile }) }, (store) => work(storeSource(store.dump)));
  const running = readRunning(folder);
  if (running && isRunning(running.up)) {
    const api = createApi(accessOf(folder.kubeconfig));
    try {
      return await work(apiSource(api.call));
    } finally {
      await api.close();
    }
  }
  const path = databaseIn(folder);
  const identity = readJson<ClusterIdentity>(folder.identity);
  if (!path || !identity) throw new PersonError(`There is no cluster in ${input.dir}.`);
  const unlock = lockFolder(folder);
  try {
    return await withFile(path, identity.clusterUid, (store) => work(storeSource(store.dump)));
  } finally {
    unlock();
  }
};

const keysNote = (keyFile: string | undefined, passphrase: string | undefined, bundle: Bundle | undefined): string => {
  if (!bundle) return 'Keys are not in it: this command saw the database alone.';
  if (passphrase !== undefined) return 'Its keys are in it, under the passphrase.';
  if (keyFile !== undefined) return `Its keys are in ${keyFile}: keep that apart from the backup.`;
  return 'Keys are NOT in it, and without them nobody can restore it: keep a copy of keys.json and pki/, or name --key-file or --passphrase-file.';
};

export const command: Command = async (input) => {
  const { dir, options } = input;
  const folder = clusterFolder(dir);
  const cluster = readJson<ClusterIdentity>(folder.identity);
  const passphrase = passphraseOf(options);
  const keyFile = options['key-file'];
  const nowMs = Date.now();
  const path = resolve(options.out ?? `kedge-${stampOf(nowMs)}.backup`);
  const bundle = cluster && bundleOf(folder, cluster.clusterUid);
  const about = {
    ...(cluster ? { cluster } : {}),
    ...(bundle && passphrase !== undefined ? { bundle: lockBundle(bundle, passphrase) } : {}),
  };
  const taken = await withSource(input, folder, (source) => takeBackup({ source, path, nowMs, about }));
  if (bundle && keyFile !== undefined) writeKeyFile(resolve(keyFile), bundle);
  console.log(`  ✓ ${path}: ${taken.versions} versions of all objects, as of revision ${taken.revision}`);
  console.log(keysNote(keyFile, passphrase, bundle));
  return 0;
};
