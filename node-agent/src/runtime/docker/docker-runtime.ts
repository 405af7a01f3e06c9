/**
 * ContainerRuntime over a Docker Engine. A pod start is five calls (create and start the sandbox, its inspection for the address, create and start the
 * container); nothing is polled: exits come from the event stream. Creation and starting are limited in number, since an engine gets slower, not
 * faster, when it is flooded.
 */
import type Dockerode from 'dockerode';
import { type ContainerRuntime, type ContainerSpec, RuntimeGoneError, type RuntimeInfo } from '../runtime.ts';
import { containerBody, type Namespaces, sandboxBody, sizesBody } from './create-body.ts';
import { createEngine, EngineError, isConflict, isGone, isNotFound } from './engine.ts';
import { readEvents } from './events.ts';
import { startAttach, startExec } from './exec.ts';
import { containerName, LABEL, type Labels, ofCluster, sandboxName } from './identity.ts';
import { ensurePauseImage, inspectImage, listImages, pullImage, removeImage } from './images.ts';
import { createLimit } from './limit.ts';
import { readLogs } from './logs.ts';
import { mayLowerOomScore } from './oom-score.ts';
import { type Inspection, toContainerRecord, toSandboxStatus } from './records.ts';
import { createSandboxNetwork, ownAddressOf } from './sandbox-network.ts';
import { createUsageReader } from './usage.ts';

export interface DockerRuntimeOptions {
  readonly docker: Dockerode;
  readonly clusterUid: string;
  /** Docker network that sandboxes join; a function, since it may be made later. */
  readonly network: string | (() => string);
  /** Creates and starts in flight. Default 8. */
  readonly concurrency?: number;
}

export interface DockerRuntime extends ContainerRuntime {
  /** Loads the pause image and learns what this engine can do, so that the first pod does not wait for it. Never throws; a failure is tried again when needed. */
  prepare(): Promise<void>;
}

interface Listed {
  readonly Id: string;
  readonly Labels: Labels;
}

interface EngineInfo {
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly OSType: string;
  readonly OperatingSystem: string;
  readonly KernelVersion: string;
  readonly Architecture: string;
  readonly ServerVersion: string;
  readonly DockerRootDir: string;
}

const goArchitecture: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  ppc64le: 'ppc64le',
  s390x: 's390x',
};

