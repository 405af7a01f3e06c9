/**
 * `kedge backup [--out FILE] [--key-file FILE | --passphrase-file FILE] [--database-url URL [--database-token-file FILE]]`: one file with all objects and their history,
 * consistent as of one revision, while the cluster runs, or from a stopped one.
 */
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Bundle, bundleOf, lockBundle, writeKeyFile } from '../backup/bundle.ts';
import { passphraseOf } from '../backup/passphrase.ts';
import { identityOf, withSource } from '../backup/source.ts';
import { takeBackup } from '../backup/take.ts';
import { clusterFolder } from '../cluster/folder.ts';
import type { Command } from '../commands.ts';
import { PersonError } from '../person-error.ts';

const stampOf = (nowMs: number): string => new Date(nowMs).toISOString().replace(/[-:]/g, '').slice(0, 15);

const keysNote = (keyFile: string | undefined, passphrase: string | undefined, bundle: Bundle | undefined): string => {
  if (!bundle) return 'Keys are not in it: this command saw the database alone.';
  if (passphrase !== undefined) return 'Its keys are in it, under the passphrase.';
  if (keyFile !== undefined) return `Its keys are in ${keyFile}: keep that apart from the backup.`;
  return 'Keys are NOT in it, and without them nobody can restore it: keep a copy of keys.json and pki/, or name --key-file or --passphrase-file.';
};

export const command: Command = async (input) => {
  const { dir, options } = input;
  const folder = clusterFolder(dir);
  const cluster = identityOf(folder);
  const passphrase = passphraseOf(options);
  const keyFile = options['key-file'];
  const nowMs = Date.now();
  const path = resolve(options.out ?? `kedge-${stampOf(nowMs)}.backup`);
  if (!existsSync(dirname(path)))
    throw new PersonError(`There is no folder ${dirname(path)} for the backup: make it, or name another with --out.`);
  const bundle = cluster && bundleOf(folder, cluster.clusterUid);
  const about = {
    ...(cluster ? { cluster } : {}),
    ...(bundle && passphrase !== undefined ? { bundle: lockBundle(bundle, passphrase) } : {}),
  };
  const taken = await withSource({ folder, url: options['database-url'], tokenFile: options['database-token-file'] }, (source) =>
    takeBackup({ source, path, nowMs, about }),
  );
  if (bundle && keyFile !== undefined) writeKeyFile(resolve(keyFile), bundle);
  console.log(`  ✓ ${path}: ${taken.versions} versions of all objects, as of revision ${taken.revision}`);
  console.log(keysNote(keyFile, passphrase, bundle));
  return 0;
};
