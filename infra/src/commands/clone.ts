/**
 * `kedge clone --from FOLDER|CONTEXT --to FOLDER`: a second cluster with the objects and the history of a running or stopped one, to try an upgrade or a change on. It has
 * its own identity, keys, tokens and networks, and it sleeps: backup/rewrite.ts says what that means.
 */

import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { KeyRing } from '#control-plane/platform/platform.ts';
import { accessOf, kubeconfigPath } from '../backup/api.ts';
import { type Bundle, bundleOf, readKeyFile, sealingKeyIds, settingsName } from '../backup/bundle.ts';
import { databaseFile, databaseIn, markPlatform, withNewFile, withUrl } from '../backup/database.ts';
import { readHeader } from '../backup/format.ts';
import { type Loaded, loadBackup } from '../backup/load.ts';
import { momentOf, platformOf, report } from '../backup/restored.ts';
import { type CloneTo, cloneTaint, rewriteAsClone } from '../backup/rewrite.ts';
import { identityOf, withApi, withSource } from '../backup/source.ts';
import { type BackupSource, type Taken, takeBackup } from '../backup/take.ts';
import { chooseCidrs, takenNetworks } from '../cluster/cidr.ts';
import { connectDocker } from '../cluster/docker.ts';
import { type ClusterFolder, clusterFolder, makeFolder, writePrivate, writePrivateJson } from '../cluster/folder.ts';
import { type ClusterIdentity, toNodeName } from '../cluster/identity.ts';
import { makeKeys } from '../cluster/keys.ts';
import { lockFolder } from '../cluster/lock.ts';
import type { Command } from '../commands.ts';
import { PersonError } from '../person-error.ts';

export const usage = `usage: kedge clone --from FOLDER --to NEW-FOLDER [--platform node|workers]
       kedge clone --from CONTEXT --key-file FILE --to NEW-FOLDER     a cluster whose folder is elsewhere; the file is of kedge backup --key-file
options: --at TIME|REVISION, --database-url URL [--database-token-file FILE] (then kedge deploy --dir NEW-FOLDER), --port N, --kubeconfig FILE`;

interface Source {
  readonly cluster: ClusterIdentity | undefined;
  readonly bundle: Bundle;
  take(work: (source: BackupSource) => Promise<Taken>): Promise<Taken>;
}

/** @throws PersonError */
const sourceOf = (from: string, options: Readonly<Record<string, string>>): Source => {
  const keyFile = options['key-file'];
  if (statSync(from, { throwIfNoEntry: false })?.isDirectory()) {
    const folder = clusterFolder(resolve(from));
    const cluster = identityOf(folder);
    if (!cluster) throw new PersonError(`There is no cluster in ${folder.root}.`);
    const bundle = keyFile === undefined ? bundleOf(folder, cluster.clusterUid) : readKeyFile(keyFile);
    return { cluster, bundle, take: (work) => withSource({ folder }, work) };
  }
  const access = accessOf(kubeconfigPath(options, clusterFolder(resolve('.kedge')).kubeconfig), from);
  if (keyFile === undefined) throw new PersonError(`The Secrets of ${from} are sealed: give its keys with --key-file FILE.`);
  return { cluster: undefined, bundle: readKeyFile(keyFile), take: (work) => withApi(access, work) };
};

const ringOf = ({ files }: Bundle): KeyRing => {
  const text = files['keys.json'];
  if (text === undefined) throw new PersonError('There are no keys of the cluster that is to be cloned.');
  return JSON.parse(text) as KeyRing;
};

/** Networks in use here; without an engine, the machine's own. */
const networksInUse = async (): Promise<readonly string[]> => {
  const engine = await connectDocker(process.env).catch(() => undefined);
  return engine ? takenNetworks(engine.docker) : [];
};

