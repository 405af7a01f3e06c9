/**
 * Sees to it that an image is on the node, by its pull policy. One pull of an image at a time, whoever asks. With policy Always and a registry that cannot
 * be reached at all, an image that is present is used, and said so: a node cut off from its registry keeps its pods running.
 */
import type { Clock } from '../../context.ts';
import { type ContainerRuntime, ImagePullError } from '../../runtime/runtime.ts';
import type { RegistryCredentials } from './credentials.ts';
import { imageNameProblem } from './reference.ts';

export interface PulledImage {
  readonly id: string;
  /** USER of the image. */
  readonly user: string;
  readonly sizeBytes: number;
}

/** What is told along the way: the kubelet's events. */
export type PullNotice = (event: { type: 'Normal' | 'Warning'; reason: string; message: string }) => void;

export interface ImagePuller {
  /** @throws ImagePullError */
  ensure(
    image: string,
    policy: string | undefined,
    options: { readonly auth?: RegistryCredentials; readonly notice: PullNotice; readonly signal: AbortSignal },
  ): Promise<PulledImage>;
  /** The image was not there after all. */
  forget(image: string): void;
}

/** How long an image once seen counts as present; the engine's refusal corrects it earlier. */
const REMEMBER_MS = 30_000;
/** How long a registry that could not be reached is not asked again. */
const UNREACHABLE_MS = 10_000;

const seconds = (ms: number): string => (ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(3).replace(/\.?0+$/, '')}s`);

/** `onPulled`: an image came that was not there before. */
export const createImagePuller = (
  runtime: ContainerRuntime,
  clock: Clock,
  onPulled: (image: string) => Promise<void> = async () => {},
): ImagePuller => {
  const seen = new Map<string, { image: PulledImage; atMs: number }>();
  const pulls = new Map<string, Promise<string>>();
  const unreachable = new Map<string, number>();

  const present = async (image: string): Promise<PulledImage | undefined> => {
    const known = seen.get(image);
    if (known && clock.now() - known.atMs < REMEMBER_MS) return known.image;
    const found = await runtime.hasImage(image);
    if (found) seen.set(image, { image: found, atMs: clock.now() });
    else seen.delete(image);
    return found;
  };

  const pullOnce = (image: string, auth: RegistryCredentials | undefined, signal: AbortSignal): Promise<string> => {
    const key = `${image} ${auth?.username ?? ''}`;
    let pull = pulls.get(key);
    if (!pull) {
      // Whoever asked first may leave; the others still wait for it.
      pull = runtime.pullImage(image, auth, new AbortController().signal).finally(() => pulls.delete(key));
      pulls.set(key, pull);
    }
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener('abort', () => reject(new ImagePullError('ErrImagePull', 'the pod is going away')), { once: true });
    return Promise.race([pull, promise]);
  };

  return {
    forget: (image) => void seen.delete(image),

    async ensure(image, policy, { auth, notice, signal }) {
      const always = policy === 'Always';
      const problem = imageNameProblem(image);
      if (problem) throw new ImagePullError('InvalidImageName', problem);
      const found = await present(image);
      const usePresent = (local: PulledImage) => {
        notice({ type: 'Normal', reason: 'Pulled', message: `Container image "${image}" already present on machine` });
        return local;
      };
      if (found && (!always || (unreachable.get(image) ?? 0) > clock.now())) return usePresent(found);
      if (!found && policy === 'Never')
        throw new ImagePullError('ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`);
      notice({ type: 'Normal', reason: 'Pulling', message: `Pulling image "${image}"` });
      const from = clock.now();
      try {
        await pullOnce(image, auth, signal);
      } catch (error) {
        if (!(found && error instanceof ImagePullError && error.reason === 'RegistryUnavailable')) throw error;
        unreachable.set(image, clock.now() + UNREACHABLE_MS);
        return usePresent(found);
      }
      seen.delete(image);
      const pulled = await present(image);
      if (!pulled) throw new ImagePullError('ErrImagePull', `image ${image} is not there after its pull`);
      if (!found) await onPulled(image).catch(() => {});
      const took = seconds(clock.now() - from);
      const message = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${pulled.sizeBytes} bytes.`;
      notice({ type: 'Normal', reason: 'Pulled', message });
      return pulled;
    },
  };
};
