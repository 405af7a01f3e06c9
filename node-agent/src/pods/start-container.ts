/** Making and starting one container of a pod: image, configuration, creation, start, postStart; every failure becomes a reason to wait or a record. */
import type { ConfigMap } from '#schema/core/config-map.ts';
import type { Container, Pod } from '#schema/core/pod.ts';
import type { Secret } from '#schema/core/secret.ts';
import type { ServiceAccount } from '#schema/core/service-account.ts';
import { type ContainerSpec, ImagePullError, RuntimeGoneError } from '../runtime/runtime.ts';
import { missingPullSecrets, pullCredentials } from './images/credentials.ts';
import type { PulledImage } from './images/image-puller.ts';
import { runHook } from './lifecycle.ts';
import { afterRestart, INITIAL_MS, MAX_MS } from './plan/back-off.ts';
import { findContainer, recordsOf } from './plan/containers.ts';
import type { KernelSizes } from './plan/kernel-sizes.ts';
import type { PodState } from './pod-state.ts';
import { toContainerSpec } from './spec/container-spec.ts';
import { ContainerConfigError } from './spec/environment.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** ErrImagePull is shown this long, then ImagePullBackOff until the next try. */
const SHOW_ERROR_MS = 3_000;
/** The kubelet's pace for configurations that do not work out. */
const CONFIG_RETRY_MS = 10_000;
/** An engine that went away is on its way back, or the event stream breaks and everything is listed anew. */
const GONE_RETRY_MS = 1_000;

export interface PodScope {
  readonly deps: WorkerDeps;
  readonly pod: Pod;
  readonly state: PodState;
  /** Ends when the pod does. */
  readonly signal: AbortSignal;
  event(type: 'Normal' | 'Warning', reason: string, message: string, container?: string): void;
}

const secretOf = ({ deps, pod }: PodScope, name: string) => deps.object<Secret>('core/secrets', pod.metadata.namespace!, name);

const ensureImage = (scope: PodScope, container: Container): Promise<PulledImage> => {
  const { deps, pod } = scope;
  const objects = {
    secret: (name: string) => secretOf(scope, name),
    serviceAccount: (name: string) => deps.object<ServiceAccount>('core/serviceaccounts', pod.metadata.namespace!, name),
  };
  const auth = pullCredentials(pod, container.image!, objects);
  const missing = missingPullSecrets(pod, objects);
  if (missing.length > 0) {
    const why = `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`;
    scope.event('Warning', 'FailedToRetrieveImagePullSecret', why);
  }
  return deps.images.ensure(container.image!, container.imagePullPolicy, {
    ...(auth ? { auth } : {}),
    signal: scope.signal,
    notice: ({ type, reason, message }) => scope.event(type, reason, message, container.name),
  });
};

/** Failures of the image double the wait from 10 s to 5 minutes, counted in the wait itself. */
const waitForImage = (scope: PodScope, container: Container, error: ImagePullError, failures: Map<string, number>): void => {
  const now = scope.deps.clock.now();
  const count = failures.get(container.name) ?? 0;
  failures.set(container.name, count + 1);
  const delay = Math.min(INITIAL_MS * 2 ** Math.min(count, 10), MAX_MS);
  const unpulled = error.reason === 'ErrImageNeverPull' || error.reason === 'InvalidImageName';
  const reason = error.reason === 'RegistryUnavailable' ? 'ErrImagePull' : error.reason;
  scope.state.waiting.set(container.name, {
    reason,
    message: error.message,
    retryAtMs: now + delay,
    ...(unpulled ? {} : { backOffFromMs: now + Math.min(SHOW_ERROR_MS, delay) }),
  });
  if (reason === 'InvalidImageName') scope.event('Warning', 'InspectFailed', error.message, container.name);
  if (!unpulled) scope.event('Warning', 'Failed', `Failed to pull image "${container.image}": ${error.message}`, container.name);
  scope.event('Warning', 'Failed', `Error: ${reason}`, container.name);
};

/** The container whose processes an ephemeral one sees. */
const targetOf = ({ state }: PodScope, container: Container): { processesOf?: string } => {
  const { targetContainerName: name } = container as { readonly targetContainerName?: string };
  const target = name && [...state.containers.values()].find((record) => record.container === name && record.state === 'running');
  return target ? { processesOf: target.id } : {};
};

const sizesGiven = ({ resources: { oomScoreAdj: _, ...sizes } }: ContainerSpec): KernelSizes => sizes;

