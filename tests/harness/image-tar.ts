/**
 * Single-layer images as `docker load` archives. Deterministic: the same files make the same bytes and so the same image id.
 * Neighbour: images.ts (what the images hold).
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';

export interface ImageFile {
  /** Path in the image without a leading slash; a trailing slash makes a directory. */
  name: string;
  mode?: number;
  bytes?: Buffer | string;
  /** Target of a symbolic link. */
  link?: string;
}

export interface ImageSpec {
  tags: readonly string[];
  files: readonly ImageFile[];
  config: {
    Cmd?: string[];
    Entrypoint?: string[];
    Env?: string[];
    StopSignal?: string;
    ExposedPorts?: Record<string, object>;
    WorkingDir?: string;
  };
  labels?: Record<string, string>;
}

const tarOf = async (files: readonly ImageFile[]): Promise<Buffer> => {
  const archive = pack();
  const mtime = new Date(0);
  for (const { name, mode, bytes, link } of files) {
    if (link !== undefined) archive.entry({ name, type: 'symlink', linkname: link, mtime });
    else if (name.endsWith('/')) archive.entry({ name, type: 'directory', mode: mode ?? 0o755, mtime });
    else archive.entry({ name, mode: mode ?? 0o644, mtime }, Buffer.from(bytes ?? ''));
  }
  archive.finalize();
  return buffer(archive);
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The archive for POST /images/load. */
export const imageTar = async (spec: ImageSpec): Promise<Buffer> => {
  const layer = await tarOf(spec.files);
  const created = '2024-01-01T00:00:00Z';
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created,
      config: { ...spec.config, Labels: spec.labels },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created, created_by: 'kedge tests' }],
    }),
  );
  const id = sha256(config);
  return tarOf([
    { name: `${id}.json`, bytes: config },
    { name: 'layer.tar', bytes: layer },
    { name: 'manifest.json', bytes: JSON.stringify([{ Config: `${id}.json`, RepoTags: spec.tags, Layers: ['layer.tar'] }]) },
  ]);
};

/** Regular files and links below a folder, sorted, as image files. */
export const filesBelow = (root: string, under = ''): ImageFile[] =>
  readdirSync(join(root, under), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): ImageFile[] => {
      const name = under ? `${under}/${entry.name}` : entry.name;
      if (entry.isSymbolicLink()) return [{ name, link: readlinkSync(join(root, name)) }];
      if (entry.isDirectory()) return filesBelow(root, name);
      return [{ name, mode: 0o755, bytes: readFileSync(join(root, name)) }];
    });
