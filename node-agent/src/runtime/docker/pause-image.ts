/**
 * The pause image, made from the bytes below: a node needs no registry for it. Its one program holds a pod's namespaces open, reaps the
 * orphans of a shared process namespace and ends at once on SIGTERM or SIGINT. `pauseImageTar` is what `docker load` takes; it is the same
 * for the same architecture, so the image id is known before loading.
 */
import { createHash } from 'node:crypto';

export type PauseArchitecture = 'amd64' | 'arm64';

export const pauseImage = 'kedge/pause:latest';

/*
 * Both programs: block {SIGINT, SIGTERM, SIGCHLD}; loop on rt_sigtimedwait; SIGCHLD -> wait4(-1, WNOHANG) until nothing is left;
 * SIGINT, SIGTERM -> exit_group(0); an error (EINTR) -> wait again. PID 1 gets a signal without a handler only while it is blocked.
 */
const programs: Record<PauseArchitecture, { machine: number; code: string }> = {
  amd64: {
    machine: 62,
    code: [
      '6802400100 4889e6 31ff 31d2 6a08 415a 6a0e 58 0f05', // push 0x14002; rt_sigprocmask(SIG_BLOCK, rsp, 0, 8)
      '4889e7 31f6 31d2 6a08 415a b880000000 0f05', // wait: rt_sigtimedwait(rsp, 0, 0, 8)
      '83f811 740d', // SIGCHLD -> reap
      '85c0 78e5', // error -> wait
      '31ff b8e7000000 0f05', // exit_group(0)
      '6aff 5f 31f6 6a01 5a 4531d2 6a3d 58 0f05', // reap: wait4(-1, 0, WNOHANG, 0)
      '85c0 7fec ebc6', // more -> reap; else -> wait
    ].join(''),
  },
  arm64: {
    machine: 183,
    code: [
      '490088d2 2900a0f2 e90f1ff8 000080d2 e1030091 020080d2 030180d2 e81080d2 010000d4', // rt_sigprocmask(SIG_BLOCK, sp, 0, 8)
      'e0030091 010080d2 020080d2 030180d2 281180d2 010000d4', // wait: rt_sigtimedwait(sp, 0, 0, 8)
      '1f440071 a0000054', // SIGCHLD -> reap
      '00ffff37', // error -> wait
      '000080d2 c80b80d2 010000d4', // exit_group(0)
      '00008092 010080d2 220080d2 030080d2 882080d2 010000d4', // reap: wait4(-1, 0, WNOHANG, 0)
      '1f000071 2cffff54 ecffff17', // more -> reap; else -> wait
    ].join(''),
  },
};

const fromHex = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

/** A static ELF executable: header, one loadable segment, the code. */
const elf = (arch: PauseArchitecture): Buffer => {
  const { machine, code } = programs[arch];
  const base = 0x400000;
  const headerSize = 64 + 56;
  const text = fromHex(code);
  const file = Buffer.alloc(headerSize + text.length);
  file.write('\x7fELF', 0, 'latin1');
  file.set([2, 1, 1], 4); // 64 bit, little endian, version 1
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(base + headerSize), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // R+X
  file.writeBigUInt64LE(BigInt(base), 80);
  file.writeBigUInt64LE(BigInt(base), 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x10000n, 112);
  text.copy(file, headerSize);
  return file;
};

/** An uncompressed ustar archive of regular files, owned by root, dated 1970. */
const tar = (files: readonly { name: string; mode: number; bytes: Buffer }[]): Buffer => {
  const blocks = files.flatMap(({ name, mode, bytes }) => {
    const header = Buffer.alloc(512);
    const octal = (value: number, offset: number, width: number) =>
      header.write(value.toString(8).padStart(width - 1, '0'), offset, 'latin1');
    header.write(name, 0, 'latin1');
    octal(mode, 100, 8);
    octal(0, 108, 8);
    octal(0, 116, 8);
    octal(bytes.length, 124, 12);
    octal(0, 136, 12);
    header.write('        0', 148, 'latin1');
    header.write('ustar\x0000', 257, 'latin1');
    octal(
      header.reduce((sum, byte) => sum + byte, 0),
      148,
      7,
    );
    return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
};

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const build = (arch: PauseArchitecture): { id: string; archive: Buffer } => {
  const layer = tar([{ name: 'pause', mode: 0o755, bytes: elf(arch) }]);
  const config = Buffer.from(
    JSON.stringify({
      architecture: arch,
      os: 'linux',
      created: '1970-01-01T00:00:00Z',
      config: { Entrypoint: ['/pause'], User: '65535:65535', WorkingDir: '/' },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
      history: [{ created: '1970-01-01T00:00:00Z', created_by: 'kedge' }],
    }),
  );
  const id = sha256(config);
  const manifest = Buffer.from(JSON.stringify([{ Config: `${id}.json`, RepoTags: [pauseImage], Layers: ['layer.tar'] }]));
  const archive = tar([
    { name: `${id}.json`, mode: 0o644, bytes: config },
    { name: 'layer.tar', mode: 0o644, bytes: layer },
    { name: 'manifest.json', mode: 0o644, bytes: manifest },
  ]);
  return { id: `sha256:${id}`, archive };
};

/** What `docker load` (POST /images/load) takes; it makes `kedge/pause:latest`. About 8 kB, the same bytes every time. */
export const pauseImageTar = (arch: PauseArchitecture): Uint8Array => build(arch).archive;

/** The id (`sha256:...`) that the loaded image has; load again only when `kedge/pause:latest` has another one. */
export const pauseImageId = (arch: PauseArchitecture): string => build(arch).id;
