import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { extract } from 'tar-stream';
import { expect, it } from 'vitest';
import { pauseImage, pauseImageId, pauseImageTar } from './pause-image.ts';

/** name -> bytes, read by a tar implementation that is not ours. */
const untar = async (archive: Uint8Array): Promise<Map<string, { bytes: Buffer; mode: number }>> => {
  const files = new Map<string, { bytes: Buffer; mode: number }>();
  const reader = extract();
  reader.end(Buffer.from(archive));
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, { bytes: Buffer.concat(chunks), mode: entry.header.mode ?? 0 });
  }
  return files;
};

const program = async (arch: 'amd64' | 'arm64') => {
  const layer = (await untar(pauseImageTar(arch))).get('layer.tar');
  return (await untar(layer!.bytes)).get('pause')!;
};

it('is one executable in one layer, named and identified', async () => {
  for (const arch of ['amd64', 'arm64'] as const) {
    const files = await untar(pauseImageTar(arch));
    const [manifest] = JSON.parse(files.get('manifest.json')!.bytes.toString());
    expect(manifest.RepoTags).toEqual([pauseImage]);
    expect(`sha256:${manifest.Config.replace('.json', '')}`).toBe(pauseImageId(arch));
    expect(JSON.parse(files.get(manifest.Config)!.bytes.toString()).architecture).toBe(arch);
    const { bytes, mode } = await program(arch);
    expect(mode).toBe(0o755);
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('\x7fELF');
    expect(bytes.length).toBeLessThan(2048);
  }
});

it('differs between architectures and not between calls', () => {
  expect(pauseImageTar('amd64')).toEqual(pauseImageTar('amd64'));
  expect(pauseImageId('amd64')).not.toBe(pauseImageId('arm64'));
});

it.each(['SIGTERM', 'SIGINT'] as const)('runs here until %s', async (signal) => {
  const dir = mkdtempSync(join(tmpdir(), 'kedge-pause-'));
  try {
    const file = join(dir, 'pause');
    writeFileSync(file, (await program(process.arch === 'arm64' ? 'arm64' : 'amd64')).bytes);
    chmodSync(file, 0o755);
    const child = spawn(file);
    await once(child, 'spawn');
    const ended = once(child, 'exit');
    // SIGCHLD wakes it and must not end it; signals are taken in the order of their numbers only when both are pending.
    child.kill('SIGCHLD');
    child.kill(signal);
    const [code] = await ended;
    // A signal that arrives before the program has blocked it ends it by that signal, which is an end at once just the same.
    expect([0, null]).toContain(code);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
