import { expect, it } from 'vitest';
import { diskFinding } from '../doctor/machine.ts';
import { fullDiskHint, fullText } from './disk.ts';

const MiB = 1024 ** 2;

it.each([
  [{ freeBytes: 5 * 1024 * MiB, freeFiles: 1 }, undefined],
  [{ freeBytes: 100 * MiB, freeFiles: undefined }, undefined],
  [{ freeBytes: 100 * MiB - 1, freeFiles: 9 }, 'the disk of /x is full: 99 MiB are free'],
  [{ freeBytes: 0, freeFiles: 0 }, 'the disk of /x is full: 0 MiB are free'],
  [{ freeBytes: 500 * MiB, freeFiles: 0 }, 'the disk of /x takes no more files, however small: its inodes are used up'],
])('%j: %s', (space, text) => expect(fullText('/x', space)).toBe(text));

it('is no hint where the disk is not there to be asked', () => {
  expect(fullDiskHint('/nowhere/at/all')).toBe('');
});

it('is failed for doctor when nothing can be written, and a warning before', () => {
  const of = (freeBytes: number) => diskFinding('/x', { freeBytes, freeFiles: 1 });
  expect(of(10 * MiB)).toMatchObject({
    state: 'failed',
    found: 'the disk of /x is full: 10 MiB are free',
    mend: expect.stringContaining('docker system df'),
  });
  expect(of(1024 * MiB)).toMatchObject({ state: 'warning', found: '1.0 GiB free' });
  expect(of(3 * 1024 * MiB)).toEqual({ check: 'disk', state: 'ok', found: '3.0 GiB free' });
});
