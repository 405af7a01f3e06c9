/**
 * The promises on disk: written whole and renamed, before anybody hears of them. The watchdog reads the same file. What a crash of the machine loses is of an
 * earlier boot, and means nothing afterwards anyway.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Promises } from './promises.ts';

export interface PromiseFile {
  readonly format: 1;
  /** Random, of the agent's process that writes: a watchdog of another one has been replaced. */
  readonly keeper: string;
  readonly promises: Promises;
}

const pathIn = (dir: string): string => join(dir, 'promises.json');

/** undefined: there is none, or it cannot be read. */
export const readPromises = (dir: string): PromiseFile | undefined => {
  try {
    const file = JSON.parse(readFileSync(pathIn(dir), 'utf8')) as PromiseFile;
    return file.format === 1 && typeof file.promises?.pods === 'object' ? file : undefined;
  } catch {
    return undefined;
  }
};

/** @throws Error of the file system */
export const writePromises = (dir: string, file: PromiseFile): void => {
  const path = pathIn(dir);
  writeFileSync(`${path}.new`, JSON.stringify(file), { mode: 0o600 });
  renameSync(`${path}.new`, path);
};
