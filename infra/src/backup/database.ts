/** The databases a backup is taken from or restored into without a control plane: a file of a stopped cluster, or libSQL over HTTP. */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Random } from '#control-plane/platform/platform.ts';
import { openFileStore } from '#control-plane/store/file/open.ts';
import { openHttpStore } from '#control-plane/store/http/open.ts';
import type { LibsqlStore } from '#control-plane/store/libsql-store.ts';
import { StoreError } from '#control-plane/store/store.ts';
import type { ClusterFolder } from '../cluster/folder.ts';
import { PersonError } from '../person-error.ts';

export const world: { readonly clock: Clock; readonly random: Random } = {
  clock: { now: () => Date.now() },
  random: { bytes: (length) => randomBytes(length), uuid: () => randomUUID(), float: () => Math.random() },
};

/** Where each platform on this machine keeps its database below the folder's data. */
export const databaseFile = { node: 'kedge.db', workers: 'libsql.db' } as const;
export type LocalPlatform = keyof typeof databaseFile;

/** The one that is there; undefined for a folder that never ran. */
export const databaseIn = (folder: ClusterFolder): string | undefined =>
  Object.values(databaseFile)
    .map((name) => join(folder.data, name))
    .find((path) => existsSync(path));

const forPerson = (error: unknown): unknown => (error instanceof StoreError ? new PersonError(error.message) : error);

/** Runs `work` on the store and closes it. @throws PersonError for what the store says */
const using = async <T>(open: Promise<LibsqlStore>, work: (store: LibsqlStore) => Promise<T>): Promise<T> => {
  try {
    const store = await open;
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  } catch (error) {
    throw forPerson(error);
  }
};

export const withFile = <T>(path: string, clusterUid: string, work: (store: LibsqlStore) => Promise<T>): Promise<T> =>
  using(openFileStore({ path, clusterUid, ...world }), work);

/** A new file that is there when `work` is done, or not at all. */
export const withNewFile = async <T>(path: string, clusterUid: string, work: (store: LibsqlStore) => Promise<T>): Promise<T> => {
  const partial = `${path}.restoring`;
  rmSync(partial, { force: true });
  const done = await withFile(partial, clusterUid, work);
  renameSync(partial, path);
  return done;
};

/** With `clusterUid`: to restore that cluster into it. */
export const withUrl = <T>(
  access: { readonly url: string; readonly tokenFile?: string; readonly clusterUid?: string },
  work: (store: LibsqlStore) => Promise<T>,
): Promise<T> => {
  const { url, tokenFile, clusterUid } = access;
  const authToken = tokenFile === undefined ? process.env.KEDGE_DATABASE_TOKEN : readFileSync(tokenFile, 'utf8').trim();
  return using(
    openHttpStore({
      url,
      ...world,
      ...(authToken ? { authToken } : {}),
      ...(clusterUid === undefined ? {} : { clusterUid, loading: true }),
    }).then(async (store) => {
      const found = await store.identity();
      if (clusterUid === undefined || found.clusterUid === clusterUid) return store;
      await store.close();
      throw new PersonError(`${url} holds another cluster (${found.clusterUid}): restore into an empty database.`);
    }),
    work,
  );
};

/** `kedge up` and `kedge dev-workers` know by this folder whose data it is. */
export const markPlatform = (folder: ClusterFolder, platform: LocalPlatform): void => {
  if (platform === 'workers') mkdirSync(join(folder.data, 'objects'), { recursive: true, mode: 0o700 });
};
