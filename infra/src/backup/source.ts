/** Where a backup is read: the API of a cluster that runs (on this machine, deployed, or named by a context), the database of one that does not, or one over HTTP. */
import { hostname } from 'node:os';
import { type ClusterFolder, readJson, readText } from '../cluster/folder.ts';
import { type ClusterIdentity, defaultPort, toNodeName } from '../cluster/identity.ts';
import { isRunning, lockFolder, readRunning } from '../cluster/lock.ts';
import { type Deployment, deploymentFile } from '../deploy/deployment.ts';
import { PersonError } from '../person-error.ts';
import { type ApiAccess, accessOf, createApi } from './api.ts';
import { databaseIn, withFile, withUrl } from './database.ts';
import { apiSource, type BackupSource, storeSource } from './take.ts';

export interface SourceOptions {
  readonly folder: ClusterFolder;
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
}

/** What a cluster is, also of one that was deployed and never ran here. */
export const identityOf = (folder: ClusterFolder): ClusterIdentity | undefined => {
  const present = readJson<ClusterIdentity>(folder.identity);
  const deployed = present ? undefined : readJson<Deployment>(deploymentFile(folder));
  if (!deployed) return present;
  const { clusterUid, podCIDR, serviceCIDR } = deployed;
  return { version: 1, clusterUid, podCIDR, serviceCIDR, nodeName: toNodeName(hostname()), port: defaultPort };
};

export const withApi = async <T>(access: ApiAccess, work: (source: BackupSource) => Promise<T>): Promise<T> => {
  const api = createApi(access);
  try {
    return await work(apiSource(api.call));
  } finally {
    await api.close();
  }
};

/** @throws PersonError when there is no cluster */
export const withSource = async <T>({ folder, url, tokenFile }: SourceOptions, work: (source: BackupSource) => Promise<T>): Promise<T> => {
  if (url !== undefined)
    return withUrl({ url, ...(tokenFile === undefined ? {} : { tokenFile }) }, (store) => work(storeSource(store.dump)));
  const running = readRunning(folder);
  const deployed = readText(deploymentFile(folder)) !== undefined;
  if (deployed || (running && isRunning(running.up))) return withApi(accessOf(folder.kubeconfig), work);
  const path = databaseIn(folder);
  const identity = readJson<ClusterIdentity>(folder.identity);
  if (!path || !identity) throw new PersonError(`There is no cluster in ${folder.root}.`);
  const unlock = lockFolder(folder);
  try {
    return await withFile(path, identity.clusterUid, (store) => work(storeSource(store.dump)));
  } finally {
    unlock();
  }
};