export const createContainerRuntime = (options: DockerRuntimeOptions): DockerRuntime => {
  const { clusterUid } = options;
  const engine = createEngine(options.docker);
  const limit = createLimit(options.concurrency ?? 8);
  const networkOf = () => (typeof options.network === 'string' ? options.network : options.network());
  const namespaces = new Map<string, Namespaces>();
  /** By sandbox: addresses the agent gave. */
  const addresses = new Map<string, string>();
  let lowOomScore: Promise<boolean> | undefined;
  let pauseReady: Promise<void> | undefined;

  const inspect = (id: string, signal?: AbortSignal) => engine.call<Inspection>('GET', `/containers/${id}/json`, signal ? { signal } : {});

  const inspectIfPresent = async (id: string): Promise<Inspection | undefined> => {
    try {
      return await inspect(id);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };

  const info = async (): Promise<RuntimeInfo> => {
    const found = await engine.call<EngineInfo>('GET', '/info');
    return {
      version: `docker://${found.ServerVersion}`,
      cpus: found.NCPU,
      memoryBytes: found.MemTotal,
      os: found.OSType,
      osImage: found.OperatingSystem,
      kernelVersion: found.KernelVersion,
      imageFolder: found.DockerRootDir,
      architecture: goArchitecture[found.Architecture] ?? found.Architecture,
    };
  };

  const pause = (): Promise<void> => {
    pauseReady ??= info()
      .then(({ architecture }) => ensurePauseImage(engine, architecture))
      .catch((error: unknown) => {
        pauseReady = undefined;
        throw error;
      });
    return pauseReady;
  };

  /** Creates under a name that says what it is; the one of that name that exists is the same thing. */
  const createOnce = async (name: string, body: object, signal: AbortSignal): Promise<{ id: string; existed: boolean }> => {
    try {
      const created = await engine.call<{ Id: string }>('POST', '/containers/create', { query: { name }, body, signal });
      return { id: created.Id, existed: false };
    } catch (error) {
      if (!isConflict(error)) throw error;
      const existing = await inspectIfPresent(name);
      if (existing?.Config.Labels[LABEL.cluster] !== clusterUid) throw error;
      return { id: existing.Id, existed: true };
    }
  };

  const start = async (id: string): Promise<void> => {
    // 304 (already started) is a success.
    await engine.call('POST', `/containers/${id}/start`);
  };

  const remove = async (id: string): Promise<void> => {
    try {
      await limit(() => engine.call('DELETE', `/containers/${id}`, { query: { force: true, v: true } }));
    } catch (error) {
      // 409: its removal is already under way.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  };

  const namespacesOf = async (sandboxId: string): Promise<Namespaces> => {
    const known = namespaces.get(sandboxId);
    if (known) return known;
    const { Config, HostConfig } = (await inspect(sandboxId)) as Inspection & { HostConfig: { PidMode?: string; IpcMode?: string } };
    const found = {
      hostPID: HostConfig.PidMode === 'host',
      hostIPC: HostConfig.IpcMode === 'host',
      sharePid: Config.Labels[LABEL.sharePid] === 'true',
    };
    namespaces.set(sandboxId, found);
    return found;
  };

  const probeOomScore = (): Promise<boolean> => {
    lowOomScore ??= mayLowerOomScore(engine, clusterUid).catch((error: unknown) => {
      lowOomScore = undefined;
      throw error;
    });
    return lowOomScore;
  };

  /** One probe after the other: the first removes what an agent that died left of any. */
  const prepared = async (): Promise<void> => {
    await pause();
    await probeOomScore();
  };
  const sandboxNetwork = createSandboxNetwork({ engine, clusterUid, network: networkOf, prepared });

  /** Docker refuses a removal that is under way already. */
  const removeQuietly = (id: string) => engine.call('DELETE', `/containers/${id}`, { query: { force: true, v: true } }).catch(() => {});

  /** Starts a sandbox that was made and brings it into the network; one that cannot be is removed. */
  const bringUp = async (id: string, existed: boolean): Promise<Inspection> => {
    try {
      await start(id);
      const sandbox = await inspect(id);
      await sandboxNetwork.connect(sandbox, !existed);
      return sandbox;
    } catch (error) {
      // A start that an engine's shutdown cut off can leave a task behind that fails every later start of the same container.
      // Not `remove`: this call holds a place of the limit already.
      await removeQuietly(id);
      throw error;
    }
  };

  const pidOf = async (id: string): Promise<number | undefined> => (await inspectIfPresent(id))?.State.Pid || undefined;
  const usage = createUsageReader(engine, pidOf);

  return {
    info,

    prepare: async () => {
      await sandboxNetwork.probe().catch(() => {});
    },

    runSandbox: async (spec, signal, onCreated) => {
      await pause();
      const place = await sandboxNetwork.reserve(spec);
      let reserved = place?.address;
      const giveBack = (): void => {
        if (reserved !== undefined) sandboxNetwork.release(reserved);
        reserved = undefined;
      };
      try {
        return await limit(async () => {
          const body = sandboxBody(spec, place ?? networkOf());
          const created = await createOnce(sandboxName(spec), body, signal).catch(async (error: unknown) => {
            if (!(error instanceof EngineError && /no such image/i.test(error.message))) throw error;
            // Somebody pruned the engine's images.
            pauseReady = undefined;
            await pause();
            return createOnce(sandboxName(spec), body, signal);
          });
          if (created.existed) giveBack();
          namespaces.set(created.id, { hostPID: spec.hostPID, hostIPC: spec.hostIPC, sharePid: spec.shareProcessNamespace });
          onCreated?.(created.id);
          const sandbox = await bringUp(created.id, created.existed);
          const address = ownAddressOf(sandbox);
          if (address !== undefined) addresses.set(created.id, address);
          return toSandboxStatus(sandbox);
        });
      } catch (error) {
        giveBack();
        throw error;
      }
    },

    removeSandbox: async (id) => {
      namespaces.delete(id);
      await remove(id);
      const address = addresses.get(id);
      addresses.delete(id);
      if (address !== undefined) sandboxNetwork.release(address);
    },

    createContainer: async (spec: ContainerSpec, signal) => {
      const low = (spec.resources.oomScoreAdj ?? 0) < 0 ? await probeOomScore() : false;
      const body = containerBody(spec, await namespacesOf(spec.sandboxId), low);
      return (await limit(() => createOnce(containerName(spec), body, signal))).id;
    },

    startContainer: (id) =>
      limit(() =>
        start(id).catch((error: Error) => {
          throw isGone(error) ? new RuntimeGoneError(error.message) : error;
        }),
      ),

    stopContainer: async (id, timeoutSeconds) => {
      try {
        await engine.call('POST', `/containers/${id}/stop`, { query: { t: Math.max(0, Math.ceil(timeoutSeconds)) } });
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    },

    resizeContainer: async (id, sizes) => {
      await engine.call('POST', `/containers/${id}/update`, { body: sizesBody(sizes) });
    },

    removeContainer: remove,

    listPods: async () => {
      const listed = await engine.call<Listed[]>('GET', '/containers/json', { query: { all: true, filters: ofCluster(clusterUid) } });
      const role = (item: Listed) => item.Labels[LABEL.role];
      const read = createLimit(16);
      const inspections = await Promise.all(
        listed.filter((item) => role(item) !== 'probe').map((item) => read(() => inspectIfPresent(item.Id))),
      );
      const present = inspections.filter((found) => found !== undefined);
      const sandboxes = present.filter((found) => found.Config.Labels[LABEL.role] === 'sandbox');
      const unconnected = await sandboxNetwork.adopt(sandboxes);
      for (const sandbox of sandboxes) {
        const address = ownAddressOf(sandbox);
        if (address !== undefined) addresses.set(sandbox.Id, address);
      }
      return {
        sandboxes: sandboxes.map(toSandboxStatus).map((sandbox) => (unconnected.has(sandbox.id) ? { ...sandbox, ready: false } : sandbox)),
        containers: present.filter((found) => found.Config.Labels[LABEL.role] === 'container').map(toContainerRecord),
      };
    },

    inspectContainer: async (id) => {
      const found = await inspectIfPresent(id);
      return found && toContainerRecord(found);
    },

    usage,
    sandboxPid: pidOf,
    exec: (id, execOptions, signal) => startExec(engine, id, execOptions, signal),
    attach: (id, attachOptions, signal) => startAttach(engine, id, attachOptions, signal),
    logs: (id, logOptions, signal) => readLogs(engine, id, logOptions, signal),
    hasImage: (image) => inspectImage(engine, image),
    pullImage: (image, auth, signal) => pullImage(engine, image, auth, signal),
    removeImage: (image) => removeImage(engine, image),
    listImages: () => listImages(engine),

    async *events(signal) {
      yield* readEvents(engine, clusterUid, (await engine.serverTime()) - 1, signal);
    },
  };
};
