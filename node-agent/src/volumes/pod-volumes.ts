/**
 * All volumes of a pod: made before its containers, kept up to date while it runs, removed after them. `DIR/pods/UID/volumes/kubernetes.io~TYPE/NAME`
 * on disk; what must not reach a disk is under the same names in memory, where the machine has a tmpfs the agent may use.
 */
import { chmod, mkdir, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '#schema/core/pod.ts';
import { viewKey } from '#schema/sync/protocol.ts';
import type { AgentSettings, ApiClient, Clock, ViewStore } from '../context.ts';
import { unmountBelow } from './memory-mount.ts';
import { TokenCache } from './token.ts';
import { type PreparedVolume, VolumeError, type VolumeType } from './volume.ts';
import { volumeTypes } from './volume-types.ts';

export interface PodVolumes {
  /** The pod's own folder; also holds its hosts and resolv.conf files. */
  podDir(podUid: string): string;
  /** By volume name. Idempotent: also refreshes. @throws VolumeError with the text of a FailedMount event. */
  prepare(pod: Pod, facts: PodFacts): Promise<ReadonlyMap<string, PreparedVolume>>;
  remove(podUid: string): Promise<void>;
  /** Pod uids that have a folder. */
  list(): Promise<string[]>;
}

export interface PodFacts {
  readonly podIP: string;
  readonly hostIP: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

const TMPFS_MAGIC = 0x01021994;
const SHARED_MEMORY = '/dev/shm';

/** The folder in memory of a node; `npm run down` removes it. */
export const memoryFolder = (settings: Pick<AgentSettings, 'clusterUid' | 'nodeName'>): string =>
  join(SHARED_MEMORY, `kedge-${settings.clusterUid}-${settings.nodeName}`);

/** Makes the folder in memory, or is `dir` when the machine has no such. */
const memoryRoot = async (settings: AgentSettings): Promise<string> => {
  try {
    if ((await statfs(SHARED_MEMORY)).type === TMPFS_MAGIC) {
      const root = memoryFolder(settings);
      await mkdir(root, { recursive: true, mode: 0o700 });
      await chmod(root, 0o700);
      return root;
    }
  } catch {
    // No such place here; the folder on disk is the agent's alone too.
  }
  return settings.dir;
};

export const createPodVolumes = (options: {
  readonly settings: AgentSettings;
  readonly view: ViewStore;
  readonly api: ApiClient;
  readonly clock: Clock;
}): PodVolumes => {
  const { settings, view, api, clock } = options;
  const tokens = new TokenCache();
  const types: readonly VolumeType[] = volumeTypes(tokens);
  let memory: Promise<string> | undefined;
  const memoryDir = () => {
    memory ??= memoryRoot(settings);
    return memory;
  };
  const made = new Set<string>();
  const podDir = (uid: string) => join(settings.dir, 'pods', uid);

  return {
    podDir,

    async prepare(pod, facts) {
      const uid = pod.metadata.uid!;
      const prepared = new Map<string, PreparedVolume>();
      await Promise.all(
        (pod.spec.volumes ?? []).map(async (volume) => {
          const type = types.find((one) => volume[one.field] !== undefined);
          const path = join('pods', uid, 'volumes', `kubernetes.io~${type?.plugin ?? 'empty-dir'}`, volume.name);
          try {
            if (!type)
              throw new VolumeError(
                `no volume plugin matched: ${Object.keys(volume)
                  .filter((key) => key !== 'name')
                  .join(', ')}`,
              );
            prepared.set(
              volume.name,
              await type.prepare(volume, {
                ...facts,
                pod,
                clock,
                api,
                first: !made.has(uid),
                volumesDir: join(settings.dir, 'volumes'),
                clusterObject: (resource, name) => view.get(viewKey(resource, undefined, name)),
                object: (resource, name) => view.get(viewKey(resource, pod.metadata.namespace, name)),
                diskDir: join(settings.dir, path),
                memoryDir: join(await memoryDir(), path),
                nodeName: settings.nodeName,
              }),
            );
          } catch (error) {
            throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`);
          }
        }),
      );
      made.add(uid);
      return prepared;
    },

    async remove(uid) {
      tokens.forget(uid);
      made.delete(uid);
      const inMemory = join(memoryFolder(settings), 'pods', uid);
      await unmountBelow(inMemory, podDir(uid));
      await rm(inMemory, { recursive: true, force: true });
      await rm(podDir(uid), { recursive: true, force: true });
    },

    list: () => readdir(join(settings.dir, 'pods')).catch(() => []),
  };
};
