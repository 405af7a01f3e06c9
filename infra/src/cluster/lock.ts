/**
 * One `kedge up` per folder. The lock is the operating system's lock on a small SQLite file: it ends with its process, however that ends, and two
 * starters at the same moment cannot both get it. Beside it stands a record of the running processes, for `down` and for the start after a crash.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';
import { PersonError } from '../person-error.ts';
import { fullDiskHint } from './disk.ts';
import { type ClusterFolder, readJson, writePrivateJson } from './folder.ts';

export interface RunningProcess {
  readonly pid: number;
  /** When the system says it started; a pid used again by another program has another one. */
  readonly started: string;
  /** Of a child, for people: `control plane`. */
  readonly name?: string;
}

export interface RunningRecord {
  readonly up: RunningProcess;
  readonly children: readonly RunningProcess[];
  readonly url?: string;
}

/** Undefined when there is no such process. */
export const processStart = (pid: number): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    if (process.platform === 'linux') return undefined;
  }
  try {
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() ||
      undefined
    );
  } catch {
    return undefined;
  }
};

export const describeProcess = (pid: number): RunningProcess => ({ pid, started: processStart(pid) ?? '' });

export const isRunning = ({ pid, started }: RunningProcess): boolean => started !== '' && processStart(pid) === started;

export const readRunning = (folder: ClusterFolder): RunningRecord | undefined => readJson<RunningRecord>(folder.running);
export const writeRunning = (folder: ClusterFolder, record: RunningRecord): void => writePrivateJson(folder.running, record);
export const clearRunning = (folder: ClusterFolder): void => rmSync(folder.running, { force: true });

/** An exclusive lock on a small file; the returned function gives it back. @throws PersonError, `busy()` when another process has it */
const lockFile = (path: string, busy: () => string): (() => void) => {
  let database: Database.Database | undefined;
  try {
    database = new Database(path);
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (!/locked|busy/i.test((error as Error).message))
      throw new PersonError(`Cannot lock ${path}: ${(error as Error).message}${fullDiskHint(dirname(path))}`);
    throw new PersonError(busy());
  }
  const held = database;
  return () => {
    held.exec('ROLLBACK');
    held.close();
  };
};

/** Takes the folder. The returned function gives it back. @throws PersonError when another process has it */
export const lockFolder = (folder: ClusterFolder): (() => void) =>
  lockFile(folder.lock, () => {
    const holder = readRunning(folder)?.up.pid;
    return `The folder ${folder.root} is in use by another Kedge${holder ? ` (pid ${holder})` : ''}: stop that one, or name another folder with KEDGE_DIR.`;
  });

/** Takes the key ring alone, also of a running cluster: two writers would lose each other's keys, and what was sealed with them. */
export const lockKeys = (folder: ClusterFolder): (() => void) =>
  lockFile(`${folder.keys}.lock`, () => `The keys in ${folder.root} are being changed by another command: wait for it.`);
