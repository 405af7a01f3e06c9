/**
 * `kedge restore FILE [--at TIME|REVISION] [--key-file FILE | --passphrase-file FILE] [--to node|workers] [--database-url URL [--database-token-file FILE]]`: a new cluster in
 * the folder (--dir) from a backup, on either platform. It is the same cluster in a new incarnation: agents keep their containers, clients list again.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Bundle, placeBundle, readKeyFile, sealingKeyIds, unlockBundle } from '../backup/bundle.ts';
import { databaseFile, databaseIn, markPlatform, withNewFile, withUrl } from '../backup/database.ts';
import { type BackupHeader, readHeader } from '../backup/format.ts';
import { loadBackup } from '../backup/load.ts';
import { passphraseOf } from '../backup/passphrase.ts';
import { momentOf, platformOf, report } from '../backup/restored.ts';
import { clusterFolder, makeFolder, writePrivateJson } from '../cluster/folder.ts';
import { lockFolder } from '../cluster/lock.ts';
import type { Command } from '../commands.ts';
import { PersonError } from '../person-error.ts';

export const usage = `usage: kedge restore FILE --dir NEW-FOLDER [--at TIME|REVISION] [--key-file FILE | --passphrase-file FILE] [--to node|workers]
       kedge restore FILE --database-url URL [--database-token-file FILE]     into a database, for kedge deploy`;

/** @throws PersonError when there are none, or they are another cluster's */
const keysFor = (path: string, header: BackupHeader, options: Readonly<Record<string, string>>): Bundle => {
  const keyFile = options['key-file'];
  const passphrase = passphraseOf(options);
  let bundle: Bundle | undefined;
  if (keyFile !== undefined) bundle = readKeyFile(keyFile);
  else if (header.bundle && passphrase !== undefined) bundle = unlockBundle(header.bundle, passphrase);
  if (!bundle) {
    const how = header.bundle ? '--passphrase-file FILE, or KEDGE_PASSPHRASE' : '--key-file FILE';
    throw new PersonError(`The Secrets in ${path} are sealed: give the keys with ${how}.`);
  }
  if (bundle.clusterUid !== header.clusterUid)
    throw new PersonError(`These are the keys of cluster ${bundle.clusterUid}; the backup is of ${header.clusterUid}.`);
  return bundle;
};

export const command: Command = async ({ dir, port, options, args }) => {
  const [file, ...others] = args;
  if (!file || others.length > 0) throw new PersonError(usage);
  const path = resolve(file);
  const moment = momentOf(options.at);
  const platform = platformOf(options.to, 'to');
  const folder = clusterFolder(dir);
  if (existsSync(folder.identity) || databaseIn(folder))
    throw new PersonError(`${dir} holds a cluster already: name a new folder with --dir.`);
  const header = await readHeader(path);
  const bundle = keysFor(path, header, options);
  const { 'database-url': url, 'database-token-file': tokenFile } = options;
  if (!header.cluster && url === undefined) {
    throw new PersonError(`${path} was taken from a database alone and names no networks: restore it into one with --database-url.`);
  }

  makeFolder(folder);
  const unlock = lockFolder(folder);
  try {
    const { clusterUid } = header;
    const loaded =
      url === undefined
        ? await withNewFile(join(folder.data, databaseFile[platform]), clusterUid, (store) => loadBackup(path, store.dump, moment))
        : await withUrl({ url, clusterUid, ...(tokenFile === undefined ? {} : { tokenFile }) }, (store) =>
            loadBackup(path, store.dump, moment),
          );
    if (url === undefined) markPlatform(folder, platform);
    placeBundle(folder, bundle);
    // Last: a folder with an identity is a cluster.
    if (header.cluster) writePrivateJson(folder.identity, port === undefined ? header.cluster : { ...header.cluster, port });
    report(loaded, header.clusterUid, sealingKeyIds(bundle));
    const start = platform === 'workers' ? 'dev-workers' : 'up';
    if (url === undefined) console.log(`Start it with \`kedge ${start} --dir ${dir}\`; stop the old one first, it is the same cluster.`);
    return 0;
  } finally {
    unlock();
  }
};
