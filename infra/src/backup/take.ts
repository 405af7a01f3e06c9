/** Takes a backup from a source of pages: the API of a running control plane, or a store that this process opened. Writes go on meanwhile. */
import type { Dump, DumpNotes, DumpPage, DumpRow } from '#control-plane/store/dump.ts';
import { type BackupHeader, writeBackup } from './format.ts';

type Query = Parameters<Dump['page']>[0];

export interface BackupSource {
  /** The last page carries the notes. */
  page(query: Query): Promise<DumpPage & { readonly notes?: DumpNotes }>;
}

export const storeSource = (dump: Dump): BackupSource => ({
  page: async (query) => {
    const page = await dump.page(query);
    return page.next === undefined ? { ...page, notes: await dump.notes() } : page;
  },
});

export const apiSource = (call: (method: string, path: string, body?: unknown) => Promise<any>): BackupSource => ({
  page: (query) => call('POST', '/apis/kedge.dev/v1/backup', query),
});

export interface Taken {
  readonly revision: number;
  readonly versions: number;
}

export interface TakeOptions {
  readonly source: BackupSource;
  readonly path: string;
  /** Unix ms. */
  readonly nowMs: number;
  readonly about: Pick<BackupHeader, 'cluster' | 'bundle'>;
}

const tries = 3;

/** Compaction reached the revision that is read: 50,000 changes were made meanwhile, or somebody purged. */
const overtaken = (error: unknown): boolean => {
  const { reason, code } = error as { reason?: unknown; code?: unknown };
  return reason === 'compacted' || code === 410;
};

/** @throws what the source throws; then there is no file */
export const takeBackup = async (options: TakeOptions): Promise<Taken> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await takeOnce(options);
    } catch (error) {
      if (attempt === tries || !overtaken(error)) throw error;
    }
  }
};

const takeOnce = async ({ source, path, nowMs, about }: TakeOptions): Promise<Taken> => {
  const first = await source.page({ after: 0 });
  const { revision } = first.head;
  let notes = first.notes;
  async function* pages(): AsyncGenerator<readonly DumpRow[]> {
    yield first.rows;
    for (let after = first.next; after !== undefined; ) {
      const page = await source.page({ after, through: revision });
      yield page.rows;
      notes = page.notes;
      after = page.next;
    }
  }
  const header: BackupHeader = { kedgeBackup: 1, time: new Date(nowMs).toISOString(), clusterUid: first.clusterUid, revision, ...about };
  const versions = await writeBackup(path, { header, pages: pages(), notes: () => notes! });
  return { revision, versions };
};
