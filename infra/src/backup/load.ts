/**
 * Puts a backup into an empty store, as it was at the end or at an earlier moment. The file is read twice: once to check it whole and to learn which version of each
 * object is the living one, once to write. A load that was interrupted may be said again.
 */
import type { Dump, DumpNotes, DumpRow } from '#control-plane/store/dump.ts';
import { PersonError } from '../person-error.ts';
import { readHeader, readRows } from './format.ts';
import type { LoadRow, Rewrite } from './rewrite.ts';

/** A revision, or a time in Unix ms. */
export type Moment = { readonly revision: number } | { readonly timeMs: number };

export interface Loaded {
  readonly objects: number;
  readonly versions: number;
  /** The state is of this revision. */
  readonly revision: number;
  /** How many versions each sealing key opens. */
  readonly sealedWith: ReadonlyMap<string, number>;
  /** Objects that lived then, but not their state: it was beyond the bytes of the history. */
  readonly lost: readonly string[];
  /** False when whole objects may be missing for that reason. */
  readonly complete: boolean;
}

const placeOf = (row: DumpRow): string => `${row.resource} ${row.namespace === '' ? '' : `${row.namespace}/`}${row.name}`;
const batchRows = 200;
const sealedBy = (body: string): string | undefined => /^kdgs1\.([A-Za-z0-9_-]+)\./.exec(body)?.[1];

interface Survey {
  readonly revision: number;
  /** Newest version of each object at the moment. */
  readonly newest: ReadonlyMap<string, number>;
  readonly lost: readonly string[];
  readonly notes: DumpNotes;
}

const timeOf = (row: DumpRow): number => (JSON.parse(row.derived) as { at?: number }).at ?? 0;

/** @throws PersonError */
const revisionOf = async (path: string, moment: Moment | undefined): Promise<number> => {
  const { revision } = await readHeader(path);
  if (moment === undefined) return revision;
  if ('revision' in moment) {
    if (moment.revision > revision) throw new PersonError(`The backup ends at revision ${revision}: ${moment.revision} is not in it.`);
    return moment.revision;
  }
  let found = 0;
  for await (const row of readRows(path)) if (timeOf(row) <= moment.timeMs) found = row.revision;
  if (found === 0) throw new PersonError('The backup holds nothing that is so old.');
  return found;
};

const survey = async (path: string, moment: Moment | undefined): Promise<Survey> => {
  const revision = await revisionOf(path, moment);
  const newest = new Map<string, number>();
  const lost = new Set<string>();
  const rows = readRows(path);
  for (;;) {
    const { value, done } = await rows.next();
    if (done) return { revision, newest, lost: [...lost].sort(), notes: value };
    const place = placeOf(value);
    if (value.revision <= revision) {
      newest.set(place, value.revision);
      // Purged since: a sealed object that was deleted later.
      if (value.body === null && value.type !== 'DELETED') lost.add(place);
      else lost.delete(place);
    }
    // What begins with anything but its creation was there before.
    else if (!newest.has(place) && value.type !== 'ADDED') lost.add(place);
    if (value.revision > revision && value.type === 'ADDED' && !lost.has(place) && !newest.has(place)) newest.set(place, Number.NaN);
  }
};

/** `rewrite`: as another cluster. @throws PersonError, StoreError `corrupt` when the store is not empty */
export const loadBackup = async (path: string, dump: Dump, moment?: Moment, rewrite?: Rewrite): Promise<Loaded> => {
  const { revision, newest, lost, notes } = await survey(path, moment);
  let [objects, versions] = [0, 0];
  const batch: LoadRow[] = [];
  const sealedWith = new Map<string, number>();
  const add = async (row: LoadRow): Promise<void> => {
    if (row.living) objects++;
    versions++;
    batch.push(row);
    if (batch.length >= batchRows) await dump.load(batch.splice(0));
  };
  for await (const row of readRows(path)) {
    if (row.revision > revision) break;
    const living = row.type !== 'DELETED' && row.body !== null && newest.get(placeOf(row)) === row.revision;
    const keyId = row.body === null ? undefined : sealedBy(row.body);
    if (keyId !== undefined) sealedWith.set(keyId, (sealedWith.get(keyId) ?? 0) + 1);
    const loaded = rewrite ? await rewrite.row({ ...row, living }) : { ...row, living };
    if (loaded) await add(loaded);
  }
  const more = rewrite?.more(revision + 1) ?? [];
  for (const row of more) await add(row);
  await dump.load(batch);
  await dump.finish(notes, revision + more.length);
  const complete = Object.values(notes.trimmed).every((trimmed) => trimmed < revision);
  return { objects, versions, revision, sealedWith, lost, complete: moment === undefined || complete };
};
