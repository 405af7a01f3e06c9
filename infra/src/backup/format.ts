/**
 * The backup file: gzipped lines of JSON. The first says what it is and of which revision, each next is one version of one object, the last counts them and has the
 * SHA-256 of all before it, so a file that was cut or altered is known before anything is restored from it. Sealed bodies stand in it as they lie in the database.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, renameSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { DumpNotes, DumpRow } from '#control-plane/store/dump.ts';
import type { ClusterIdentity } from '../cluster/identity.ts';
import { PersonError } from '../person-error.ts';
import type { LockedBundle } from './bundle.ts';

export interface BackupHeader {
  readonly kedgeBackup: 1;
  /** RFC 3339. */
  readonly time: string;
  readonly clusterUid: string;
  /** The backup is the state and history of this revision. */
  readonly revision: number;
  /** Networks, node name and port, when it was taken from a cluster's folder. */
  readonly cluster?: ClusterIdentity;
  /** Keys, under a passphrase. */
  readonly bundle?: LockedBundle;
}

interface BackupEnd {
  readonly rows: number;
  readonly sha256: string;
  readonly notes: DumpNotes;
}

type RowLine = readonly [number, string, string, string, string, DumpRow['type'], string, string | null];

const toLine = (row: DumpRow): RowLine => [row.revision, row.resource, row.namespace, row.name, row.uid, row.type, row.derived, row.body];

const toRow = ([revision, resource, namespace, name, uid, type, derived, body]: RowLine): DumpRow => ({
  ...{ revision, resource, namespace, name, uid, type, derived, body },
});

export interface BackupContent {
  readonly header: BackupHeader;
  /** Pages of rows, ascending by revision. */
  readonly pages: AsyncIterable<readonly DumpRow[]>;
  /** Asked for after the last page. */
  readonly notes: () => DumpNotes;
}

/** Writes the file whole or not at all, for its owner only. Returns the number of versions. */
export const writeBackup = async (path: string, { header, pages, notes }: BackupContent): Promise<number> => {
  const partial = `${path}.${randomUUID()}`;
  const hash = createHash('sha256');
  let rows = 0;
  async function* lines(): AsyncGenerator<string> {
    const told = (text: string): string => {
      hash.update(text);
      return text;
    };
    yield told(`${JSON.stringify(header)}\n`);
    for await (const page of pages) {
      rows += page.length;
      if (page.length > 0) yield told(`${page.map((row) => JSON.stringify(toLine(row))).join('\n')}\n`);
    }
    const end: BackupEnd = { rows, sha256: hash.digest('hex'), notes: notes() };
    yield `${JSON.stringify({ end })}\n`;
  }
  try {
    await pipeline(Readable.from(lines()), createGzip(), createWriteStream(partial, { mode: 0o600 }));
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return rows;
};

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const text = file.pipe(createGunzip());
  file.on('error', (error) => text.destroy(error));
  try {
    yield* createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new PersonError(code === 'ENOENT' ? `There is no file ${path}.` : `${path} is no backup, or damaged: ${message}.`);
  } finally {
    file.destroy();
  }
}

const parseLine = (path: string, line: string): any => {
  try {
    return JSON.parse(line);
  } catch {
    throw new PersonError(`${path} is no backup, or damaged.`);
  }
};

/** The first line alone. @throws PersonError */
export const readHeader = async (path: string): Promise<BackupHeader> => {
  for await (const line of linesOf(path)) return checkHeader(path, parseLine(path, line));
  throw new PersonError(`${path} is empty.`);
};

const checkHeader = (path: string, value: any): BackupHeader => {
  if (typeof value?.kedgeBackup !== 'number') throw new PersonError(`${path} is no backup of Kedge.`);
  if (value.kedgeBackup !== 1) throw new PersonError(`${path} was made by a newer Kedge: use that one to restore it.`);
  return value as BackupHeader;
};

/** Every version, ascending. The sum is checked at the end: nothing read from it counts before. @throws PersonError */
export async function* readRows(path: string): AsyncGenerator<DumpRow, DumpNotes> {
  const hash = createHash('sha256');
  let rows = -1;
  for await (const line of linesOf(path)) {
    if (rows >= 0 && line.startsWith('{"end":')) {
      const { end } = parseLine(path, line) as { end: BackupEnd };
      if (end.rows !== rows || end.sha256 !== hash.digest('hex')) break;
      return end.notes;
    }
    hash.update(`${line}\n`);
    if (rows >= 0) yield toRow(parseLine(path, line) as RowLine);
    else checkHeader(path, parseLine(path, line));
    rows++;
  }
  throw new PersonError(`${path} is cut or damaged: its end does not fit its content. Nothing was restored.`);
}
