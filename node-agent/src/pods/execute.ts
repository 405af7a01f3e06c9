/** Carries out one planned action and writes what came of it into the pod's state. A throw means: not done, try again later. */
import { mkdir, writeFile } from 'node:fs/promises';
import { VolumeError } from '../volumes/volume.ts';
import type { PodAction } from './plan/action.ts';
import { resizeContainer } from './resize-container.ts';
import { hostsText, toSandboxSpec } from './spec/container-spec.ts';
import { hostsFile, resolvFile } from './spec/mounts.ts';
import { createContainer, type PodScope, runPostStart, startContainer } from './start-container.ts';
import { stopContainer } from './stop-container.ts';
import type { PodWorker } from './worker.ts';
import type { WorkerDeps } from './worker-deps.ts';

const SANDBOX_RETRY_MS = 5_000;
const VOLUME_RETRY_MS = 2_000;

const createSandbox = async (worker: PodWorker, deps: WorkerDeps, attempt: number): Promise<void> => {
  const { state } = worker;
  const pod = worker.pod!;
  const spec = toSandboxSpec(pod, deps.settings.clusterUid, attempt, deps.incarnation());
  try {
    const sandbox = await deps.runtime.runSandbox(spec, new AbortController().signal, (id) => {
      state.startingSandboxId = id;
      state.sandboxes.set(id, { id, attempt, ready: false, ip: '', createdAtMs: deps.clock.now() });
      worker.wake();
    });
    // Its containers see their own address in /etc/hosts from their first moment.
    await writePodFiles(worker, deps, pod.spec.hostNetwork ? deps.node.hostIP : sandbox.ip);
    state.sandboxes.set(sandbox.id, sandbox);
    state.sandboxRetryAtMs = undefined;
  } catch (error) {
    state.sandboxRetryAtMs = deps.clock.now() + SANDBOX_RETRY_MS;
    worker.event('Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${(error as Error).message}`);
  } finally {
    state.startingSandboxId = undefined;
  }
};

/** The pod's own hosts and resolv.conf, written in place, since they are mounted as files. */
const writePodFiles = async (worker: PodWorker, deps: WorkerDeps, podIP: string): Promise<void> => {
  const pod = worker.pod!;
  const dir = deps.volumes.podDir(worker.reference.uid);
  await mkdir(dir, { recursive: true, mode: 0o755 });
  await Promise.all([
    writeFile(hostsFile(dir), await hostsText(pod, podIP, deps.settings.clusterDomain), { mode: 0o644 }),
    writeFile(resolvFile(dir), deps.network.resolvConf(pod), { mode: 0o644 }),
  ]);
};

const prepareVolumes = async (worker: PodWorker, deps: WorkerDeps): Promise<void> => {
  const { state } = worker;
  const pod = worker.pod!;
  const { hostIP, allocatable } = deps.node;
  const inputs = state.volumes;
  try {
    const podIP = state.podIP(pod, hostIP);
    await writePodFiles(worker, deps, podIP);
    state.prepared = await deps.volumes.prepare(pod, { podIP, hostIP, allocatable });
    const times = [...state.prepared.values()].flatMap(({ refreshAtMs }) => refreshAtMs ?? []);
    state.refreshAtMs = times.length > 0 ? Math.min(...times) : undefined;
    state.mounted = true;
    // Changed meanwhile: the plan asks again.
    if (state.volumes === inputs) state.volumes = { state: 'ready' };
  } catch (error) {
    if (!(error instanceof VolumeError)) throw error;
    const retryAtMs = deps.clock.now() + VOLUME_RETRY_MS;
    // What was mounted once stays usable with its last content; it is only not brought up to date.
    if (state.mounted) {
      state.volumes = { state: 'ready' };
      state.refreshAtMs = retryAtMs;
    } else state.volumes = { state: 'failed', message: error.message, retryAtMs };
    if (state.isNews('volumes', error.message, deps.clock.now())) worker.event('Warning', 'FailedMount', error.message);
  }
};

/** `signal`: the action was taken over by a more urgent one of the same kind. */
export const executeAction = async (action: PodAction, worker: PodWorker, deps: WorkerDeps, signal: AbortSignal): Promise<void> => {
  const { state } = worker;
  const event: PodScope['event'] = (...args) => worker.event(...args);
  const scope = (): PodScope => ({ deps, pod: worker.sizedPod, state, signal: worker.ending, event });
  switch (action.type) {
    case 'prepareVolumes':
      return prepareVolumes(worker, deps);
    case 'createSandbox':
      return createSandbox(worker, deps, action.attempt);
    case 'removeSandbox':
      await deps.runtime.removeSandbox(action.id);
      state.sandboxes.delete(action.id);
      return;
    case 'createContainer':
      return createContainer(scope(), action, worker.imageFailures);
    case 'startContainer': {
      await startContainer(scope(), action);
      if (state.containers.get(action.id)?.state !== 'running') return;
      worker.wake();
      const failure = await runPostStart(scope(), action);
      const graceSeconds = worker.pod?.spec.terminationGracePeriodSeconds ?? 30;
      if (failure) await stopContainer({ ...action, graceSeconds, message: failure }, { deps, pod: worker.pod, state, signal, event });
      return;
    }
    case 'stopContainer':
      try {
        if (action.forResize) state.amend(action.id, { stoppedForResize: true });
        await stopContainer(action, { deps, pod: worker.pod, state, signal, event });
        if (!signal.aborted) await worker.inspect(action.id);
      } finally {
        // Taken over, it is the other stop's to say; failed, the plan must see that nobody is at it.
        if (!signal.aborted) state.stopping.delete(action.id);
      }
      return;
    case 'resizeContainer':
      return resizeContainer(action, deps, state);
    case 'removeContainer':
      await deps.runtime.removeContainer(action.id);
      state.containers.delete(action.id);
      return;
    case 'drain':
      try {
        if (worker.pod) await deps.network.drain(worker.pod);
      } catch (error) {
        // A proxy out of order must not keep a pod from stopping.
        deps.log.warn(`drain: ${(error as Error).message}`);
      }
      state.drained = true;
      return;
    case 'cleanUp':
      await deps.volumes.remove(worker.reference.uid);
      state.cleaned = true;
      return;
    case 'reportGone':
      return;
  }
};