/** `imageFailures` lives with the pod. */
export const createContainer = async (
  scope: PodScope,
  target: { readonly container: string; readonly attempt: number; readonly sandboxId: string },
  imageFailures: Map<string, number>,
): Promise<void> => {
  const { deps, pod, state } = scope;
  const container = findContainer(pod, target.container)!;
  const wait = (reason: string, message: string) => {
    const now = deps.clock.now();
    state.waiting.set(container.name, { reason, message, retryAtMs: now + CONFIG_RETRY_MS });
    if (state.isNews(container.name, message, now)) scope.event('Warning', 'Failed', `Error: ${message}`, container.name);
  };
  let image: PulledImage;
  try {
    image = await ensureImage(scope, container);
  } catch (error) {
    if (!(error instanceof ImagePullError)) throw error;
    if (!scope.signal.aborted) waitForImage(scope, container, error, imageFailures);
    return;
  }
  imageFailures.delete(container.name);
  if (scope.signal.aborted) return;
  const namespace = pod.metadata.namespace!;
  try {
    const spec = await toContainerSpec(pod, container, {
      clusterUid: deps.settings.clusterUid,
      nodeName: deps.settings.nodeName,
      sandboxId: target.sandboxId,
      ...targetOf(scope, container),
      attempt: target.attempt,
      podDir: deps.volumes.podDir(pod.metadata.uid!),
      volumes: state.prepared,
      imageUser: image.user,
      nodeMemoryBytes: deps.node.memoryBytes,
      allocatable: deps.node.allocatable,
      podIP: state.podIP(pod, deps.node.hostIP),
      hostIP: deps.node.hostIP,
      services: deps.list('core/services'),
      configMap: (name) => deps.object<ConfigMap>('core/configmaps', namespace, name),
      secret: (name) => secretOf(scope, name),
    });
    const id = await deps.runtime.createContainer(spec, new AbortController().signal);
    state.waiting.delete(container.name);
    const last = recordsOf(state.observe({ creating: true, hostIP: '' }), container.name)[0];
    if (last) {
      const now = deps.clock.now();
      state.backOff.set(container.name, afterRestart(state.backOff.get(container.name), last.finishedAtMs ?? now, now));
    }
    state.put({
      id,
      sandboxId: target.sandboxId,
      container: container.name,
      attempt: target.attempt,
      specHash: spec.specHash,
      state: 'created',
      image: spec.image,
      imageId: image.id,
      sizes: sizesGiven(spec),
      oomKilled: false,
    });
    scope.event('Normal', 'Created', `Created container: ${container.name}`, container.name);
  } catch (error) {
    const { message } = error as Error;
    if (/no such image/i.test(message)) deps.images.forget(container.image!);
    wait(error instanceof ContainerConfigError ? 'CreateContainerConfigError' : 'CreateContainerError', message);
  }
};

export const startContainer = async (scope: PodScope, target: { readonly container: string; readonly id: string }): Promise<void> => {
  const { deps, pod, state } = scope;
  const container = findContainer(pod, target.container)!;
  const record = state.containers.get(target.id);
  if (!record) return;
  try {
    await deps.runtime.startContainer(target.id);
  } catch (error) {
    if (error instanceof RuntimeGoneError) {
      // No attempt was made. What is left of it may fail every later start, so it is made anew, under the same number.
      await deps.runtime.removeContainer(target.id);
      state.containers.delete(target.id);
      state.waiting.set(container.name, { reason: 'ContainerCreating', message: '', retryAtMs: deps.clock.now() + GONE_RETRY_MS });
      throw error;
    }
    const found = await deps.runtime.inspectContainer(target.id);
    const { message } = error as Error;
    if (!found) state.containers.delete(target.id);
    // It never ran, and its attempt is spent: the next one follows the back-off.
    else if (found.state !== 'running')
      state.put({ ...record, state: 'exited', exitCode: found.exitCode || 128, error: message, finishedAtMs: deps.clock.now() });
    else state.put(found);
    scope.event('Warning', 'Failed', `Error: ${message}`, container.name);
    return;
  }
  const inPostStart = container.lifecycle?.postStart !== undefined;
  state.put({ ...record, state: 'running', startedAtMs: deps.clock.now(), ...(inPostStart ? { inPostStart } : {}) });
  scope.event('Normal', 'Started', `Started container ${container.name}`, container.name);
};

/** A failed postStart ends its container, as upstream. Returns the message of the Killing event then. */
export const runPostStart = async (
  scope: PodScope,
  target: { readonly container: string; readonly id: string },
): Promise<string | undefined> => {
  const { deps, pod, state } = scope;
  const container = findContainer(pod, target.container)!;
  const hook = container.lifecycle?.postStart;
  if (!hook) return undefined;
  try {
    const podIP = state.podIP(pod, deps.node.hostIP);
    await runHook(hook, { container, containerId: target.id, podIP }, { runtime: deps.runtime, clock: deps.clock, signal: scope.signal });
    state.amend(target.id, { inPostStart: false });
    return undefined;
  } catch (error) {
    const { namespace, name } = pod.metadata;
    deps.log.warn('a postStart hook failed', { namespace, name, container: container.name, error: (error as Error).message });
    // not what the hook printed: it may hold what only the pod may read
    scope.event('Warning', 'FailedPostStartHook', 'PostStartHook failed', container.name);
    return 'FailedPostStartHook';
  }
};