const identityFor = async (source: ClusterIdentity | undefined, port: number | undefined): Promise<ClusterIdentity> => {
  const used = source ? [source.podCIDR, source.serviceCIDR] : [];
  return {
    version: 1,
    clusterUid: randomUUID(),
    ...chooseCidrs([...(await networksInUse()), ...used], randomInt),
    nodeName: source?.nodeName ?? toNodeName(hostname()),
    port: port ?? (source?.port ?? 6443) + 1,
  };
};

interface Target {
  readonly folder: ClusterFolder;
  readonly identity: ClusterIdentity;
  readonly options: Readonly<Record<string, string>>;
}

const load = async (path: string, { folder, identity, options }: Target, to: Omit<CloneTo, keyof ClusterIdentity>, ring: KeyRing) => {
  const header = await readHeader(path);
  const from = {
    clusterUid: header.clusterUid,
    sealingKeys: ring.sealingKeys,
    serviceCIDR: header.cluster?.serviceCIDR ?? identity.serviceCIDR,
  };
  const rewrite = rewriteAsClone(from, { ...to, ...identity });
  const moment = momentOf(options.at);
  const platform = platformOf(options.platform, 'platform');
  const { 'database-url': url, 'database-token-file': tokenFile } = options;
  const { clusterUid } = identity;
  const into = (store: { dump: Parameters<typeof loadBackup>[1] }): Promise<Loaded> => loadBackup(path, store.dump, moment, rewrite);
  if (url !== undefined) return withUrl({ url, clusterUid, ...(tokenFile === undefined ? {} : { tokenFile }) }, into);
  const loaded = await withNewFile(join(folder.data, databaseFile[platform]), clusterUid, into);
  markPlatform(folder, platform);
  return loaded;
};

const whatNext = ({ folder, identity, options }: Target): string => {
  const start =
    options['database-url'] === undefined
      ? `kedge ${options.platform === 'workers' ? 'dev-workers' : 'up'} --dir ${folder.root}`
      : `kedge deploy --dir ${folder.root} --database-url ${options['database-url']}`;
  return `\nStart it with \`${start}\`, beside the other one if you like. It is another cluster: no node, token or address of the source is in it.
It sleeps: its node ${identity.nodeName} takes no pod until you say

  kubectl --kubeconfig ${folder.kubeconfig} taint nodes --all ${cloneTaint.key}-`;
};

export const command: Command = async ({ port, options, args }) => {
  const { from, to } = options;
  if (from === undefined || to === undefined || args.length > 0) throw new PersonError(usage);
  const folder = clusterFolder(resolve(to));
  if (existsSync(folder.identity) || databaseIn(folder))
    throw new PersonError(`${to} holds a cluster already: name a new folder with --to.`);
  platformOf(options.platform, 'platform');
  momentOf(options.at);
  const source = sourceOf(from, options);
  const ring = ringOf(source.bundle);
  const identity = await identityFor(source.cluster, port);
  const target: Target = { folder, identity, options };
  makeFolder(folder);
  const unlock = lockFolder(folder);
  const path = join(folder.root, 'clone.backup');
  try {
    const nowMs = Date.now();
    const about = source.cluster ? { cluster: source.cluster } : {};
    await source.take((pages) => takeBackup({ source: pages, path, nowMs, about }));
    const header = await readHeader(path);
    if (header.clusterUid !== source.bundle.clusterUid)
      throw new PersonError(`These are the keys of cluster ${source.bundle.clusterUid}; ${from} is ${header.clusterUid}.`);
    const keys = await makeKeys();
    // before anything is sealed with them
    writePrivateJson(folder.keys, keys);
    const settings = source.bundle.files[settingsName];
    if (settings !== undefined) writePrivate(folder.settings, settings);
    const loaded = await load(path, target, { sealingKeys: keys.sealingKeys, nowMs }, ring);
    // Last: a folder with an identity is a cluster.
    writePrivateJson(folder.identity, identity);
    report(loaded, identity.clusterUid, sealingKeyIds(source.bundle));
    console.log(whatNext(target));
    return 0;
  } finally {
    rmSync(path, { force: true });
    unlock();
  }
};
