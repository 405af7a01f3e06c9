/** Images: present, pulled with the kubelet's reasons for failing, listed for the node's status, and the pause image loaded once. */
import { ImagePullError } from '../runtime.ts';
import { type Engine, EngineError, isConflict, isNotFound } from './engine.ts';
import { readLines } from './lines.ts';
import { pauseImage, pauseImageId, pauseImageTar } from './pause-image.ts';

interface ImageInspection {
  readonly Id: string;
  readonly Size?: number;
  readonly RepoDigests?: readonly string[];
  readonly Config?: { readonly User?: string };
}

export const inspectImage = async (engine: Engine, image: string): Promise<{ id: string; user: string; sizeBytes: number } | undefined> => {
  try {
    const found = await engine.call<ImageInspection>('GET', `/images/${image}/json`);
    return { id: found.RepoDigests?.[0] ?? found.Id, user: found.Config?.User ?? '', sizeBytes: found.Size ?? 0 };
  } catch (error) {
    // 400: not even a reference; the pull says so in its own words.
    if (isNotFound(error) || (error instanceof EngineError && error.status === 400)) return undefined;
    throw error;
  }
};

/** `repo:tag`, `repo@digest`, or a bare `repo`, which means its tag `latest`. */
const withTag = (image: string): string => (/(:[\w][\w.-]*|@[a-z0-9]+:[0-9a-f]+)$/.test(image) ? image : `${image}:latest`);

const reasonOf = (message: string): ImagePullError['reason'] => {
  if (/invalid reference format|repository name must be/i.test(message)) return 'InvalidImageName';
  if (/connection refused|no such host|i\/o timeout|503|temporary failure/i.test(message)) return 'RegistryUnavailable';
  return 'ErrImagePull';
};

export const pullImage = async (
  engine: Engine,
  image: string,
  auth: { readonly username: string; readonly password: string } | undefined,
  signal: AbortSignal,
): Promise<string> => {
  const fail = (message: string) => {
    const reason = reasonOf(message);
    const told =
      reason === 'InvalidImageName'
        ? `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${message}`
        : message;
    return new ImagePullError(reason, told);
  };
  try {
    const body = await engine.stream('POST', '/images/create', {
      query: { fromImage: withTag(image) },
      ...(auth ? { headers: { 'X-Registry-Auth': Buffer.from(JSON.stringify(auth)).toString('base64url') } } : {}),
      signal,
    });
    for await (const line of readLines(body)) {
      const progress = JSON.parse(line) as { error?: string };
      if (progress.error) throw fail(progress.error);
    }
  } catch (error) {
    throw error instanceof EngineError ? fail(error.message) : error;
  }
  const found = await inspectImage(engine, image);
  if (!found) throw fail(`image ${image} is not there after its pull`);
  return found.id;
};

/** The engine itself refuses what a container uses, running or not. */
export const removeImage = async (engine: Engine, image: string): Promise<boolean> => {
  try {
    await engine.call('DELETE', `/images/${withTag(image)}`);
    return true;
  } catch (error) {
    if (isNotFound(error)) return true;
    if (isConflict(error)) return false;
    throw error;
  }
};

export const listImages = async (engine: Engine): Promise<{ names: string[]; sizeBytes: number }[]> => {
  const images = await engine.call<{ RepoTags?: string[] | null; RepoDigests?: string[] | null; Size: number }[]>('GET', '/images/json');
  return images
    .map((image) => ({
      names: [...(image.RepoDigests ?? []), ...(image.RepoTags ?? [])].filter((name) => !name.includes('<none>')),
      sizeBytes: image.Size,
    }))
    .filter((image) => image.names.length > 0);
};

/** Loads the pause image unless the engine has exactly it. */
export const ensurePauseImage = async (engine: Engine, architecture: string): Promise<void> => {
  const arch = architecture === 'arm64' || architecture === 'aarch64' ? 'arm64' : 'amd64';
  const present = await inspectImage(engine, pauseImage);
  if (present?.id === pauseImageId(arch)) return;
  const progress = await engine.stream('POST', '/images/load', { query: { quiet: true }, archive: pauseImageTar(arch) });
  for await (const line of readLines(progress)) {
    const { error } = JSON.parse(line) as { error?: string };
    if (error) throw new Error(`loading ${pauseImage}: ${error}`);
  }
};
