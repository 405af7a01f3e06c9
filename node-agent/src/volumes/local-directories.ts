/**
 * Directories of the built-in provisioner on this node: `DIR/volumes/HANDLE`, made by the first pod that mounts one (persistent.ts). Here they go: when a
 * PersistentVolume is being deleted and no pod uses it, the directory is removed and then the finalizer that kept the object. Safe to repeat at any point.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PersistentVolume } from '#schema/core/persistent-volume.ts';
import type { ApiClient, Clock, Logger, ViewStore } from '../context.ts';

export const LOCAL_DIRECTORY_DRIVER = 'local-directory.kedge.dev';
export const LOCAL_DIRECTORY_FINALIZER = 'local-directory.kedge.dev/directory';
const VOLUMES = 'core/persistentvolumes';
const RETRY_MS = 5_000;
const HANDLE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** undefined: the handle is no DNS label, so it names nothing of ours. */
export const directoryOf = (volumesDir: string, handle: string): string | undefined =>
  HANDLE.test(handle) ? join(volumesDir, handle) : undefined;

export interface LocalDirectoriesOptions {
  readonly volumesDir: string;
  readonly nodeName: string;
  readonly view: ViewStore;
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** A pod of this node has the claim mounted, or may have. */
  readonly inUse: (claim: { readonly namespace: string; readonly name: string }) => boolean;
}

export interface LocalDirectories {
  /** Removes what is to go and not in use. Resolves with whether something must be looked at again. */
  sweep(): Promise<boolean>;
  /** Sweeps when the view changes, and again while something waits, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** The provisioner binds a volume to its node by host name. */
const isOn = ({ spec }: PersistentVolume, nodeName: string): boolean =>
  spec.nodeAffinity?.required?.nodeSelectorTerms.some((term) =>
    term.matchExpressions?.some(({ key, values }) => key === 'kubernetes.io/hostname' && values?.includes(nodeName)),
  ) ?? false;

export const createLocalDirectories = (options: LocalDirectoriesOptions): LocalDirectories => {
  const { volumesDir, nodeName, view, api, clock, log } = options;

  const doomed = (): PersistentVolume[] =>
    view
      .list<PersistentVolume>(VOLUMES)
      .filter(
        (volume) =>
          volume.metadata.deletionTimestamp !== undefined &&
          volume.spec.csi?.driver === LOCAL_DIRECTORY_DRIVER &&
          volume.metadata.finalizers?.includes(LOCAL_DIRECTORY_FINALIZER) &&
          isOn(volume, nodeName),
      );

  const release = async ({ metadata }: PersistentVolume): Promise<void> => {
    const finalizers = metadata.finalizers!.filter((finalizer) => finalizer !== LOCAL_DIRECTORY_FINALIZER);
    const response = await api.request(`/api/v1/persistentvolumes/${metadata.name}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json', accept: 'application/json' },
      body: JSON.stringify({ metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion, finalizers } }),
    });
    // Gone or changed meanwhile: the next view says what is left to do.
    if (!response.ok && response.status !== 404 && response.status !== 409) throw new Error(`HTTP ${response.status}`);
  };

  const remove = async (volume: PersistentVolume): Promise<void> => {
    const path = directoryOf(volumesDir, volume.spec.csi!.volumeHandle);
    if (path) await rm(path, { recursive: true, force: true });
    await release(volume);
  };

  const sweep = async (): Promise<boolean> => {
    let waiting = false;
    for (const volume of doomed()) {
      const { namespace = '', name = '' } = volume.spec.claimRef ?? {};
      if (!view.complete || options.inUse({ namespace, name })) {
        waiting = true;
        continue;
      }
      await remove(volume).catch((error: Error) => {
        waiting = true;
        log.warn('a volume could not be removed', { volume: volume.metadata.name, error: error.message });
      });
    }
    return waiting;
  };

  return {
    sweep,
    async run(signal) {
      let news = new AbortController();
      const unsubscribe = view.onChange((changed) => {
        if ([...changed].some((key) => key.startsWith(`${VOLUMES}/`))) news.abort();
      });
      const end = () => news.abort();
      signal.addEventListener('abort', end, { once: true });
      while (!signal.aborted) {
        news = new AbortController();
        const waiting = await sweep();
        if (signal.aborted) break;
        if (waiting) await clock.sleep(RETRY_MS, news.signal);
        else await aborted(news.signal);
      }
      unsubscribe();
    },
  };
};

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
