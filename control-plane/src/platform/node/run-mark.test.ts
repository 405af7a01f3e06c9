import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fileMark } from './run-mark.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'kedge-mark-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

it('is there for the next process, and for its owner alone', async () => {
  const path = join(dir, 'deciding');
  expect(await fileMark(path).read()).toBeUndefined();
  await fileMark(path).write('{"deciding":["a\\nb\\nc"]}');
  await fileMark(path).write('{}');
  expect(await fileMark(path).read()).toBe('{}');
  expect([readdirSync(dir), statSync(path).mode & 0o077]).toEqual([['deciding'], 0]);
});

it('leaves nothing behind when there is nothing to say', async () => {
  const mark = fileMark(join(dir, 'deciding'));
  await mark.write(undefined);
  await mark.write('{}');
  await mark.write(undefined);
  expect([await mark.read(), readdirSync(dir)]).toEqual([undefined, []]);
});

it('says when it cannot be kept', async () => {
  await expect(fileMark(dir).read()).rejects.toThrow('EISDIR');
  await expect(fileMark(join(dir, 'nowhere', 'deciding')).write('{}')).rejects.toThrow('ENOENT');
});
