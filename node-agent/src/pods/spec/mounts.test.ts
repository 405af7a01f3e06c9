import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { containerMounts } from './mounts.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kedge-mounts-'));
  await mkdir(join(dir, 'volume/..1'), { recursive: true });
  await writeFile(join(dir, 'volume/..1/key'), '');
  await symlink('..1/key', join(dir, 'volume/key'));
  await symlink('/etc', join(dir, 'volume/out'));
  await writeFile(join(dir, 'secret'), '');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const mounts = (subPath: string, env = {}) =>
  containerMounts(
    { name: 'app', volumeMounts: [{ name: 'v', mountPath: '/m', ...(subPath.includes('$(') ? { subPathExpr: subPath } : { subPath }) }] },
    { podDir: dir, attempt: 0, volumes: new Map([['v', { hostPath: join(dir, 'volume') }]]), env },
  );

it('mounts a file of the volume, a folder made for the sub path, and one named by a variable', async () => {
  expect((await mounts('key'))[0]!.hostPath).toBe(join(dir, 'volume/..1/key'));
  const [made] = await mounts('a/b');
  expect((await stat(made!.hostPath)).isDirectory()).toBe(true);
  expect((await mounts('$(POD)', { POD: 'web-1' }))[0]!.hostPath).toBe(join(dir, 'volume/web-1'));
});

it('lets those who may write into the volume write into a sub path that is made', async () => {
  const mode = async (path: string) => ((await stat(join(dir, 'volume', path))).mode & 0o7777).toString(8);
  await chmod(join(dir, 'volume'), 0o2777);
  await mkdir(join(dir, 'volume/old'));
  await chmod(join(dir, 'volume/old'), 0o700);
  await mounts('old/new/er');
  expect([await mode('old'), await mode('old/new'), await mode('old/new/er')]).toEqual(['700', '2777', '2777']);
});

it.each(['../secret', '..', 'out', 'out/passwd', 'out/new/folder', 'a/../../secret'])(
  'refuses %s, which leads out of the volume',
  async (subPath) => {
    await expect(mounts(subPath)).rejects.toThrow('leads out of its volume');
  },
);
