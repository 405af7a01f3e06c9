/**
 * Makes room where images live: when that disk is nearly full, images that the agent itself pulled and that no pod of the node names go, the longest
 * unused first, until it is less full. Images that were there before are the machine's owner's and stay. What was pulled is kept on disk.
 * @see https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle
 */
import { readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Logger } from '../context.ts';
import type { ContainerRuntime } from '../runtime/runtime.ts';

/** The kubelet's defaults, as shares of the disk. */
const HIGH = 0.85;
const LOW = 0.8;
const MIN_AGE_MS = 120_000;
const INTERVAL_MS = 300_000;
const FILE = 'pulled-images.json';

export interface ImageCollectorOptions {
  readonly runtime: Pick<ContainerRuntime, 'removeImage' | 'info'>;
  /** The agent's own folder. */
  readonly dir: string;
  readonly inUse: () => ReadonlySet<string>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Used share of the disk with this folder; undefined where that cannot be seen. Default: of this machine. */
  readonly usedShare?: (folder: string) => Promise<number | undefined>;
}

export interface ImageCollector {
  /** A pull brought an image that was not there. */
  pulled(image: string): Promise<void>;
  /** Removes what must go now. Resolves with the images that went. */
  collect(): Promise<readonly string[]>;
  run(signal: AbortSignal): Promise<void>;
}

const shareOf = async (folder: string): Promise<number | undefined> => {
  const disk = await statfs(folder).catch(() => undefined);
  return disk && disk.blocks > 0 ? 1 - disk.bavail / disk.blocks : undefined;
};

export const createImageCollector = (options: ImageCollectorOptions): ImageCollector => {
  const { runtime, dir, inUse, clock, log, usedShare = shareOf } = options;
  const path = join(dir, FILE);
  /** Image -> when it was last seen in use. */
  let known: Promise<Map<string, number>> | undefined;

  const read = (): Promise<Map<string, number>> => {
    known ??= readFile(path, 'utf8')
      .then((text) => new Map(Object.entries(JSON.parse(text) as Record<string, number>)))
      .catch(() => new Map<string, number>());
    return known;
  };

  const write = async (images: ReadonlyMap<string, number>): Promise<void> => {
    await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(images)), { mode: 0o600 });
    await rename(`${path}.new`, path);
  };

  const isFull = async (folder: string, share: number): Promise<boolean> => ((await usedShare(folder)) ?? 0) > share;

  const collect = async (): Promise<readonly string[]> => {
    const images = await read();
    const now = clock.now();
    const used = inUse();
    for (const image of used) if (images.has(image)) images.set(image, now);
    if (images.size === 0) return [];
    const { imageFolder } = await runtime.info();
    if (!(await isFull(imageFolder, HIGH))) return [];
    const gone: string[] = [];
    for (const [image, lastUsedMs] of [...images].sort(([, a], [, b]) => a - b)) {
      if (used.has(image) || now - lastUsedMs < MIN_AGE_MS) continue;
      if (!(await isFull(imageFolder, LOW))) break;
      if (!(await runtime.removeImage(image))) continue;
      images.delete(image);
      gone.push(image);
    }
    if (gone.length > 0) {
      await write(images);
      log.info('images that nothing uses were removed, to make room', { images: gone });
    } else log.warn('the disk with the images is nearly full, and there is none to remove', { folder: imageFolder });
    return gone;
  };

  return {
    collect,
    pulled: async (image) => {
      const images = await read();
      images.set(image, clock.now());
      await write(images);
    },
    run: async (signal) => {
      while (!signal.aborted) {
        await clock.sleep(INTERVAL_MS, signal);
        if (!signal.aborted) await collect().catch((error: Error) => log.warn('images could not be removed', { error: error.message }));
      }
    },
  };
};
